"""Errors of differences: by hand, and as often right as they say."""

import numpy as np
import pytest

from analysis.paired import ClusterSums, Estimate, estimate_difference, estimate_ratio, influences
from tests.analysis.drawn_texts import HEAVY, LIGHT, draw_clusters, true_difference, two_models


def sums_of(bits, chars, source="github"):
    names = tuple("abcdefgh"[: np.shape(bits)[1]])
    return ClusterSums(source, names, np.array(bits, float), np.array(chars, float), len(chars))


def test_a_difference_is_a_ratio_of_sums():
    sums = sums_of([[100, 50], [900, 900], [40, 80]], [100, 300, 100])
    assert estimate_difference([sums], 0, 1).value == pytest.approx((1040 - 1030) / 500)
    assert estimate_difference([sums], 1, 0).value == pytest.approx(-10 / 500)
    assert estimate_ratio([sums], 0).value == pytest.approx(1040 / 500)


def test_the_standard_error_is_that_of_leaving_out_one_cluster_at_a_time():
    bits, chars = np.array([[100, 50], [900, 900], [40, 80], [10, 30]], float), np.array([100.0, 300, 100, 50])
    whole = (bits[:, 0] - bits[:, 1]).sum() / chars.sum()
    without = [(np.delete(bits[:, 0] - bits[:, 1], i).sum()) / np.delete(chars, i).sum() for i in range(len(chars))]
    by_hand = np.sqrt(3 / 4 * sum((one - whole) ** 2 for one in without))
    assert estimate_difference([sums_of(bits, chars)], 0, 1).standard_error == pytest.approx(by_hand)


def test_the_mean_counts_each_source_alike_whatever_its_size():
    small = sums_of([[20, 10], [24, 10]], [10, 10], "arxiv")
    large = sums_of([[1000, 2000], [1100, 2000]], [1000, 1000], "github")
    mean = estimate_difference([small, large], 0, 1)
    assert mean.value == pytest.approx((24 / 20 + -1900 / 2000) / 2)
    errors = [estimate_difference([one], 0, 1).standard_error for one in (small, large)]
    assert mean.standard_error == pytest.approx(np.hypot(*errors) / 2)


def test_what_both_models_find_hard_is_no_part_of_the_error():
    """A paired error: the texts differ tenfold, the models by the same share of a bit on each."""
    chars = np.array([100.0, 200, 300, 150])
    hard = np.array([1.0, 10, 3, 6]) * chars
    found = estimate_difference([sums_of(np.stack([hard + 0.1 * chars, hard], 1), chars)], 0, 1)
    assert found.value == pytest.approx(0.1)
    assert found.standard_error < 1e-12


def test_one_large_cluster_leaves_few_degrees_of_freedom():
    even = sums_of([[1, 1]] * 10, [100] * 10)
    uneven = sums_of([[1, 1]] * 10, [10_000] + [100] * 9)
    assert (even.effective_cluster_count, even.freedom) == (10, 9)
    assert uneven.effective_cluster_count == pytest.approx(1.19, abs=0.01)
    assert uneven.freedom == 1


def test_a_single_cluster_has_no_error():
    lone = estimate_difference([sums_of([[3, 1]], [10])], 0, 1)
    assert (lone.value, lone.standard_error, lone.p_value, lone.interval(0.95)) == (0.2, None, None, None)


def test_a_model_beside_itself_differs_by_nothing():
    same = Estimate(0.0, 0.0, 5.0)
    assert (same.p_value, same.interval(0.95)) == (1.0, (0.0, 0.0))


def test_the_interval_and_the_p_value_tell_the_same():
    found = Estimate(1.0, 0.4, 7.0)
    for confidence in (0.9, 0.95, 0.97, 0.99):
        low, _ = found.interval(confidence)
        assert (low > 0) == (found.p_value < 1 - confidence)


def test_influences_of_a_difference_are_the_difference_of_influences():
    sums = sums_of([[100, 50], [900, 900], [40, 80]], [100, 300, 100])
    moves = influences(sums)
    error = np.sqrt(np.square(moves[:, 0] - moves[:, 1]).sum())
    assert estimate_difference([sums], 0, 1).standard_error == pytest.approx(error)


@pytest.mark.parametrize(("tail", "count"), [(t, n) for t in (LIGHT, HEAVY) for n in (8, 15, 30, 100)])
def test_intervals_of_95_percent_hold_so_often_for_clusters_of_uneven_size(tail, count):
    truth, generator, runs = true_difference(tail), np.random.default_rng(2404), 2500
    held = 0
    for _ in range(runs):
        low, high = estimate_difference([two_models(*draw_clusters(generator, count, tail))], 0, 1).interval(0.95)
        held += low <= truth <= high
    assert 0.93 <= held / runs <= 0.97


def test_intervals_of_the_mean_of_sources_hold_so_often():
    generator, runs = np.random.default_rng(2404), 2500
    law = {"github": (40, HEAVY), "arxiv": (25, LIGHT), "common_crawl": (80, LIGHT)}
    truth = np.mean([true_difference(tail) for _, tail in law.values()])
    held = 0
    for _ in range(runs):
        sources = [two_models(*draw_clusters(generator, *how), source) for source, how in law.items()]
        low, high = estimate_difference(sources, 0, 1).interval(0.95)
        held += low <= truth <= high
    assert 0.93 <= held / runs <= 0.97
