"""How much more text it takes: a planned comparison finds its difference as often as planned."""

import numpy as np
import pytest

from analysis.paired import Estimate, estimate_difference
from analysis.planning import POWER, detectable_difference, needed_factor
from tests.analysis.drawn_texts import LIGHT, draw_clusters, two_models


def found_share(pilot, count, runs=1500):
    """Draw so many clusters from a pilot, as if it were the law, and say how often they tell the models apart."""
    generator, found = np.random.default_rng(7), 0
    for _ in range(runs):
        drawn = generator.integers(0, pilot.cluster_count, count)
        sums = two_models(pilot.bits[drawn, 0] - pilot.bits[drawn, 1], pilot.chars[drawn])
        found += estimate_difference([sums], 0, 1).p_value < 0.05
    return found / runs


@pytest.mark.parametrize("shift", [-0.02, 0.0])
def test_the_planned_size_finds_the_difference_in_four_of_five_cases(shift):
    pilot = two_models(*draw_clusters(np.random.default_rng(3), 60, LIGHT, shift))
    factor = needed_factor(estimate_difference([pilot], 0, 1), 0.95)
    count = round(factor * pilot.cluster_count)
    assert count >= 20
    assert found_share(pilot, count) == pytest.approx(POWER, abs=0.06)


def test_a_separated_pair_needs_no_more():
    assert needed_factor(Estimate(1.0, 0.1, 50.0), 0.95) < 1
    assert needed_factor(Estimate(0.1, 0.1, 50.0), 0.95) > 1


def test_four_times_the_error_takes_about_sixteen_times_the_text():
    one, four = (needed_factor(Estimate(0.1, error, 1e6), 0.95) for error in (0.1, 0.4))
    assert one == pytest.approx((1.95996 + 0.84162) ** 2, rel=1e-3)
    assert four / one == pytest.approx(16, rel=1e-3)


def test_the_smallest_difference_that_can_be_found_is_one_that_needs_no_more_text():
    smallest = detectable_difference(Estimate(0.0, 0.02, 12.0), 0.95)
    assert needed_factor(Estimate(smallest, 0.02, 12.0), 0.95) == pytest.approx(1.0)


def test_without_an_error_or_a_difference_there_is_no_plan():
    assert needed_factor(Estimate(0.5, None, None), 0.95) is None
    assert needed_factor(Estimate(0.0, 0.1, 5.0), 0.95) is None
    assert detectable_difference(Estimate(0.5, None, None), 0.95) is None
