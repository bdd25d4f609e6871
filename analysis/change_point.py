"""One change of a series at an unknown place: is there one, of which shape, where, and how sure is that?

Upwards only: texts that a model knows are easier, never harder. Two shapes: a step (flat, then flat) and a hinge (flat,
then rising). Values have a known covariance; what they scatter beyond it is estimated from the fit.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import chi2
from scipy.stats import f as f_distribution

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shape = Literal["step", "hinge"]

# Fewer values leave nothing to estimate their scatter from: a change takes three of them (level, size, place).
MIN_VALUES = 6
SHAPES: tuple[Shape, Shape] = ("hinge", "step")
HINGE, STEP = range(2)
# The normal quantile of 0.8.
EIGHT_OF_TEN = 0.8416
# Bits are not known better than this, relatively: without it identical texts would make a matrix without an inverse.
ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Change:
    """The best change of a series, whether there is one or not.

    `last_before` is the position of the last value before it, `low` and `high` bound that; `low` is None where the
    series may also have risen from its beginning. `size` is the height of the step, or what a hinge rises to the end.
    `detectable_size` is the height of a step in the middle that would be found in eight of ten cases.
    """

    p_value: float
    shape: Shape
    last_before: int
    low: int | None
    high: int
    size: float
    detectable_size: float


def find_change(values: Floats, covariance: Floats, at: Ints, *, confidence: float, draws: int, seed: int) -> Change:
    """Find the change of values at some times (whole numbers, ascending), and test that there is none.

    The test takes the best place and shape into account: its distribution is that of the same search in drawn noise.
    Its p-value is the larger of two, with the scatter as the covariance says and as the fit leaves it, so that neither
    months that scatter more than their texts nor a fit that leaves too little by chance make a claim.
    """
    search = _Search(covariance, at)
    extra = search.scatter_between(values)
    if extra > 0:
        search = _Search(covariance + extra * np.eye(len(at)), at)
    gains, rest = search.gains(values)
    best = int(np.argmax(gains))
    scatter = max(1.0, (rest - gains[best]) / (len(values) - 3))
    margin = search.margin(best, gains[best] / scatter, _noise(draws, len(values), seed), confidence)
    if extra > 0:
        # What is known of the scatter is then a guess from the same values, which drawn noise does not know of.
        margin = max(margin, _general_margin(confidence, len(values) - 3))
    is_possible = gains.reshape(search.place_count, len(SHAPES)) >= gains[best] - scatter * margin
    places = np.flatnonzero(is_possible.any(axis=1))
    return Change(
        p_value=_p_value(search, float(gains[best]), rest, draws, seed),
        shape=SHAPES[best % len(SHAPES)],
        last_before=best // len(SHAPES),
        # A hinge at the first value is a straight line, which has no last value before it rises.
        low=None if is_possible[0, HINGE] else int(places[0]),
        high=int(places[-1]),
        size=search.size(values, best),
        detectable_size=search.detectable_size(scatter, confidence),
    )


class _Search:
    """Every place and shape of a change, in coordinates in which the noise is white and the level is gone."""

    def __init__(self, covariance: Floats, at: Ints) -> None:
        count = len(at)
        rounding = ROUNDING**2 * np.eye(count)
        self.whiten = np.linalg.inv(np.linalg.cholesky(covariance + rounding))
        self.place_count = count - 1
        self.shapes = np.array([_shape(at, place, shape) for place in range(count - 1) for shape in SHAPES])
        level = self.whiten @ np.ones(count)
        self.level = level / np.linalg.norm(level)
        changes = self._without_level(self.shapes @ self.whiten.T)
        self.lengths = np.linalg.norm(changes, axis=1)
        self.directions = changes / self.lengths[:, None]

    def gains(self, values: Floats) -> tuple[Floats, float]:
        """Return what each change explains of the values, and what there is to explain."""
        rest = self._without_level(values @ self.whiten.T)
        return np.maximum(self.directions @ rest, 0.0) ** 2, float(rest @ rest)

    def scatter_between(self, values: Floats) -> float:
        """Return the variance that each value has beyond its covariance: what the best change leaves too much."""
        gains, rest = self.gains(values)
        best = int(np.argmax(gains))
        fitted = np.stack([self.level, self.directions[best]])
        # What a variance of 1 in every value adds to the rest, when level and change are fitted.
        added = (self.whiten**2).sum() - ((fitted @ self.whiten) ** 2).sum()
        return float(max(0.0, rest - gains[best] - (len(values) - 3)) / added)

    def best_gains(self, noise: Floats) -> tuple[Floats, Floats]:
        """Return, of each column of white noise, what its best change explains, and what there is to explain."""
        # No direction has a part along the level, so the level need not be taken from the noise first.
        best = np.maximum((self.directions @ noise).max(axis=0), 0.0) ** 2
        rest = (noise**2).sum(axis=0) - (self.level @ noise) ** 2
        return best, np.asarray(rest, dtype=np.float64)

    def margin(self, best: int, gain: float, noise: Floats, confidence: float) -> float:
        """Return how much less than the best the true place explains at most, when the change is as was found.

        The change is drawn again in noise of scatter 1, with the search for it and for its scatter.
        """
        change = np.sqrt(gain) * self.directions[best]
        drawn = np.maximum(self.directions @ (noise + change[:, None]), 0.0) ** 2
        highest = drawn.max(axis=0)
        place = best // len(SHAPES) * len(SHAPES)
        there = drawn[place : place + len(SHAPES)].max(axis=0)
        rest = ((noise + change[:, None]) ** 2).sum(axis=0) - (self.level @ noise) ** 2
        scatter = np.maximum(1.0, (rest - highest) / (noise.shape[0] - 3))
        return float(np.quantile((highest - there) / scatter, confidence))

    def size(self, values: Floats, best: int) -> float:
        """Return how much higher the series ends for this change than it begins."""
        rest = self._without_level(self.whiten @ values)
        return float(rest @ self.directions[best] / self.lengths[best] * self.shapes[best, -1])

    def detectable_size(self, scatter: float, confidence: float) -> float:
        """Return the height of a step in the middle that this series would show in eight of ten cases, about."""
        middle = self.place_count // 2 * len(SHAPES) + STEP
        places = len(self.directions)
        limit = np.sqrt(chi2.isf((1 - confidence) / places, 1)) + EIGHT_OF_TEN
        return float(limit * np.sqrt(scatter) / self.lengths[middle])

    def _without_level(self, rows: Floats) -> Floats:
        level = np.multiply.outer(rows @ self.level, self.level)
        return rows - np.asarray(level, dtype=np.float64)


def _shape(at: Ints, place: int, shape: Shape) -> Floats:
    """Return a change after the value at this place: 0 up to it, then 1, or growing with time."""
    since: Floats = np.maximum(at - at[place], 0).astype(np.float64)
    return since.clip(max=1.0) if shape == "step" else since


def _general_margin(confidence: float, freedom: int) -> float:
    """Return how much less than the best the true place explains at most, whatever the change.

    −2 ln(1 − √confidence) bounds the likelihood ratio (Hansen 2000, Econometrica 68(3), table 1); it is widened as a t
    interval is, where the scatter is estimated from few values.
    """
    limit = -2 * np.log1p(-np.sqrt(confidence))
    return float(limit * f_distribution.ppf(confidence, 1, freedom) / chi2.ppf(confidence, 1))


def _p_value(search: _Search, gain: float, rest: float, draws: int, seed: int) -> float:
    count, tried = len(search.level), len(search.directions)
    drawn, drawn_rests = search.best_gains(_noise(draws, count, seed))
    freedom = count - 2
    # A change that explains everything is as sure as numbers are exact.
    ratio = freedom * gain / max(rest - gain, ROUNDING * gain, np.finfo(float).tiny)
    ratios = freedom * drawn / (drawn_rests - drawn)
    # Far out, where no draw reaches, the number of changes tried times the chance of one bounds the chance of any.
    known = min(_share_above(drawn, gain), tried * float(chi2.sf(gain, 1)) / 2)
    estimated = min(_share_above(ratios, ratio), tried * float(f_distribution.sf(ratio, 1, freedom)) / 2)
    return min(1.0, max(known, estimated))


@lru_cache(maxsize=64)
def _noise(draws: int, count: int, seed: int) -> Floats:
    """Draw once for all series of a length."""
    return np.random.default_rng(seed).standard_normal((count, draws))


def _share_above(drawn: Floats, found: float) -> float:
    return (1 + int((drawn >= found).sum())) / (1 + len(drawn))
