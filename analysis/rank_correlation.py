"""Do better compressors have better scores, whatever the shape of the relation? Two coefficients of ranks.

Spearman's rho is Pearson's coefficient of the ranks, ties at their mean rank. Kendall's tau-b (1945) is the surplus of
pairs of models in the same order over pairs in the opposite one, with its correction for ties.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.statistics import pearson


def spearman(x: Sequence[float], y: Sequence[float]) -> float:
    """Return the rank correlation of two columns that both vary."""
    return pearson(_ranks(x), _ranks(y))


def kendall(x: Sequence[float], y: Sequence[float]) -> float:
    """Return tau-b of two columns that both vary."""
    across, up = _orders(x), _orders(y)
    return float(np.sum(across * up) / np.sqrt(np.sum(across**2) * np.sum(up**2)))


def _ranks(values: Sequence[float]) -> list[float]:
    _, positions, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    mean_ranks = np.cumsum(counts) - (counts - 1) / 2
    return [float(rank) for rank in mean_ranks[positions]]


def _orders(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Return −1, 0 or 1 for every pair of values, both ways round."""
    column = np.asarray(values, dtype=np.float64)
    return np.sign(column[:, None] - column[None, :])
