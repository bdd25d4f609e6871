"""Intervals hold what they state and the alarm is as rare as it says, in worlds whose truth is known.

`python -m bench.fit_simulation` makes the whole table of docs/statistics.md from the same worlds.
"""

import numpy as np
import pytest

from bench.fit_simulation import (
    ALARM_RATE,
    NOISE,
    SIZES,
    alarmed,
    covers_newcomer,
    covers_pearson,
    covers_slope,
    draw_world,
    over_tuned,
)

SHARE = 0.3


def worlds(count, family_count, share=SHARE):
    generator = np.random.default_rng([7, family_count])
    return [draw_world(SIZES[family_count], share, generator) for _ in range(count)]


@pytest.mark.slow
def test_intervals_of_coefficient_and_slope_hold_the_truth_in_95_of_100_cases():
    coefficients, slopes = [], []
    for family_count in (6, 10, 12):
        fits = [world.fit(draws=200) for world in worlds(500, family_count)]
        coefficients.append(np.mean([covers_pearson(fit) for fit in fits]))
        slopes.append(np.mean([covers_slope(fit) for fit in fits]))
    for held in (coefficients, slopes):
        assert 0.93 <= np.mean(held) <= 0.97
        # One number of families alone: two standard errors of 500 draws more.
        assert 0.91 <= min(held) <= max(held) <= 0.99


@pytest.mark.parametrize("family_count", [6, 10, 12])
def test_intervals_of_predictions_hold_a_model_of_a_new_family_in_95_of_100_cases(family_count):
    generator = np.random.default_rng(family_count)
    held = [
        covers_newcomer(fit, generator)
        for fit in (world.fit(draws=2) for world in worlds(150, family_count, 0.5))
        for _ in range(10)
    ]
    assert 0.93 <= np.mean(held) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(("family_count", "share"), [(6, 0.6), (12, 0.3)])
def test_a_fit_of_honest_models_is_alarmed_no_more_often_than_stated(family_count, share):
    count = 200
    raised = np.mean([bool(alarmed(world.fit(draws=2))) for world in worlds(count, family_count, share)])
    assert raised <= ALARM_RATE + 2 * np.sqrt(ALARM_RATE * (1 - ALARM_RATE) / count)


def test_a_model_seven_standard_deviations_above_the_line_is_mostly_found():
    fits = [world.fit(draws=2) for world in worlds(60, 10)]
    places = [at % fit.n for at, fit in enumerate(fits)]
    found = [fit.models[at] in alarmed(over_tuned(fit, at, 7 * NOISE)) for fit, at in zip(fits, places, strict=True)]
    assert np.mean(found) > 0.8
