"""A text as a set of overlapping word runs: the unit of near-duplicates and of contamination."""

import re

import numpy as np
import xxhash
from numpy.typing import NDArray

Shingles = NDArray[np.uint64]

# Lower-cased runs of letters, digits and underscores.
_WORD = re.compile(r"\w+")
SHINGLE_HASH = "xxh3_64"


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
    words = words_of(text)
    runs = [" ".join(words[start : start + size]) for start in range(max(len(words) - size + 1, 1))] if words else []
    return np.unique(np.array([xxhash.xxh3_64_intdigest(run.encode()) for run in runs], dtype=np.uint64))


def jaccard(one: Shingles, other: Shingles) -> float:
    """Return the exact similarity of two sets: what they share over what they hold together."""
    shared = np.intersect1d(one, other, assume_unique=True).size
    whole = one.size + other.size - shared
    return shared / whole if whole else 0.0
