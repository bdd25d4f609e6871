"""Texts drawn from a law: clusters of uneven size, lengths with a long tail, differences that clusters share."""

import numpy as np

from analysis.paired import ClusterSums, Floats

HEAVY, LIGHT = "heavy", "light"


def draw_clusters(generator: np.random.Generator, count: int, tail: str, shift: float = 0.0) -> tuple[Floats, Floats]:
    """Return Σ bits of A less those of B and Σ characters per cluster.

    Heavy tails are one repository of 60 files beside many of one. What differs hangs on the length, so that a mean of
    ratios would be another number.
    """
    if tail == HEAVY:
        sizes = np.clip(np.ceil(generator.pareto(1.5, count) + 0.5), 1, 60).astype(int)
    else:
        sizes = generator.geometric(0.3, count)
    owners = np.repeat(np.arange(count), sizes)
    chars = np.round(np.clip(np.exp(generator.normal(8, 1.2 if tail == HEAVY else 0.8, len(owners))), 200, 60_000))
    shared = generator.normal(0.02, 0.05, count)[owners]
    own = generator.normal(0, 0.08, len(owners)) * np.sqrt(3000 / chars) + 0.01 * (np.log(chars) - 8)
    bits = chars * (shift + shared + own)
    return np.bincount(owners, bits, count), np.bincount(owners, chars, count)


def true_difference(tail: str) -> float:
    """Return Σ bits / Σ characters of the law, from two million clusters."""
    bits, chars = draw_clusters(np.random.default_rng(999), 2_000_000, tail)
    return float(bits.sum() / chars.sum())


def two_models(bits: Floats, chars: Floats, source: str = "github") -> ClusterSums:
    """Return a source of two models, of which the second needs one bit per character."""
    return ClusterSums(source, ("a", "b"), np.stack([chars + bits, chars], axis=1), chars, len(chars))
