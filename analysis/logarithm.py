"""A logarithm beside the line: score = a + b × ln(bits per character), of which the line is said to be the tail.

arXiv:2505.11441 finds the relation logarithmic. Both curves have two parameters and are held to the same models, so
that their errors compare as they stand. Which of the two tells a model better that it has not seen is asked of held-out
models, pair by pair, and the answer has an interval: over a short range of bits the two are one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analysis.held_out import Floats, held_out_errors, root_mean_square
from analysis.statistics import fit_line


@dataclass(frozen=True, slots=True)
class Logarithm:
    """The curve `score = intercept + slope × ln(bits per character)`, and what it gains over the line.

    `gain` is the line's held-out RMSE − the curve's, by the same models: above 0 where the logarithm tells them
    better. Its interval is by families, or by models where the fit's own is. `is_told_apart` where that excludes 0.
    """

    slope: float
    intercept: float
    rmse: float
    leave_one_out_rmse: float | None
    leave_one_family_out_rmse: float | None
    gain: float | None
    gain_low: float | None
    gain_high: float | None

    @property
    def is_told_apart(self) -> bool:
        """Say whether the data show that one of the two is better."""
        return self.gain_low is not None and self.gain_high is not None and (self.gain_low > 0 or self.gain_high < 0)


def fit_logarithm(
    x: Sequence[float], y: Sequence[float], families: Sequence[str], clusters: Sequence[str], *, confidence: float
) -> Logarithm:
    """Fit the logarithm and hold it to the line. `clusters` are what is held out for the gain: families or models."""
    logs = np.log(np.asarray(x, dtype=np.float64)).tolist()
    line = fit_line(logs, y)
    singly = [str(at) for at in range(len(y))]
    gain, low, high = _gain(held_out_errors(x, y, clusters), held_out_errors(logs, y, clusters), clusters, confidence)
    return Logarithm(
        slope=line.slope,
        intercept=line.intercept,
        rmse=line.rmse,
        leave_one_out_rmse=root_mean_square(held_out_errors(logs, y, singly)),
        leave_one_family_out_rmse=root_mean_square(held_out_errors(logs, y, families)),
        gain=gain,
        gain_low=low,
        gain_high=high,
    )


def _gain(
    straight: Floats | None, curved: Floats | None, clusters: Sequence[str], confidence: float
) -> tuple[float | None, float | None, float | None]:
    """Return the difference of two held-out RMSE and its interval: whole clusters left out in turn (jackknife)."""
    if straight is None or curved is None:
        return None, None, None
    names = np.asarray(clusters)
    gain = _difference(straight, curved)
    without = [_difference(straight[names != name], curved[names != name]) for name in np.unique(names)]
    count = len(without)
    error = np.sqrt((count - 1) / count * np.sum((np.asarray(without) - np.mean(without)) ** 2))
    margin = float(stdtrit(count - 1, (1 + confidence) / 2) * error)
    return gain, gain - margin, gain + margin


def _difference(straight: Floats, curved: Floats) -> float:
    return float(np.sqrt(np.mean(straight**2)) - np.sqrt(np.mean(curved**2)))
