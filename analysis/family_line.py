"""What a line through some models says of a model of another family, and how sure that is.

Models of one family miss a line together. How much they do, ρ (the share of the variance around the line that a family
shares), is told badly by a handful of families. So every ρ from 0 to 1 is tried: with it the scatter of the models and
the uncertainty of the line are known up to one factor, and a new model minus its prediction, over its standard error,
has Student's t distribution with n − 2 degrees of freedom. The answers are averaged, each ρ weighted by how well it
explains the models (restricted likelihood, Patterson and Thompson 1971; the scale integrated out as in Box and Tiao
1973; beforehand ρ has Jeffreys's distribution of a share, which in simulations covered best). With no sign of families
that is almost the textbook interval of a least-squares line; with strong ones about that of one model per family.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from analysis.statistics import is_constant

Floats = npt.NDArray[np.float64]

# ρ in equal steps of its log odds, dense towards 0 and 1, with the logarithm of Beta(½, ½) over them.
_ODDS = np.arange(-6.0, 22.5, 0.5)
SHARES = 1 / (1 + np.exp(-_ODDS))
RESTS = 1 / (1 + np.exp(_ODDS))
_LOG_PRIOR = np.log(SHARES * RESTS) / 2
MIN_POINTS = 3
# Scores are printed with three or four digits. Models that agree to the last of them agree by rounding too.
ROUNDING = 1e-5
BISECTIONS = 40


@dataclass(frozen=True, slots=True)
class Expectation:
    """A mixture of t distributions around `predicted`: one scale and one weight for every ρ."""

    predicted: float
    scales: Floats
    weights: Floats
    degrees: int

    @property
    def standard_error(self) -> float:
        """Return the root of the mean squared scale."""
        return float(np.sqrt(self.weights @ self.scales**2))

    def exceeding(self, value: float) -> float:
        """Return the probability that a new model scores this value or more."""
        return float(self.weights @ stdtr(self.degrees, (self.predicted - value) / self.scales))

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the interval around the prediction that holds a new model with this probability."""
        tail = (1 - confidence) / 2
        low, high = 0.0, float(np.max(self.scales))
        while self.exceeding(self.predicted + high) > tail:
            high *= 2
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.exceeding(self.predicted + middle) > tail else (low, middle)
        return self.predicted - high, self.predicted + high


def expect(x: Sequence[float], y: Sequence[float], clusters: Sequence[str], at: Sequence[float]) -> list[Expectation]:
    """Return what the line through these models says of models of other families at these x.

    `clusters` are families, or the models themselves where nothing is known of families. Empty where the points have
    no scatter to go by: fewer than three, or all of one x.
    """
    if len(x) < MIN_POINTS or is_constant(x):
        return []
    design, up = _design(x), np.asarray(y, dtype=np.float64)
    names, positions = np.unique(np.asarray(clusters), return_inverse=True)
    solver = np.linalg.pinv(design)
    reach = _design(at) @ solver
    # Least squares of what the line leaves is the same, and does not drown in the size of the scores.
    columns = np.column_stack([design, up - design @ (solver @ up)])
    sizes = np.bincount(positions, minlength=len(names))
    log_weights, variances = _weighed(columns, _summed(columns, positions, len(names)), sizes)
    weights = np.exp(log_weights - log_weights.max())
    spread = np.outer(RESTS, np.sum(reach**2, axis=1))
    spread += np.outer(SHARES, np.sum(_summed(reach.T, positions, len(names)) ** 2, axis=0))
    scales = np.sqrt(variances[:, None] * (1 + spread))
    return [
        Expectation(float(predicted), scales[:, column], weights / weights.sum(), len(up) - 2)
        for column, predicted in enumerate(reach @ up)
    ]


def _weighed(columns: Floats, sums: Floats, sizes: npt.NDArray[np.int_]) -> tuple[Floats, Floats]:
    """Return, for every ρ, the log of its weight and the variance around the line.

    Equal correlation ρ inside families has an inverse and a determinant in closed form, so that sums per family of
    the columns 1, x and y are all that is needed.
    """
    share = SHARES[:, None]
    inner = share / (1 + (sizes - 1) * share)
    moments = columns.T @ columns - np.einsum("sf,fi,fj->sij", inner, sums, sums)
    moments /= RESTS[:, None, None]
    information, crossed = moments[:, :2, :2], moments[:, :2, 2]
    explained = np.sum(crossed * np.linalg.solve(information, crossed[..., None])[..., 0], axis=1)
    degrees = len(columns) - 2
    variances = np.maximum((moments[:, 2, 2] - explained) / degrees, ROUNDING**2)
    variances += (len(columns) - len(sizes)) / degrees * ROUNDING**2 / RESTS
    log_determinants = np.sum((sizes - 1) * np.log(RESTS[:, None]) + np.log(1 + (sizes - 1) * share), axis=1)
    log_likelihoods = -(log_determinants + np.linalg.slogdet(information)[1] + degrees * np.log(variances)) / 2
    return log_likelihoods + _LOG_PRIOR, variances


def _summed(columns: Floats, positions: npt.NDArray[np.int_], count: int) -> Floats:
    """Add up rows by family."""
    sums = np.zeros((count, columns.shape[1]))
    np.add.at(sums, positions, columns)
    return sums


def _design(x: Sequence[float]) -> Floats:
    column = np.asarray(x, dtype=np.float64)
    return np.stack([np.ones_like(column), column], axis=1)
