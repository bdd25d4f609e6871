"""The one compiled kernel: from code points to hashed word runs, and from those to a MinHash signature.

Python would spend nine tenths of a signature on cutting shingles. `tests/curation/shingles_in_numpy.py` says the same
in numpy alone, and datasketch is the definition of the permutations; tests hold them equal, bit for bit. numba is
imported with this module, so it is imported where the work is done.

A word is hashed as a polynomial of its letters modulo 2^64, a run of words as one of its words' hashes, both mixed by
MurmurHash3's finaliser. Two different runs meet by chance once in 2^60 or less: among 10^8 distinct runs, 0.5 %.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from curation.code_points import CodePoints

Compiled = TypeVar("Compiled", bound=Callable[..., Any])

LETTER_FACTOR = np.uint64(0xD6E8FEB86659FD93)
WORD_FACTOR = np.uint64(0x9E3779B97F4A7C15)
NO_HASH = np.uint64(0)
ONE = np.uint64(1)
# The finalisers of MurmurHash3 for 64 bits, and for 32 as datasketch's affine32 applies it before its permutations.
MIX_64 = (np.uint64(33), np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))
SHIFTS_32 = (np.uint32(16), np.uint32(13))
FACTORS_32 = (np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35))
EMPTY = np.uint32(0xFFFFFFFF)
# Hashes that meet one permutation while it is in a register.
TOGETHER = 8


def _compiled(function: Compiled) -> Compiled:
    """Compile at the first call, and keep the machine code on disk for the next process where a folder can be written.

    Where neither the folder of this module nor the user's cache can be, each process compiles anew (two seconds).
    """
    try:
        return cast("Compiled", numba.njit(cache=True)(function))
    except RuntimeError:
        return cast("Compiled", numba.njit(function))


@_compiled
def hash_runs(codes: CodePoints, letters: NDArray[np.uint32], size: int) -> NDArray[np.uint64]:
    """Return the hash of every run of this many words, in order; a text of fewer words is one run, one of none none."""
    words = np.empty(codes.size // 2 + 2, np.uint64)
    word_count = _hash_words(codes, letters, words)
    return words[: _hash_runs_of_words(words, word_count, size)]


@_compiled
def sign_runs(
    codes: CodePoints, letters: NDArray[np.uint32], size: int, factors: NDArray[np.uint32], offsets: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Return the least value of every permutation over the lower halves of the hashes of a text's runs."""
    runs = hash_runs(codes, letters, size)
    least = np.full(factors.size, EMPTY, np.uint32)
    if runs.size == 0:
        return least
    hashes = _mixed_for_datasketch(runs)
    for start in range(0, runs.size, TOGETHER):
        _take_least(hashes[start : start + TOGETHER], factors, offsets, least)
    return least


@_compiled
def _hash_words(codes: CodePoints, letters: NDArray[np.uint32], words: NDArray[np.uint64]) -> int:
    # Without a branch per letter: where a word ends cannot be foretold, and a wrong guess costs four letters of work.
    count = 0
    value = before = NO_HASH
    for place in range(codes.size):
        letter = np.uint64(letters[codes[place]])
        words[count] = value
        count += int((before != NO_HASH) & (letter == NO_HASH))
        value = value * LETTER_FACTOR + letter if letter != NO_HASH else NO_HASH
        before = letter
    if before != NO_HASH:
        words[count] = value
        count += 1
    for place in range(count):
        words[place] = _mixed(words[place])
    return count


@_compiled
def _hash_runs_of_words(words: NDArray[np.uint64], word_count: int, size: int) -> int:
    """Overwrite the hashes of the words by those of the runs that begin with them; return how many there are."""
    if word_count == 0:
        return 0
    size = min(size, word_count)
    first_factor = ONE
    value = NO_HASH
    for place in range(size - 1):
        first_factor *= WORD_FACTOR
        value = value * WORD_FACTOR + words[place]
    for place in range(word_count - size + 1):
        value = value * WORD_FACTOR + words[place + size - 1]
        first = words[place]
        words[place] = _mixed(value)
        value -= first_factor * first
    return word_count - size + 1


@_compiled
def _mixed(value: np.uint64) -> np.uint64:
    shift, first_factor, second_factor = MIX_64
    value ^= value >> shift
    value *= first_factor
    value ^= value >> shift
    value *= second_factor
    return value ^ (value >> shift)


@_compiled
def _mixed_for_datasketch(runs: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return the mixed lower halves, filled up with the first one to a multiple of those that are taken together."""
    hashes = np.empty(-(-runs.size // TOGETHER) * TOGETHER, np.uint32)
    for place in range(hashes.size):
        value = np.uint32(runs[place] if place < runs.size else runs[0])
        value ^= value >> SHIFTS_32[0]
        value = np.uint32(value * FACTORS_32[0])
        value ^= value >> SHIFTS_32[1]
        value = np.uint32(value * FACTORS_32[1])
        hashes[place] = value ^ (value >> SHIFTS_32[0])
    return hashes


@_compiled
def _take_least(
    hashes: NDArray[np.uint32], factors: NDArray[np.uint32], offsets: NDArray[np.uint32], least: NDArray[np.uint32]
) -> None:
    # Spelled out, so that the compiler takes many permutations in one vector and needs no end of a loop for few runs.
    one, two, three, four = hashes[0], hashes[1], hashes[2], hashes[3]
    five, six, seven, eight = hashes[4], hashes[5], hashes[6], hashes[7]
    for place in range(factors.size):
        factor, offset = factors[place], offsets[place]
        first = min(np.uint32(factor * one + offset), np.uint32(factor * two + offset))
        second = min(np.uint32(factor * three + offset), np.uint32(factor * four + offset))
        third = min(np.uint32(factor * five + offset), np.uint32(factor * six + offset))
        fourth = min(np.uint32(factor * seven + offset), np.uint32(factor * eight + offset))
        least[place] = min(least[place], first, second, third, fourth)
