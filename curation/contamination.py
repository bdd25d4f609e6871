r"""Does a text repeat an item of a benchmark or of an older corpus? By the share of the item's n-grams found in it.

The unit is the item's: runs of words for prose, of identifiers for code, of characters for what has too few words for
either. A text is cut into whatever units the references need, so that code is also found on a web page and a question
in a comment. Numbers are all one word, unless an item is mostly numbers: with other numbers it is the same item. And an
item's n-grams count only where they stand close together, in a stretch twice as long as the item; what is strewn over
a long page is chance.

Measured by `python -m bench.contamination --curve` on items of 15 to 90 words: the share found at half of an item's
runs when planted whole, with every number changed, and with one word in 15 or in 10 replaced beside the numbers; and
how many of 3,000 passages of prose (1,500 of code) are claimed of files that share no 13 words in a row with them.

    unit         run  verbatim  renumbered  edited  1 in 10  claimed
    words          3     1.00      1.00      1.00      1.00        2
    words          4     1.00      1.00      1.00      1.00        0
    words          5     1.00      1.00      1.00      0.59        0
    words          8     1.00      1.00      0.30      0.00        0
    words         13     1.00      1.00      0.01      0.00        0
    identifiers    4     1.00      1.00      1.00      1.00        1
    identifiers    5     1.00      1.00      1.00      0.73        0
    identifiers    8     1.00      1.00      0.18      0.08        0
    identifiers   13     1.00      1.00      0.08      0.08        0

Code gets the longer run, which claims nothing there: a snapshot rather keeps one heavily edited item than loses files
for an idiom.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from config import ContaminationSettings
from curation.shingles import Shingles, shingle_sequence, words_of
from storage.records import ReferenceItem

# An odd factor, so that every character of a window moves the whole 64-bit hash.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
_CODE_MARK = re.compile(r"[(){}\[\]=;]")
# Prose has one bracket or equals sign in ten words or fewer, code more than one in two.
_CODE_MARKS_PER_WORD = 0.25
# How much longer than an item the stretch of a text may be in which its n-grams count.
_STRETCH = 2


@dataclass(frozen=True, slots=True)
class Leak:
    """An item that a text repeats, the set it belongs to, how much of it is there and how much may be."""

    reference: str
    item: str
    overlap: float
    limit: float


@dataclass(frozen=True, slots=True)
class Unit:
    """What texts are cut into, in order, and the share of an item's n-grams from which on a text repeats it."""

    cut: Callable[[str], Shingles]
    limit: float


@dataclass(frozen=True, slots=True)
class GramIndex:
    """The n-grams of many items in ascending order, each beside its item; and of every item, how many it has."""

    unit: Unit
    grams: Shingles
    owners: NDArray[np.int64]
    gram_counts: NDArray[np.int64]
    run_counts: NDArray[np.int64]

    def overlaps(self, text: str) -> Iterator[tuple[int, float]]:
        """Yield every item that a text repeats, with the share of its n-grams that stand close together there."""
        runs = self.unit.cut(text)
        for owner in self._owners_of(np.unique(runs)):
            share = self._densest(owner, runs) / self.gram_counts[owner]
            if share >= self.unit.limit:
                yield owner, float(share)

    def _owners_of(self, grams: Shingles) -> list[int]:
        """Return the items of which enough n-grams are among these, wherever they stand."""
        starts = np.searchsorted(self.grams, grams, side="left")
        counts = np.searchsorted(self.grams, grams, side="right") - starts
        # Every place of the index that holds one of the grams: its range of places, written out.
        offsets = np.repeat(starts - (np.cumsum(counts) - counts), counts)
        found = self.owners[offsets + np.arange(offsets.size)]
        owners, hits = np.unique(found, return_counts=True)
        return [int(owner) for owner in owners[hits >= self.unit.limit * self.gram_counts[owners]]]

    def _densest(self, owner: int, runs: Shingles) -> int:
        """Return how many different n-grams of an item stand in the stretch that holds most of them."""
        item_grams = self.grams[self.owners == owner]
        places = np.minimum(np.searchsorted(item_grams, runs), item_grams.size - 1)
        positions = np.flatnonzero(item_grams[places] == runs)
        return most_in_a_stretch(positions.tolist(), places[positions].tolist(), _STRETCH * self.run_counts[owner])


@dataclass(frozen=True, slots=True)
class ReferenceIndex:
    """Every reference item, ready to be looked for, by the unit that suits it."""

    items: list[tuple[str, str]]
    parts: list[tuple[list[int], GramIndex]]


def index_references(items: Iterable[ReferenceItem], settings: ContaminationSettings) -> ReferenceIndex:
    """Take reference items apart into n-grams."""
    names: list[tuple[str, str]] = []
    members: dict[str, list[int]] = defaultdict(list)
    texts: dict[str, list[str]] = defaultdict(list)
    for number, item in enumerate(items):
        names.append((item.name, f"reference:{item.name}/{item.item}"))
        unit = _unit_of(item.text, settings)
        if unit is not None:
            members[unit].append(number)
            texts[unit].append(item.text)
    units = _units(settings)
    return ReferenceIndex(names, [(members[name], _gram_index(units[name], texts[name])) for name in sorted(texts)])


def find_leaks(text: str, index: ReferenceIndex) -> list[Leak]:
    """Return every item that a text repeats, the most repeated one first, ties by name."""
    leaks = [
        Leak(*index.items[members[owner]], overlap, grams.unit.limit)
        for members, grams in index.parts
        for owner, overlap in grams.overlaps(text)
    ]
    return sorted(leaks, key=lambda leak: (-leak.overlap, leak.item))


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


def most_in_a_stretch(positions: list[int], marks: list[int], length: int) -> int:
    """Return the largest number of different marks in a stretch of this length; positions ascend."""
    inside: Counter[int] = Counter()
    most = first = 0
    for position, mark in zip(positions, marks, strict=True):
        inside[mark] += 1
        while positions[first] <= position - length:
            inside[marks[first]] -= 1
            if not inside[marks[first]]:
                del inside[marks[first]]
            first += 1
        most = max(most, len(inside))
    return most


def _unit_of(text: str, settings: ContaminationSettings) -> str | None:
    """Name the unit that suits an item; one that is mostly numbers would be like any other without them."""
    words = words_of(one_number(text))
    numbers = "numbers of " if 2 * words.count("0") > len(words) else ""
    if len(words) >= settings.min_words:
        return numbers + ("identifiers" if is_code(text) else "words")
    # A line of code is an idiom and nobody's.
    is_compared = len(" ".join(words)) >= settings.min_chars and not is_code(text)
    return numbers + "characters" if is_compared else None


def _units(settings: ContaminationSettings) -> dict[str, Unit]:
    def runs_of(size: int) -> Callable[[str], Shingles]:
        return lambda text: shingle_sequence(text, size)

    literal = {
        "words": Unit(runs_of(settings.ngram_words), settings.max_overlap),
        "identifiers": Unit(runs_of(settings.ngram_identifiers), settings.max_overlap),
        "characters": Unit(lambda text: _character_runs(text, settings.ngram_chars), settings.max_char_overlap),
    }
    return {f"numbers of {name}": unit for name, unit in literal.items()} | {
        name: Unit(_without_numbers(unit.cut), unit.limit) for name, unit in literal.items()
    }


def _without_numbers(cut: Callable[[str], Shingles]) -> Callable[[str], Shingles]:
    return lambda text: cut(one_number(text))


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


def _gram_index(unit: Unit, texts: list[str]) -> GramIndex:
    runs_by_item = [unit.cut(text) for text in texts]
    grams_by_item = [np.unique(runs) for runs in runs_by_item]
    counts = np.array([grams.size for grams in grams_by_item], dtype=np.int64)
    run_counts = np.array([runs.size for runs in runs_by_item], dtype=np.int64)
    grams = np.concatenate(grams_by_item)
    order = np.argsort(grams, kind="stable")
    return GramIndex(unit, grams[order], np.repeat(np.arange(counts.size), counts)[order], counts, run_counts)
