"""Coefficients of ranks against hand computation and scipy."""

import numpy as np
import pytest
from scipy import stats

from analysis.rank_correlation import kendall, spearman


def test_coefficients_of_ranks_by_hand():
    x, y = [10.0, 20.0, 30.0, 40.0], [1.0, 3.0, 2.0, 4.0]
    # Of six pairs five are in order and one is not; squared rank differences add up to 2.
    assert kendall(x, y) == pytest.approx(4 / 6)
    assert spearman(x, y) == pytest.approx(1 - 6 * 2 / (4 * 15))


def test_only_the_order_matters():
    x = [0.4, 0.5, 0.6, 0.9]
    assert spearman(x, [-value for value in x]) == pytest.approx(-1)
    assert kendall(x, np.exp(np.multiply(x, 20)).tolist()) == pytest.approx(1)


@pytest.mark.parametrize("levels", [3, 100])
def test_ties_are_counted_as_scipy_counts_them(levels):
    generator = np.random.default_rng(levels)
    x, y = generator.integers(0, levels, 40).tolist(), generator.integers(0, levels, 40).tolist()
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    assert kendall(x, y) == pytest.approx(stats.kendalltau(x, y, variant="b").statistic)
