"""Where two similar texts agree: the longest stretch of the one whose every word run stands in the other too.

It shows a reader at one look why a text was dropped. Runs are those that similarity counts, so a text that is moved
about but not changed is one stretch, and a changed word ends it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.code_points import code_points_of, letters
from curation.shingles import shingle_sequence


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, in characters from its beginning."""

    start_char: int
    char_count: int
    word_count: int


def longest_shared_span(text: str, other: str, shingle_words: int) -> Span | None:
    """Return the first of the longest stretches; None where the texts share no run."""
    runs = shingle_sequence(text, shingle_words)
    first, run_count = _longest_run(np.isin(runs, shingle_sequence(other, shingle_words)))
    if run_count == 0:
        return None
    starts, ends = word_bounds(text)
    last = min(first + run_count + shingle_words - 2, starts.size - 1)
    return Span(int(starts[first]), int(ends[last] - starts[first]), last - first + 1)


def word_bounds(text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the words of a text begin and end, in its own characters even where lower case takes more."""
    codes = code_points_of(text)
    starts, ends = _runs(letters()[codes] != 0)
    if codes.size == len(text):
        return starts, ends
    places = np.repeat(np.arange(len(text)), [len(character.lower()) for character in text])
    return places[starts], places[ends - 1] + 1


def _longest_run(is_shared: NDArray[np.bool_]) -> tuple[int, int]:
    """Return where the longest run of true values begins and how long it is."""
    starts, ends = _runs(is_shared)
    if starts.size == 0:
        return 0, 0
    longest = int(np.argmax(ends - starts))
    return int(starts[longest]), int(ends[longest] - starts[longest])


def _runs(is_inside: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where every run of true values begins and where it has ended."""
    steps = np.diff(is_inside.astype(np.int8), prepend=0, append=0)
    return np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
