"""Logarithms of ratios of sums, and their errors by clusters: by hand, beside a bootstrap, and in repeated draws."""

import numpy as np
import pytest

from analysis.cluster_logs import ClusterCells, mean_weights


def cells_of(source, period, cluster, shape):
    return ClusterCells(source=np.array(source), period=np.array(period), cluster=np.array(cluster), shape=shape)


def test_values_are_ratios_of_sums_and_their_mean_over_sources_weighs_none():
    cells = cells_of([0, 0, 1, 1], [0, 0, 0, 1], [0, 1, 2, 2], (2, 2))
    logs = cells.logs(np.array([[100.0, 500.0, 900.0, 50.0]]), np.array([100.0, 200.0, 300.0, 100.0]))
    assert np.exp(logs.values[0, 0, 0]) == pytest.approx(600 / 300)
    assert np.exp(logs.values[0, 1]) == pytest.approx([3.0, 0.5])
    # Both sources have texts in the first period only.
    assert np.exp(logs.values[0, 2, 0]) == pytest.approx((2.0 + 3.0) / 2)
    assert np.isnan(logs.values[0, [0, 2], 1]).all()
    assert logs.text_counts[0].tolist() == [[2, 0], [1, 1], [3, 1]]
    assert logs.cluster_counts[0].tolist() == [[2, 0], [1, 1], [3, 1]]


def test_the_variance_is_that_of_leaving_clusters_out_and_of_one_cluster_there_is_none():
    cells = cells_of([0, 0, 0, 1], [0] * 4, [0, 1, 1, 2], (2, 1))
    logs = cells.logs(np.array([[100.0, 300.0, 200.0, 7.0]]), np.array([100.0, 100.0, 100.0, 7.0]))
    # 600 bits in 300 characters; without the first cluster 500 in 200, without the second 100 in 100.
    left_out = np.array([500 / 200, 100 / 100]) / (600 / 300)
    found = logs.contrast(mean_weights(1, [0]), 0)
    assert found.variances() == pytest.approx([(np.log(left_out) ** 2).sum() / 2])
    assert found.effective_clusters[0] == pytest.approx([300**2 / (100**2 + 200**2)])
    assert np.isnan(logs.contrast(mean_weights(1, [0]), 1).variances()).all()
    assert np.isnan(logs.contrast(mean_weights(1, [0]), 2).variances()).all()


def drawn(rng, cluster_total: int = 40, text_count: int = 300):
    """Draw texts of two models in two sources, with clusters that are hard for both and some for one."""
    source, period = np.arange(text_count) % 2, np.arange(text_count) // 2 % 3
    cluster = rng.integers(0, cluster_total, text_count) + source * cluster_total
    hard = rng.normal(0, 0.2, 2 * cluster_total)[cluster] + rng.normal(0, 0.2, text_count)
    own = rng.normal(0, 0.1, (2, 2 * cluster_total))[:, cluster]
    chars = rng.integers(500, 5000, text_count).astype(float)
    return source, period, cluster, chars, chars * np.exp(hard + own)


def test_errors_and_covariances_are_those_of_a_bootstrap_of_clusters():
    rng = np.random.default_rng(3)
    source, period, cluster, chars, bits = drawn(rng, 200, 1800)
    difference = np.array([1.0, -1.0])
    logs = cells_of(source, period, cluster, (2, 3)).logs(bits, chars)
    contrast = logs.contrast(difference, 2)
    draws = []
    for _ in range(1000):
        # Clusters of each source are drawn with replacement; a draw is how often each comes.
        times = np.concatenate([np.bincount(rng.integers(0, 200, 200), minlength=200) for _ in range(2)])[cluster]
        sums = [
            [(row * times)[(source == k) & (period == p)].sum() / (chars * times)[(source == k) & (period == p)].sum()
             for p in range(3) for k in range(2)]
            for row in bits
        ]  # fmt: skip
        means = np.array(sums).reshape(2, 3, 2).mean(axis=2)
        draws.append(np.log(means[0] / means[1]))
    assert np.sqrt(contrast.variances()) == pytest.approx(np.std(draws, axis=0), rel=0.12)
    kept = np.arange(3)
    assert contrast.covariance(kept) == pytest.approx(
        np.cov(np.transpose(draws)), abs=0.15 * contrast.variances().max()
    )
    with_first = contrast.covariances_with(contrast, 0)
    assert with_first == pytest.approx(contrast.covariance(kept)[0])


def test_intervals_hold_in_ninety_five_of_a_hundred_draws():
    truth = np.log(np.mean([np.exp(0.2**2) * np.exp(0.1**2 / 2)] * 2))
    held = []
    for seed in range(400):
        source, period, cluster, chars, bits = drawn(np.random.default_rng(seed))
        contrast = cells_of(source, period, cluster, (2, 3)).logs(bits, chars).contrast(mean_weights(2, [0]), 2)
        held.append(np.abs(contrast.values - truth) <= contrast.margins(contrast.variances(), 0.95))
    assert 0.92 <= np.mean(held) <= 0.97
