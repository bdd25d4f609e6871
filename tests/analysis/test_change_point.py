"""A change of a series: how often one is claimed where there is none, how often the interval holds the true place."""

import numpy as np
import pytest

from analysis.change_point import find_change

SETTINGS = {"confidence": 0.95, "draws": 400, "seed": 1}


def drawn(rng, count: int, effect, *, beyond: float = 0.0):
    """Draw values of known unequal variances with an effect, and `beyond` them a scatter that nobody tells of."""
    variances = rng.uniform(0.5, 1.5, count) ** 2
    values = effect(np.arange(count)) + rng.standard_normal(count) * np.sqrt(variances + beyond)
    return find_change(values, np.diag(variances), np.arange(count), **SETTINGS)


def flat(at):
    return np.zeros(len(at))


def step(place: int, height: float):
    return lambda at: height * (at > place)


@pytest.mark.parametrize(("count", "beyond"), [(6, 0.0), (12, 0.0), (24, 0.0), (24, 4.0)])
def test_without_a_change_one_in_twenty_claims_one(count, beyond):
    rng = np.random.default_rng(5)
    claims = [drawn(rng, count, flat, beyond=beyond).p_value <= 0.05 for _ in range(300)]
    # 5 % and two standard errors of 300 trials.
    assert np.mean(claims) <= 0.075


@pytest.mark.parametrize(("count", "place", "height"), [(8, 3, 4.0), (24, 11, 2.0), (24, 11, 4.0), (24, 3, 4.0)])
def test_the_interval_holds_the_true_place(count, place, height):
    rng = np.random.default_rng(6)
    found = [drawn(rng, count, step(place, height)) for _ in range(200)]
    assert np.mean([change.p_value <= 0.05 for change in found]) > 0.8
    held = [(change.low is None or change.low <= place) and place <= change.high for change in found]
    assert np.mean(held) >= 0.93


def test_the_interval_closes_in_on_a_large_step():
    change = drawn(np.random.default_rng(7), 24, step(11, 12.0))
    assert (change.shape, change.low, change.last_before, change.high) == ("step", 11, 11, 11)
    assert change.p_value < 0.001
    assert change.size == pytest.approx(12.0, abs=1.5)


def test_a_hinge_is_told_from_a_step():
    change = drawn(np.random.default_rng(8), 24, lambda at: 2.0 * np.maximum(at - 9, 0))
    assert (change.shape, change.low <= 9 <= change.high) == ("hinge", True)
    assert change.size == pytest.approx(28.0, abs=3.0)


def test_what_rises_from_the_beginning_has_no_first_place():
    change = drawn(np.random.default_rng(9), 24, lambda at: 1.0 * at)
    assert change.p_value < 0.05
    assert change.low is None


def test_a_fall_is_no_change():
    assert drawn(np.random.default_rng(10), 24, step(11, -12.0)).p_value > 0.5


def test_the_step_that_would_be_found_is_found_in_eight_of_ten_cases():
    rng = np.random.default_rng(11)
    height = np.mean([drawn(rng, 24, flat).detectable_size for _ in range(20)])
    found = np.mean([drawn(rng, 24, step(11, height)).p_value <= 0.05 for _ in range(200)])
    assert 0.75 <= found <= 0.97


def test_values_without_any_noise_have_a_change_and_no_error():
    values = np.array([1.0, 1.0, 1.0, 1.1, 1.1, 1.1, 1.1])
    change = find_change(values, np.zeros((7, 7)), np.arange(7), **SETTINGS)
    assert (change.last_before, change.low, change.high) == (2, 2, 2)
    assert change.size == pytest.approx(0.1)
