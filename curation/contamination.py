"""Does a text repeat an item of a benchmark or of an older corpus? By the share of the item's n-grams found in it.

Items are compared by word n-grams. An item with fewer words has none, which is how other filters lose half of what
leaks; it is compared by character n-grams of its normalised form instead. An item shorter than one of those is too
short to be anybody's and is not compared.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from config import ContaminationSettings
from curation.shingles import Shingles, word_shingles, words_of
from storage.records import ReferenceItem

# An odd factor, so that every character of a window moves the whole 64-bit hash.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Leak:
    """The reference item that a text repeats most, and how much of it."""

    item: str
    overlap: float


@dataclass(frozen=True, slots=True)
class GramIndex:
    """The n-grams of many items in ascending order, each beside its item; and how many n-grams every item has."""

    grams: Shingles
    owners: NDArray[np.int64]
    gram_counts: NDArray[np.int64]

    def overlaps(self, grams: Shingles) -> dict[int, float]:
        """Return, for every item that shares an n-gram with these, the share of its n-grams that are among them."""
        starts = np.searchsorted(self.grams, grams, side="left")
        ends = np.searchsorted(self.grams, grams, side="right")
        is_hit = ends > starts
        found = [self.owners[start:end] for start, end in zip(starts[is_hit], ends[is_hit], strict=True)]
        owners, hits = np.unique(np.concatenate(found), return_counts=True) if found else (self.owners[:0],) * 2
        return dict(zip(owners.tolist(), (hits / self.gram_counts[owners]).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class ReferenceIndex:
    """Every reference item, ready to be looked for: long ones by words, short ones by characters."""

    names: list[str]
    words: GramIndex
    characters: GramIndex
    settings: ContaminationSettings


def index_references(items: Iterable[ReferenceItem], settings: ContaminationSettings) -> ReferenceIndex:
    """Take reference items apart into n-grams."""
    names: list[str] = []
    words: list[Shingles] = []
    characters: list[Shingles] = []
    for item in items:
        is_short = len(words_of(item.text)) < settings.ngram_words
        names.append(f"reference:{item.name}/{item.item}")
        words.append(_none() if is_short else word_shingles(item.text, settings.ngram_words))
        characters.append(character_grams(item.text, settings.short_item_chars) if is_short else _none())
    return ReferenceIndex(names, _gram_index(words), _gram_index(characters), settings)


def find_leak(text: str, index: ReferenceIndex) -> Leak | None:
    """Return the item that a text repeats most, if it repeats one enough."""
    overlaps: dict[int, float] = {}
    if index.words.grams.size:
        overlaps |= index.words.overlaps(word_shingles(text, index.settings.ngram_words))
    if index.characters.grams.size:
        overlaps |= index.characters.overlaps(character_grams(text, index.settings.short_item_chars))
    leaks = [Leak(index.names[owner], overlap) for owner, overlap in overlaps.items()]
    worst = min(leaks, key=lambda leak: (-leak.overlap, leak.item), default=None)
    return worst if worst is not None and worst.overlap >= index.settings.max_overlap else None


def character_grams(text: str, size: int) -> Shingles:
    """Return the distinct hashes of the runs of this many characters of a text, lower-cased and re-wrapped."""
    codes = np.frombuffer(" ".join(words_of(text)).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    count = codes.size - size + 1
    if count < 1:
        return _none()
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(size):
        hashes = (hashes + codes[offset : offset + count] + np.uint64(1)) * _FACTOR
        hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


def _gram_index(grams_by_item: list[Shingles]) -> GramIndex:
    counts = np.array([grams.size for grams in grams_by_item], dtype=np.int64)
    grams = np.concatenate([_none(), *grams_by_item])
    order = np.argsort(grams, kind="stable")
    return GramIndex(grams[order], np.repeat(np.arange(counts.size), counts)[order], counts)


def _none() -> Shingles:
    return np.zeros(0, dtype=np.uint64)
