"""Logarithms of bits per character by period and source, with what every cluster of texts adds to their error.

Σ bits / Σ characters is a ratio of sums, and texts of one cluster (a repository, an author, a site) are not
independent. The influence of a cluster on the logarithm is what leaving it out changes; the squares of the influences
add up to the variance of the cluster jackknife. It costs one pass over the texts, so that all models, months and
snapshots together take less time than one bootstrap, and influences of several periods add up where a cluster has
texts in them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import stdtrit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Contrast:
    """One value per period, with the influence of every cell (one cluster in one source and period) on it."""

    values: Floats
    influences: Floats
    sources: Ints
    periods: Ints
    clusters: Ints
    cluster_total: int
    effective_clusters: Floats

    def variances(self) -> Floats:
        """Return the variance of each value; NaN where a single cluster says nothing of it."""
        return np.asarray(self._variances_by_source().sum(axis=0), dtype=np.float64)

    def freedom(self) -> Floats:
        """Return the degrees of freedom of each variance, over several sources by Welch and Satterthwaite."""
        variances = self._variances_by_source()
        with np.errstate(divide="ignore", invalid="ignore"):
            freedom = variances.sum(axis=0) ** 2 / (variances**2 / (self.effective_clusters - 1)).sum(axis=0)
        least = self.effective_clusters.min(axis=0) - 1
        return np.asarray(np.where(np.isnan(freedom), least, freedom), dtype=np.float64)

    def covariance(self, kept: Ints) -> Floats:
        """Return the covariance of the values of some periods: a cluster with texts in two of them ties these."""
        place = np.full(len(self.values), -1)
        place[kept] = np.arange(len(kept))
        here = place[self.periods] >= 0
        cells = (self.clusters[here], place[self.periods[here]])
        by_cluster = sparse.csr_array((self.influences[here], cells), shape=(self.cluster_total, len(kept)))
        return np.asarray((by_cluster.T @ by_cluster).toarray(), dtype=np.float64)

    def covariances_with(self, other: "Contrast", period: int) -> Floats:
        """Return the covariance of each value with that of another contrast of the same cells in one period."""
        there = other.periods == period
        of_cluster = _added(other.influences[there], other.clusters[there], self.cluster_total)
        return _added(self.influences * of_cluster[self.clusters], self.periods, len(self.values))

    def margins(self, variances: Floats, confidence: float) -> Floats:
        """Return half the width of intervals of these variances, by t."""
        quantiles = stdtrit(np.maximum(self.freedom(), 1), (1 + confidence) / 2)
        return np.asarray(quantiles, dtype=np.float64) * np.sqrt(variances)

    def _variances_by_source(self) -> Floats:
        shape = self.effective_clusters.shape
        place = self.sources * shape[1] + self.periods
        return _added(self.influences**2, place, shape[0] * shape[1]).reshape(shape)


@dataclass(frozen=True, slots=True)
class ClusterLogs:
    """Log bits per character of J series in K sources and P periods, and the influences of the C cells behind them.

    `values` is (J, K + 1, P): the last of the sources is the unweighted mean of all; NaN where a series has no text.
    `influences` (J, C) are those on the value of a cell's own source, `mean_influences` those on the mean. Counts are
    (J, K + 1, P); `effective_clusters` (J, K, P) are (Σ characters)² / Σ characters² over clusters (Kish).
    """

    cells: "ClusterCells"
    values: Floats
    influences: Floats
    mean_influences: Floats
    text_counts: Ints
    cluster_counts: Ints
    effective_clusters: Floats

    def contrast(self, weights: Floats, source: int) -> Contrast:
        """Return a weighted sum of the series in one source (or, for the last, in the mean of all)."""
        is_mean = source == self.cells.shape[0]
        here = slice(None) if is_mean else self.cells.slices[source]
        used = np.flatnonzero(weights)
        influences = (self.mean_influences if is_mean else self.influences)[used, here]
        effective = self.effective_clusters[used].min(axis=0)
        return Contrast(
            values=weights[used] @ self.values[used, source],
            influences=weights[used] @ influences,
            sources=self.cells.source[here] if is_mean else np.zeros_like(self.cells.source[here]),
            periods=self.cells.period[here],
            clusters=self.cells.cluster[here],
            cluster_total=self.cells.cluster_total,
            effective_clusters=effective if is_mean else effective[source, None],
        )


class ClusterCells:
    """The texts of one cluster in one source and period are a cell; here are N texts, parted into cells once."""

    def __init__(self, *, source: Ints, period: Ints, cluster: Ints, shape: tuple[int, int]) -> None:
        """Part texts by the position of their source, of their period, and by their cluster.

        `shape` is the number of sources and of periods.
        """
        group = source * shape[1] + period
        self.shape = shape
        self.order = np.lexsort((cluster, group))
        groups, clusters = group[self.order], cluster[self.order]
        self.starts = np.flatnonzero(np.diff(groups, prepend=-1) | np.diff(clusters, prepend=-1))
        self.group = groups[self.starts]
        self.source, self.period = np.divmod(self.group, shape[1])
        self.cluster = clusters[self.starts]
        self.cluster_total = int(cluster.max(initial=-1)) + 1
        edges = np.searchsorted(self.group, np.arange(shape[0] + 1) * shape[1])
        self.slices = [slice(int(start), int(end)) for start, end in pairwise(edges)]

    def logs(self, bits: Floats, char_count: Floats) -> ClusterLogs:
        """Sum bits (J, N; NaN where a series lacks a text) and characters (N) by cell, and take logarithms."""
        # One series after the other: copies of all scores at once would take several times their memory.
        summed = [self._summed(row, char_count) for row in bits]
        cell_bits, cell_chars, text_counts = (np.stack(column) for column in zip(*summed, strict=True))
        cluster_counts = self._by_group(cell_chars > 0)
        values, influences = self._left_out(cell_bits, cell_chars, cluster_counts)
        mean, shares = _mean_of(values.reshape(-1, *self.shape))
        return ClusterLogs(
            cells=self,
            values=np.concatenate([values.reshape(-1, *self.shape), mean[:, None]], axis=1),
            influences=influences,
            mean_influences=influences * shares.reshape(len(bits), -1)[:, self.group],
            text_counts=self._with_sum(self._by_group(text_counts)),
            cluster_counts=self._with_sum(cluster_counts),
            effective_clusters=self._effective(cell_chars).reshape(-1, *self.shape),
        )

    def _summed(self, bits: Floats, char_count: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the bits, characters and number of the texts of every cell that one series has."""
        ordered = bits[self.order]
        is_scored = ~np.isnan(ordered)
        columns = (np.where(is_scored, ordered, 0.0), char_count[self.order] * is_scored, is_scored.astype(np.float64))
        bits, chars, counts = (np.add.reduceat(c, self.starts) if len(self.starts) else c for c in columns)
        return bits, chars, counts

    def _left_out(self, cell_bits: Floats, cell_chars: Floats, clusters: Floats) -> tuple[Floats, Floats]:
        """Return log Σ bits / Σ characters of every group, and what it is less without each cell."""
        bits, chars = self._by_group(cell_bits), self._by_group(cell_chars)
        # A single cluster leaves nothing behind: ∞ less ∞, and NaN is what is known of the error.
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(bits / chars)
            scale = np.sqrt((clusters - 1) / clusters)
            without = np.log1p(-cell_chars / chars[:, self.group]) - np.log1p(-cell_bits / bits[:, self.group])
            return values, np.where(cell_chars > 0, without * scale[:, self.group], 0.0)

    def _effective(self, cell_chars: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray(self._by_group(cell_chars) ** 2 / self._by_group(cell_chars**2), dtype=np.float64)

    def _by_group(self, columns: npt.NDArray[Any]) -> Floats:
        """Add up the cells of every source and period."""
        return np.stack([_added(row, self.group, self.shape[0] * self.shape[1]) for row in columns])

    def _with_sum(self, counts: Floats) -> Ints:
        by_source = counts.reshape(-1, *self.shape).astype(np.int64)
        return np.concatenate([by_source, by_source.sum(axis=1, keepdims=True)], axis=1)


def mean_weights(size: int, positions: Collection[int]) -> Floats:
    """Return the weights of a mean over some of the series."""
    weights = np.zeros(size)
    if positions:
        weights[list(positions)] = 1 / len(positions)
    return weights


def _added(values: Floats, places: Ints, size: int) -> Floats:
    return np.bincount(places, values, minlength=size).astype(np.float64, copy=False)


def _mean_of(by_source: Floats) -> tuple[Floats, Floats]:
    """Return the log of the mean over the sources, and each source's share in it: zero where one is missing."""
    ratios = np.exp(by_source)
    total = ratios.sum(axis=1)
    shares = ratios / total[:, None]
    return np.log(total / by_source.shape[1]), np.where(np.isnan(shares), 0.0, shares)
