"""Coefficient, line and interval of a fit, as plain functions of numbers.

The interval is on the scale of atanh r: atanh r ± t(F−1) × the standard error of atanh r over bootstrap draws of
whole clusters. With ten to twelve families it covers the true value in 94–95 of 100 cases, where a percentile
bootstrap covers 90–93.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Floats = npt.NDArray[np.float64]

# Above this a coefficient is 1 but for rounding, and atanh of it measures the rounding.
PERFECT = 1 - 1e-12
# The standard error of atanh r is 1/√(n−3) for normal data: with three points every coefficient is possible.
MIN_INTERVAL_POINTS = 4


@dataclass(frozen=True, slots=True)
class Line:
    """The least-squares line `y = intercept + slope × x`. `rmse` divides by n, as the published figures do."""

    slope: float
    intercept: float
    rmse: float


def pearson(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the correlation coefficient of two columns that both vary."""
    across, up = _centred(x), _centred(y)
    return float(np.clip(across @ up / np.sqrt((across @ across) * (up @ up)), -1.0, 1.0))


def fit_line(x: Sequence[float], y: Sequence[float]) -> Line:
    """Return the least-squares line through the points."""
    across, up = _centred(x), _centred(y)
    slope = float(across @ up / (across @ across))
    misses = up - slope * across
    return Line(slope, float(np.mean(y) - slope * np.mean(x)), float(np.sqrt(np.mean(misses**2))))


def is_constant(values: Sequence[float]) -> bool:
    """Say whether the values do not vary by more than rounding."""
    return float(np.ptp(np.asarray(values))) <= 1e-12 * max(1.0, float(np.max(np.abs(values))))


def clustered_interval(
    x: Sequence[float], y: Sequence[float], clusters: Sequence[str], *, confidence: float, draws: int, seed: int
) -> tuple[float, float] | None:
    """Return the interval of the coefficient when whole clusters are drawn, or None on a perfect line."""
    r = pearson(x, y)
    if abs(r) > PERFECT:
        return None
    cluster_count = len(set(clusters))
    if len(x) < MIN_INTERVAL_POINTS or cluster_count < 2:
        return -1.0, 1.0
    coefficients = _drawn_coefficients(_cluster_sums(x, y, clusters), draws, seed)
    if len(coefficients) < 2:
        return -1.0, 1.0
    margin = float(stdtrit(cluster_count - 1, (1 + confidence) / 2) * np.std(np.arctanh(coefficients), ddof=1))
    return float(np.tanh(np.arctanh(r) - margin)), float(np.tanh(np.arctanh(r) + margin))


def slope_interval(
    x: Sequence[float], y: Sequence[float], clusters: Sequence[str], *, confidence: float
) -> tuple[float, float] | None:
    """Return the interval of the line's slope: slope ± t(F−1) × its standard error by leaving out whole clusters.

    The jackknife of clusters (Bell and McCaffrey 2002, CR3) rather than a bootstrap: draws of few families often miss
    one end of the line. None where there is no line without one of the clusters.
    """
    across, up, names = _centred(x), _centred(y), np.asarray(clusters)
    outside = [names != name for name in np.unique(names)]
    if len(outside) < 2 or any(np.count_nonzero(kept) < 2 or is_constant(across[kept].tolist()) for kept in outside):
        return None
    slopes = np.array([fit_line(across[kept].tolist(), up[kept].tolist()).slope for kept in outside])
    count = len(slopes)
    error = np.sqrt((count - 1) / count * np.sum((slopes - slopes.mean()) ** 2))
    margin = float(stdtrit(count - 1, (1 + confidence) / 2) * error)
    slope = fit_line(x, y).slope
    return slope - margin, slope + margin


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p values so that the chance of any false one is that of the limit they are held to (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    count = len(p_values)
    steps = np.asarray(p_values)[order] * (count - np.arange(count))
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in adjusted]


def _cluster_sums(x: Sequence[float], y: Sequence[float], clusters: Sequence[str]) -> Floats:
    """Return n, Σx, Σy, Σxx, Σyy, Σxy per cluster: all a coefficient needs, so that a draw is one product."""
    across, up = _centred(x), _centred(y)
    columns = np.stack([np.ones_like(across), across, up, across**2, up**2, across * up], axis=1)
    names, positions = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.zeros((len(names), columns.shape[1]))
    np.add.at(sums, positions, columns)
    return sums


def _drawn_coefficients(sums: Floats, draws: int, seed: int) -> Floats:
    """Draw clusters with replacement and return the coefficients of the draws that have one short of ±1."""
    cluster_count = len(sums)
    weights = np.random.default_rng(seed).multinomial(cluster_count, np.full(cluster_count, 1 / cluster_count), draws)
    n, sx, sy, sxx, syy, sxy = (weights @ sums).T
    x_variation, y_variation = sxx - sx**2 / n, syy - sy**2 / n
    # One cluster of one model drawn again and again has no variation but that of rounding.
    varies = (x_variation > 1e-12 * sxx) & (y_variation > 1e-12 * syy)
    covariation = (sxy - sx * sy / n)[varies]
    coefficients = covariation / np.sqrt(x_variation[varies] * y_variation[varies])
    kept: Floats = coefficients[np.abs(coefficients) < 1 - 1e-9]
    return kept


def _centred(values: Sequence[float]) -> Floats:
    column: Floats = np.asarray(values, dtype=np.float64)
    centred: Floats = column - column.mean()
    return centred
