"""How sure a bits per character, or the difference of two on the same texts, is: by clusters, as plain numbers.

A cluster (repository, first author, registered domain) is what is drawn anew, since its texts resemble one another.
Bits per character is a ratio of sums, so its standard error is that of the delete-one-cluster jackknife, and Student's
quantile is taken at the effective number of clusters less one: few large clusters are few. With clusters of uneven size
this holds 93–97 of 100 times from 8 clusters on, where percentiles of a cluster bootstrap hold 83–94
(`tests/analysis/test_paired.py`, docs/statistics.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

Floats = npt.NDArray[np.float64]

# An error from a single cluster is no error; from fewer than this many in effect it deserves a word.
FEW_CLUSTERS = 10


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSums:
    """The same texts of one source under several models: Σ bits per cluster (row) and model (column), Σ characters."""

    source: str
    model_ids: tuple[str, ...]
    bits: Floats
    chars: Floats
    text_count: int

    @property
    def cluster_count(self) -> int:
        """Return how many clusters there are."""
        return len(self.chars)

    @property
    def effective_cluster_count(self) -> float:
        """Return how many clusters of equal size would say as much (Kish): (Σ characters)² / Σ characters²."""
        return float(self.chars.sum() ** 2 / np.square(self.chars).sum())

    @property
    def freedom(self) -> float:
        """Return the degrees of freedom of an error: effective clusters less one, and no fewer than one."""
        return max(1.0, self.effective_cluster_count - 1)

    @property
    def ratios(self) -> Floats:
        """Return Σ bits / Σ characters of each model."""
        found: Floats = self.bits.sum(axis=0) / self.chars.sum()
        return found


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, its standard error and degrees of freedom; both are None where a source has a single cluster."""

    value: float
    standard_error: float | None
    freedom: float | None

    def interval(self, confidence: float) -> tuple[float, float] | None:
        """Return the interval that holds the number of all such texts this often."""
        if self.standard_error is None or self.freedom is None:
            return None
        margin = float(stdtrit(self.freedom, (1 + confidence) / 2)) * self.standard_error
        return self.value - margin, self.value + margin

    @property
    def p_value(self) -> float | None:
        """Return how often chance alone would put the number this far from 0, on either side."""
        if self.standard_error is None or self.freedom is None:
            return None
        if self.standard_error == 0:
            return 0.0 if self.value else 1.0
        return float(2 * stdtr(self.freedom, -abs(self.value) / self.standard_error))


def influences(sums: ClusterSums) -> Floats:
    """Return what each cluster moves each model's bits per character by; Σ of squares is the jackknife's variance."""
    count, total = sums.cluster_count, sums.chars.sum()
    misses = sums.bits - np.outer(sums.chars, sums.ratios)
    found: Floats = np.sqrt((count - 1) / count) * misses / (total - sums.chars)[:, None]
    return found


def estimate_difference(sources: Sequence[ClusterSums], first: int, second: int) -> Estimate:
    """Estimate the bits per character of one model less that of another: one source, or the mean of several."""
    weights = np.zeros(len(sources[0].model_ids))
    weights[first] += 1.0
    weights[second] -= 1.0
    return _estimate(sources, weights)


def estimate_ratio(sources: Sequence[ClusterSums], model: int) -> Estimate:
    """Estimate the bits per character of one model: of one source, or the mean of several."""
    weights = np.zeros(len(sources[0].model_ids))
    weights[model] = 1.0
    return _estimate(sources, weights)


def joint_freedom(variances: Floats, freedoms: Sequence[float]) -> Floats:
    """Return the degrees of freedom of sums of independent errors (Welch, Satterthwaite), a row per source."""
    shape = (-1, *[1] * (variances.ndim - 1))
    most = float(np.sum(freedoms))
    below = np.sum(np.square(variances) / np.reshape(np.asarray(freedoms), shape), axis=0)
    above = np.square(variances.sum(axis=0))
    found: Floats = np.divide(above, below, out=np.full_like(above, most), where=below > 0)
    return found


def _estimate(sources: Sequence[ClusterSums], weights: Floats) -> Estimate:
    weighted = [replace(sums, bits=(sums.bits @ weights)[:, None]) for sums in sources]
    value = float(np.mean([sums.ratios for sums in weighted]))
    if any(sums.cluster_count < 2 for sums in sources):
        return Estimate(value, None, None)
    variances = np.array([np.square(influences(sums)).sum() for sums in weighted])
    freedom = float(joint_freedom(variances, [sums.freedom for sums in sources]))
    return Estimate(value, float(np.sqrt(variances.sum())) / len(sources), freedom)
