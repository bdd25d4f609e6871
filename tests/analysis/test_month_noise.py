"""The covariance of months from few clusters: no direction without noise, and what stays the same is found."""

import numpy as np
import pytest

from analysis.month_noise import pooled_covariance


def sampled(rng, months: int, clusters: int, persistent: float):
    """Return the covariance of months as clusters give it, of which a share is the same in all months."""
    lasting = np.sqrt(persistent) * rng.standard_normal((clusters, 1))
    passing = np.sqrt(1 - persistent) * rng.standard_normal((clusters, months))
    influences = (lasting + passing) / clusters
    return influences.T @ influences


def test_with_fewer_clusters_than_months_every_direction_has_noise():
    rng = np.random.default_rng(1)
    found = pooled_covariance(sampled(rng, 24, 10, 0.5), np.full(24, 10), np.arange(24))
    assert np.linalg.eigvalsh(found).min() > 0.03 * np.diag(found).mean()


@pytest.mark.parametrize("persistent", [0.0, 0.6])
def test_variances_and_correlations_are_found(persistent):
    rng = np.random.default_rng(2)
    found = np.mean(
        [pooled_covariance(sampled(rng, 24, 40, persistent), np.full(24, 40), np.arange(24)) for _ in range(40)], axis=0
    )
    deviations = np.sqrt(np.diag(found))
    assert np.diag(found) == pytest.approx(1 / 40, rel=0.1)
    correlations = found / np.outer(deviations, deviations)
    assert correlations[np.triu_indices(24, 1)] == pytest.approx(persistent, abs=0.12)


def test_a_month_of_few_clusters_keeps_its_larger_variance():
    counts = np.array([40, 40, 10, 40, 40, 40])
    found = pooled_covariance(np.diag(1.0 / counts), counts, np.arange(6))
    assert np.diag(found) == pytest.approx(1.0 / counts)
