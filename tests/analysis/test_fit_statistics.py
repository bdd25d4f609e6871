"""Coefficient, line and interval against hand computation, a plain loop, and truth known by simulation."""

import numpy as np
import pytest
from scipy import stats

from analysis.statistics import clustered_interval, fit_line, holm, is_constant, pearson, slope_interval


def test_coefficient_and_line_by_hand():
    x, y = [1.0, 2.0, 3.0], [2.0, 4.0, 3.0]
    # Σ(x−2)(y−3) = 1, Σ(x−2)² = 2, Σ(y−3)² = 2; residuals −0.5, 1, −0.5.
    assert pearson(x, y) == pytest.approx(0.5)
    line = fit_line(x, y)
    assert (line.slope, line.intercept) == (pytest.approx(0.5), pytest.approx(2.0))
    assert line.rmse == pytest.approx((1.5 / 3) ** 0.5)


def test_large_offsets_do_not_spoil_the_coefficient():
    assert pearson([1e9 + 1, 1e9 + 2, 1e9 + 3], [2, 4, 3]) == pytest.approx(0.5)


def test_equal_values_are_constant_and_close_ones_are_not():
    assert is_constant([0.1 + 0.2, 0.3])
    assert not is_constant([0.3, 0.3001])


def test_interval_equals_a_plain_bootstrap_over_clusters():
    generator = np.random.default_rng(7)
    clusters = [name for name in "abcdef" for _ in range(3)]
    x = generator.normal(size=18)
    y = -x + generator.normal(size=18)
    draws = 200
    weights = np.random.default_rng(1).multinomial(6, np.full(6, 1 / 6), draws)
    transformed = []
    for counts in weights:
        rows = [at for at, name in enumerate(clusters) for _ in range(counts["abcdef".index(name)])]
        transformed.append(np.arctanh(np.corrcoef(x[rows], y[rows])[0, 1]))
    z = np.arctanh(np.corrcoef(x, y)[0, 1])
    margin = stats.t(5).ppf(0.95) * np.std(transformed, ddof=1)
    interval = clustered_interval(x, y, clusters, confidence=0.9, draws=draws, seed=1)
    assert interval == pytest.approx((np.tanh(z - margin), np.tanh(z + margin)), abs=1e-9)


def test_interval_is_seeded_and_its_order_of_clusters_does_not_matter():
    x, y = [1, 2, 3, 4, 5, 6], [3, 1, 4, 1, 5, 9]
    clusters = ["a", "a", "b", "b", "c", "c"]
    options = {"confidence": 0.95, "draws": 300, "seed": 3}
    first = clustered_interval(x, y, clusters, **options)
    assert first == clustered_interval(x, y, clusters, **options)
    assert first == pytest.approx(clustered_interval(x[::-1], y[::-1], clusters[::-1], **options))
    assert first != clustered_interval(x, y, clusters, **(options | {"seed": 4}))


def test_higher_confidence_is_wider():
    generator = np.random.default_rng(5)
    x, y, clusters = generator.normal(size=12), generator.normal(size=12), [str(i // 2) for i in range(12)]
    low, high = clustered_interval(x, y, clusters, confidence=0.8, draws=300, seed=1)
    lower, higher = clustered_interval(x, y, clusters, confidence=0.99, draws=300, seed=1)
    assert lower < low < high < higher


def test_three_points_leave_every_coefficient_possible():
    assert clustered_interval([1, 2, 3], [2, 4, 3], ["a", "b", "c"], confidence=0.95, draws=100, seed=1) == (-1, 1)


def test_one_cluster_leaves_every_coefficient_possible():
    x, y = [1, 2, 3, 4, 5], [2, 4, 3, 5, 1]
    assert clustered_interval(x, y, ["a"] * 5, confidence=0.95, draws=100, seed=1) == (-1, 1)


def test_points_on_a_line_have_no_interval():
    x = [0.1, 0.2, 0.3, 0.4, 0.5]
    assert clustered_interval(x, [1 - 2 * v for v in x], list("abcde"), confidence=0.95, draws=100, seed=1) is None


def test_interval_covers_the_truth_as_often_as_it_says():
    generator = np.random.default_rng(2404)
    truth, families, members, trials = -0.9, 12, 3, 300
    mix = np.array([[1.0, truth], [truth, 1.0]])
    clusters = [str(at // members) for at in range(families * members)]
    covered = 0
    for trial in range(trials):
        # Half the spread is shared by a family: models of one family err alike.
        shared = np.repeat(generator.multivariate_normal([0, 0], mix, families), members, axis=0)
        own = generator.multivariate_normal([0, 0], mix, families * members)
        x, y = ((shared + own) / 2**0.5).T
        low, high = clustered_interval(x, y, clusters, confidence=0.95, draws=300, seed=trial)
        covered += low <= truth <= high
    assert 0.91 <= covered / trials <= 0.985


def test_slope_interval_is_a_jackknife_of_clusters_by_hand():
    x, y = [0.0, 1.0, 2.0], [0.0, 1.0, 5.0]
    # Slope 2.5; without each point in turn 4, 2.5 and 1: their spread is 4.5, times 2/3 is 3.
    margin = stats.t(2).ppf(0.975) * 3**0.5
    assert slope_interval(x, y, ["a", "b", "c"], confidence=0.95) == pytest.approx((2.5 - margin, 2.5 + margin))


def test_a_slope_that_rests_on_one_cluster_has_no_interval():
    assert slope_interval([1.0, 1.0, 2.0], [0.0, 1.0, 2.0], ["a", "a", "b"], confidence=0.95) is None
    assert slope_interval([1.0, 2.0, 3.0], [0.0, 1.0, 2.5], ["a", "a", "a"], confidence=0.95) is None


def test_holm_by_hand():
    # Sorted 0.01, 0.02, 0.04 times 3, 2, 1, never falling.
    assert holm([0.02, 0.01, 0.04]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
