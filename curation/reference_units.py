"""What is a reference item compared by, and where in a text do its n-grams stand? Words, identifiers or characters.

Prose is compared by runs of words, code by runs of identifiers, and what has too few words for either by runs of
characters. Numbers are all one word, unless an item is mostly numbers: with other numbers it is the same item.
"""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from config import ContaminationSettings
from curation.shared_span import Span, word_bounds
from curation.shingles import Shingles, shingle_sequence, words_of

# An odd factor, so that every character of a window moves the whole 64-bit hash.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
_CODE_MARK = re.compile(r"[(){}\[\]=;]")
# Prose has one bracket or equals sign in ten words or fewer, code more than one in two.
_CODE_MARKS_PER_WORD = 0.25


@dataclass(frozen=True, slots=True)
class Cut:
    """How a text becomes n-grams: runs of so many words, or characters of its words; with its numbers, or one for all.

    >>> Cut(2, of_characters=False, has_numbers=False).runs("3 of 48").size
    2
    """

    size: int
    of_characters: bool
    has_numbers: bool

    def runs(self, text: str) -> Shingles:
        """Return the 64-bit hashes of a text's runs, in order."""
        written = self._written(text)
        return _character_runs(written, self.size) if self.of_characters else shingle_sequence(written, self.size)

    def span(self, text: str, first_run: int, last_run: int) -> Span:
        """Return where the words stand that a text's runs from one to another, both counted in, are made of."""
        written = self._written(text)
        starts, ends = word_bounds(written)
        first, last = first_run, last_run + self.size - 1
        if self.of_characters:
            begins = np.cumsum([0, *(len(word) + 1 for word in words_of(written))])
            first, last = (int(np.searchsorted(begins, place, side="right")) - 1 for place in (first, last))
        last = min(last, starts.size - 1)
        places = np.arange(len(text) + 1) if self.has_numbers else _number_places(text)
        start, end = int(places[starts[first]]), int(places[ends[last]])
        return Span(start, end - start, last - first + 1)

    def _written(self, text: str) -> str:
        return text if self.has_numbers else one_number(text)


@dataclass(frozen=True, slots=True)
class Unit:
    """What an item is compared by, and the share of its n-grams from which on a text repeats it."""

    cut: Cut
    limit: float


def unit_of(text: str, settings: ContaminationSettings) -> Unit | None:
    """Return the unit that suits an item; None where it is too short to be anybody's."""
    words = words_of(one_number(text))
    # One that is mostly numbers would be like any other without them.
    has_numbers = 2 * words.count("0") > len(words)
    if len(words) < settings.min_words:
        # A line of code is an idiom and nobody's.
        if len(" ".join(words)) < settings.min_chars or is_code(text):
            return None
        return Unit(Cut(settings.ngram_chars, True, has_numbers), settings.max_char_overlap)
    if is_code(text):
        return Unit(Cut(settings.ngram_identifiers, False, has_numbers), settings.max_identifier_overlap)
    return Unit(Cut(settings.ngram_words, False, has_numbers), settings.max_overlap)


def is_code(text: str) -> bool:
    """Say whether a text is code, or formulas: it has many brackets, equals signs and semicolons for its words.

    >>> is_code("def area(side): return side * side"), is_code("How large is a field of 30 by 40 metres?")
    (True, False)
    """
    return len(_CODE_MARK.findall(text)) >= _CODE_MARKS_PER_WORD * len(words_of(text))


def one_number(text: str) -> str:
    """Return the text with one number in the place of all; what is part of a word is none.

    >>> one_number("3 of 1,250.50 in x2")
    '0 of 0 in x2'
    """
    return _NUMBER.sub("0", text)


def _number_places(text: str) -> NDArray[np.int64]:
    """Return where in a text every character of `one_number` of it stands, and at last where the text ends.

    The character after a number stands where the number has ended, so ends can be looked up like beginnings.
    """
    is_left = np.ones(len(text) + 1, dtype=np.bool_)
    for number in _NUMBER.finditer(text):
        is_left[number.start() + 1 : number.end()] = False
    return np.flatnonzero(is_left)


def _character_runs(text: str, size: int) -> Shingles:
    """Return the hashes of the runs of this many characters of a text's words, in order."""
    words = " ".join(words_of(text))
    codes = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    count = max(codes.size - size + 1, 0)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(size if count else 0):
        hashes = (hashes + codes[offset : offset + count] + np.uint64(1)) * _FACTOR
        hashes ^= hashes >> np.uint64(29)
    return hashes
