"""What a line says of one more model, against textbook formulas and a plain computation with whole matrices."""

import numpy as np
import pytest
from scipy import stats

from analysis.family_line import RESTS, ROUNDING, SHARES, expect

X = [0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75]
Y = [0.62, 0.55, 0.52, 0.41, 0.40, 0.28, 0.26, 0.15]
FAMILIES = ["a", "a", "b", "b", "c", "c", "d", "e"]


def test_models_without_families_get_the_textbook_interval():
    x, y = np.array(X), np.array(Y)
    (told,) = expect(X, Y, list("abcdefgh"), [0.8])
    line = stats.linregress(x, y)
    misses = y - line.intercept - line.slope * x
    spread = 1 + 1 / 8 + (0.8 - x.mean()) ** 2 / np.sum((x - x.mean()) ** 2)
    error = np.sqrt(np.sum(misses**2) / 6 * spread)
    predicted = line.intercept + line.slope * 0.8
    margin = stats.t(6).ppf(0.975) * error
    assert told.predicted == pytest.approx(predicted)
    assert told.standard_error == pytest.approx(error)
    assert told.interval(0.95) == pytest.approx((predicted - margin, predicted + margin))
    assert told.exceeding(predicted + margin) == pytest.approx(0.025)


def test_families_equal_a_plain_computation_with_whole_matrices():
    at = 0.8
    (told,) = expect(X, Y, FAMILIES, [at])
    design, y = np.stack([np.ones(8), X], axis=1), np.array(Y)
    new = np.array([1.0, at]) @ np.linalg.pinv(design)
    logs, errors = [], []
    for share, rest in zip(SHARES, RESTS, strict=True):
        alike = np.array([[1.0 if i == j else share * (f == g) for j, g in enumerate(FAMILIES)]
                          for i, f in enumerate(FAMILIES)])  # fmt: skip
        precision = np.linalg.inv(alike)
        information = design.T @ precision @ design
        misses = y - design @ np.linalg.solve(information, design.T @ precision @ y)
        variance = (misses @ precision @ misses + 3 * ROUNDING**2 / rest) / 6
        errors.append(np.sqrt(variance * (1 + new @ alike @ new)))
        log_likelihood = -(np.linalg.slogdet(alike)[1] + np.linalg.slogdet(information)[1] + 6 * np.log(variance)) / 2
        # Beta(½, ½) of a share, over its log odds.
        logs.append(log_likelihood + np.log(share * rest) / 2)
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    expected = sum(w * stats.t(6).sf((0.2 - new @ y) / e) for w, e in zip(weights, errors, strict=True))
    assert told.exceeding(0.2) == pytest.approx(expected)


def test_families_that_err_together_make_the_interval_wider():
    x = np.repeat(np.linspace(0.4, 0.7, 6), 4) + np.tile([0.0, 0.01, 0.02, 0.03], 6)
    families = [str(at // 4) for at in range(24)]
    together = 1 - x + np.repeat([0.03, -0.03, 0.04, -0.04, 0.03, -0.03], 4)
    scattered = 1 - x + np.tile([0.03, -0.03, 0.04, -0.04], 6)
    (wide,), (narrow,) = (expect(x.tolist(), y.tolist(), families, [0.5]) for y in (together, scattered))
    assert np.diff(wide.interval(0.95)) > np.diff(narrow.interval(0.95))
    # Families that agree to the last digit are one model each, which says how far the next one may be off.
    (single,) = expect(x[::4].tolist(), together[::4].tolist(), [str(at) for at in range(6)], [0.5])
    assert wide.standard_error == pytest.approx(single.standard_error, rel=0.02)


def test_a_perfect_line_is_certain_but_for_rounding():
    x = [0.4, 0.5, 0.6, 0.7]
    (told,) = expect(x, [1 - value for value in x], list("abcd"), [0.55])
    assert told.interval(0.95) == pytest.approx((0.45, 0.45), abs=1e-4)
    assert told.exceeding(0.45) == pytest.approx(0.5, abs=0.01)
    assert told.exceeding(0.46) < 1e-5


def test_too_few_points_say_nothing():
    assert expect([0.4, 0.5], [0.5, 0.4], ["a", "b"], [0.6]) == []
    assert expect([0.4, 0.4, 0.4], [0.5, 0.4, 0.3], ["a", "b", "c"], [0.6]) == []
