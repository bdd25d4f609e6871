"""How far a line misses what it was not fitted to: single models held out, or whole families.

A line that is drawn through all models knows the ones it is judged by. Models of one family err alike, so that a
model says less about a new family than about its own siblings: the family held out is the stricter measure.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.statistics import fit_line, is_constant

Floats = npt.NDArray[np.float64]


def held_out_errors(x: Sequence[float], y: Sequence[float], groups: Sequence[str]) -> Floats | None:
    """Return value − prediction of every point, by the line through all points of other groups.

    None where the points outside a group have no line, since they are fewer than two or have one x.
    """
    across, up, names = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64), np.asarray(groups)
    errors = np.empty_like(up)
    for name in np.unique(names):
        inside = names == name
        if np.count_nonzero(~inside) < 2 or is_constant(across[~inside].tolist()):
            return None
        line = fit_line(across[~inside].tolist(), up[~inside].tolist())
        errors[inside] = up[inside] - line.intercept - line.slope * across[inside]
    return errors


def root_mean_square(errors: Floats | None) -> float | None:
    """Return the root of the mean of squares, or None without errors."""
    return None if errors is None else float(np.sqrt(np.mean(errors**2)))
