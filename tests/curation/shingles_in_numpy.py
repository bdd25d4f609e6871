"""The hashes of word runs once more, in numpy alone and from words that a regex found: what the kernel must give."""

import numpy as np
from numpy.typing import NDArray

LETTER_FACTOR = 0xD6E8FEB86659FD93
WORD_FACTOR = 0x9E3779B97F4A7C15


def hashed_runs(words: list[str], size: int) -> NDArray[np.uint64]:
    """Return the hash of every run of this many words, in order."""
    if not words:
        return np.zeros(0, dtype=np.uint64)
    hashes = hashed_words(words)
    size = min(size, hashes.size)
    runs = np.lib.stride_tricks.sliding_window_view(hashes, size)
    return mixed((runs * powers(WORD_FACTOR, size)[::-1]).sum(axis=1, dtype=np.uint64))


def hashed_words(words: list[str]) -> NDArray[np.uint64]:
    letters = np.frombuffer("".join(words).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64) + np.uint64(1)
    lengths = np.array([len(word) for word in words])
    starts = np.cumsum(lengths) - lengths
    to_the_end = np.repeat(starts + lengths, lengths) - 1 - np.arange(letters.size)
    return mixed(np.add.reduceat(letters * powers(LETTER_FACTOR, int(lengths.max()))[to_the_end], starts))


def powers(factor: int, count: int) -> NDArray[np.uint64]:
    """Return the powers of a factor modulo 2^64, from the zeroth."""
    factors = np.full(count, factor, dtype=np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Apply MurmurHash3's finaliser for 64 bits."""
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xFF51AFD7ED558CCD)
    values = values ^ (values >> np.uint64(33))
    values = values * np.uint64(0xC4CEB9FE1A85EC53)
    return values ^ (values >> np.uint64(33))
