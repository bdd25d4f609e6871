"""The covariance of the months of one series, from few clusters: variances and correlations are pooled over months.

A matrix of T × T covariances taken from fewer clusters than T as it stands would have directions without any noise,
and every test along them would claim something.
"""

import numpy as np
import numpy.typing as npt
from scipy.optimize import isotonic_regression

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# The variance of a month counts as much as its clusters, that of all months together as much as this many.
POOLED_CLUSTERS = 30
# Of the correlations' own eigenvalues; those of a matrix of estimates may fall below zero.
LEAST_EIGENVALUE = 0.05


def pooled_covariance(covariance: Floats, cluster_counts: Floats, at: Ints) -> Floats:
    """Return a covariance of which every direction has noise.

    `covariance` is that of the clusters, `cluster_counts` how many each month has in effect, `at` when it is.
    """
    own = np.diag(covariance)
    pooled = float(np.mean(own * cluster_counts)) / cluster_counts
    variances = (cluster_counts * own + POOLED_CLUSTERS * pooled) / (cluster_counts + POOLED_CLUSTERS)
    deviations = np.sqrt(variances)
    return np.asarray(_correlations(covariance, at) * np.outer(deviations, deviations), dtype=np.float64)


def _correlations(covariance: Floats, at: Ints) -> Floats:
    """Return correlations that depend on the distance of two months only, and fall with it."""
    deviations = np.sqrt(np.diag(covariance))
    scale = np.outer(deviations, deviations)
    apart = np.abs(at[:, None] - at[None, :])
    place = np.unique(apart, return_inverse=True)[1].reshape(apart.shape)
    # Sums over pairs, so that months with little noise say no more than others.
    shared = np.bincount(place.ravel(), covariance.ravel()) / np.bincount(place.ravel(), scale.ravel())
    counts = np.bincount(place.ravel())
    falling = isotonic_regression(shared[1:], weights=counts[1:], increasing=False).x.clip(0.0, 1.0)
    values, vectors = np.linalg.eigh(np.concatenate([[1.0], falling])[place])
    whole = (vectors * np.maximum(values, LEAST_EIGENVALUE)) @ vectors.T
    return np.asarray(whole / np.sqrt(np.outer(np.diag(whole), np.diag(whole))), dtype=np.float64)
