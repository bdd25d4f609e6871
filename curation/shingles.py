"""A text as a set of overlapping word runs: the unit of near-duplicates and of contamination."""

import re

import numpy as np
from numpy.typing import NDArray

from curation.code_points import code_points_of, letters

Shingles = NDArray[np.uint64]

# Lower-cased runs of letters, digits and underscores.
_WORD = re.compile(r"\w+")
# How a run of words becomes 64 bits, as signatures spell it: `shingle_kernel.py`.
SHINGLE_HASH = "polynomial fmix64"


def words_of(text: str) -> list[str]:
    """Return the lower-cased words of a text, without punctuation.

    >>> words_of("Don't panic: x_1 = 42.")
    ['don', 't', 'panic', 'x_1', '42']
    """
    return _WORD.findall(text.lower())


def word_shingles(text: str, size: int) -> Shingles:
    """Return the sorted distinct 64-bit hashes of a text's word runs of this size.

    A text with fewer words is one shingle of all of them; a text without words has none.
    """
    return np.unique(shingle_sequence(text, size))


def shingle_sequence(text: str, size: int) -> Shingles:
    """Return the 64-bit hash of every word run of a text, in order: one for each word that a run begins with."""
    from curation.shingle_kernel import hash_runs

    return hash_runs(code_points_of(text), letters(), size)


def jaccard(one: Shingles, other: Shingles) -> float:
    """Return the exact similarity of two sets: what they share over what they hold together."""
    shared = np.intersect1d(one, other, assume_unique=True).size
    whole = one.size + other.size - shared
    return shared / whole if whole else 0.0
