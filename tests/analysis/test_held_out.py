"""Errors of models and families that a line was not fitted to, and the logarithm beside the line."""

import numpy as np
import pytest

from analysis.fit_measures import measure
from analysis.held_out import held_out_errors, root_mean_square
from analysis.logarithm import fit_logarithm
from analysis.statistics import fit_line

X = [0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75]
Y = [0.62, 0.55, 0.52, 0.41, 0.40, 0.28, 0.26, 0.15]
FAMILIES = ["a", "a", "b", "b", "c", "c", "d", "e"]


def test_a_point_held_out_is_predicted_by_the_line_of_the_others():
    # Without (3, 9) the line is y = x: the miss is 6. Without (1, 1) it is y = 7 x − 12, without (2, 2) y = 4 x − 3.
    errors = held_out_errors([1.0, 2.0, 3.0], [1.0, 2.0, 9.0], ["a", "b", "c"])
    assert errors.tolist() == pytest.approx([6.0, -3.0, 6.0])
    assert root_mean_square(errors) == pytest.approx(27**0.5)


def test_single_points_held_out_equal_the_closed_form():
    # e / (1 − h), with h the leverage of the point.
    line, centred = fit_line(X, Y), np.array(X) - np.mean(X)
    leverage = 1 / len(X) + centred**2 / np.sum(centred**2)
    expected = (np.array(Y) - line.intercept - line.slope * np.array(X)) / (1 - leverage)
    assert held_out_errors(X, Y, [str(at) for at in range(8)]) == pytest.approx(expected)


def test_a_family_is_held_out_as_a_whole():
    line = fit_line(X[2:], Y[2:])
    errors = held_out_errors(X, Y, FAMILIES)
    assert errors[:2] == pytest.approx(np.array(Y[:2]) - line.intercept - line.slope * np.array(X[:2]))


def test_without_a_line_outside_there_are_no_errors():
    assert held_out_errors([1.0, 2.0, 2.0], [1.0, 2.0, 3.0], ["a", "b", "b"]) is None
    assert held_out_errors([1.0, 2.0, 2.0], [1.0, 2.0, 3.0], ["a", "b", "c"]) is None
    assert root_mean_square(None) is None


def test_held_out_errors_are_those_of_the_fit():
    found = measure(X, Y, FAMILIES, confidence=0.95, draws=100, seed=1)
    assert found.leave_one_out_rmse == root_mean_square(held_out_errors(X, Y, [str(at) for at in range(8)]))
    assert found.leave_one_family_out_rmse == root_mean_square(held_out_errors(X, Y, FAMILIES))
    assert found.line.rmse < found.leave_one_out_rmse


def test_a_logarithm_comes_back_and_is_told_from_a_line():
    x = np.linspace(0.2, 1.2, 24)
    wobble = 0.002 * np.cos(40 * x)
    families = [str(at % 8) for at in range(24)]
    curve = fit_logarithm(x.tolist(), (0.1 - 0.5 * np.log(x) + wobble).tolist(), families, families, confidence=0.95)
    assert (curve.slope, curve.intercept) == (pytest.approx(-0.5, abs=0.003), pytest.approx(0.1, abs=0.003))
    assert curve.gain_low > 0
    assert curve.is_told_apart
    straight = fit_logarithm(x.tolist(), (0.9 - 0.5 * x + wobble).tolist(), families, families, confidence=0.95)
    assert straight.gain_high < 0
    assert straight.is_told_apart


def test_over_a_short_range_neither_is_declared_the_better():
    generator = np.random.default_rng(3)
    x = np.linspace(0.5, 0.6, 24)
    y = 0.1 - 0.5 * np.log(x) + generator.normal(size=24) * 0.02
    families = [str(at % 8) for at in range(24)]
    curve = fit_logarithm(x.tolist(), y.tolist(), families, families, confidence=0.95)
    assert curve.gain_low < 0 < curve.gain_high
    assert not curve.is_told_apart


def test_the_gain_is_the_difference_of_the_held_out_errors():
    curve = fit_logarithm(X, Y, FAMILIES, FAMILIES, confidence=0.95)
    line_error = root_mean_square(held_out_errors(X, Y, FAMILIES))
    assert curve.gain == pytest.approx(line_error - curve.leave_one_family_out_rmse)
