r"""Does a text repeat an item of a benchmark or of an older corpus? By the share of the item's n-grams found in it.

The unit is the item's: runs of words for prose, of identifiers for code, of characters for what has too few words for
either. A text is cut into whatever units the references need, so that code is also found on a web page and a question
in a comment. Numbers are all one word, unless an item is mostly numbers: with other numbers it is the same item. And an
item's n-grams count only where they stand close together, in a stretch twice as long as the item; what is strewn over
a long page is chance.

Measured by `python -m bench.contamination_curve` on items of 5 to 90 words: the share found when planted whole, with
every number changed, and with one word in 15, one in 10 or one alone replaced beside the numbers; and on how many pages
some of 3,000 passages, or of 3,600 short sentences, are claimed that no page holds.

    unit         run  limit  renumbered  edited  1 in 10  1 word  claimed pages
    words          3   0.5         1.00    1.00     1.00    1.00     0 of 1,658
    words          4   0.5         1.00    1.00     1.00    1.00     0
    words          5   0.5         1.00    1.00     0.57    1.00     0
    words         13   0.5         1.00    0.01     0.00    0.80     0
    identifiers    3   0.55        1.00    1.00     1.00    1.00     4 of   777
    identifiers    4   0.55        1.00    1.00     0.98    1.00     3
    identifiers    5   0.5         1.00    1.00     0.68    1.00     3
    identifiers   13   0.5         1.00    0.08     0.08    1.00     2
    characters     6   0.67        1.00    0.97     0.97    0.98    14 of 2,435
    characters     8   0.67        1.00    0.94     0.94    0.95     7
    characters    10   0.7         1.00    0.81     0.72    0.72     5

What stands in many texts, a licence or a list of imports, is nobody's; the limits claim one clean page in 200 or fewer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from config import ContaminationSettings
from curation.reference_units import Cut, Unit, unit_of
from curation.shared_span import Span
from curation.shingles import Shingles
from storage.records import ReferenceItem

# How much longer than an item the stretch of a text may be in which its n-grams count.
_STRETCH = 2


@dataclass(frozen=True, slots=True)
class Leak:
    """An item that a text repeats, the set it belongs to, how much of it is there and how much may be, and where."""

    reference: str
    item: str
    overlap: float
    limit: float
    span: Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """The runs of a text from one to another, and how many different n-grams of an item are among them."""

    gram_count: int
    first_run: int
    last_run: int


@dataclass(frozen=True, slots=True)
class GramIndex:
    """The n-grams of many items in ascending order, each beside its item; and at which places an item has its own.

    It takes 16 bytes an n-gram, about 8 kB a text of 3,400 characters.
    """

    unit: Unit
    grams: Shingles
    owners: NDArray[np.int32]
    places: NDArray[np.int32]
    place_ends: NDArray[np.int64]
    gram_counts: NDArray[np.int64]
    run_counts: NDArray[np.int64]

    def repeated(self, runs: Shingles) -> Iterator[tuple[int, Stretch]]:
        """Yield every item that a text of these runs repeats, with the stretch that holds most of its n-grams."""
        for owner in self._owners_of(np.unique(runs)):
            stretch = self._densest(owner, runs)
            if stretch.gram_count >= self.unit.limit * self.gram_counts[owner]:
                yield owner, stretch

    def _owners_of(self, grams: Shingles) -> list[int]:
        """Return the items of which enough n-grams are among these, wherever they stand."""
        starts = np.searchsorted(self.grams, grams, side="left")
        counts = np.searchsorted(self.grams, grams, side="right") - starts
        # Every place of the index that holds one of the grams: its range of places, written out.
        offsets = np.repeat(starts - (np.cumsum(counts) - counts), counts)
        found = self.owners[offsets + np.arange(offsets.size)]
        owners, hits = np.unique(found, return_counts=True)
        return [int(owner) for owner in owners[hits >= self.unit.limit * self.gram_counts[owners]]]

    def _densest(self, owner: int, runs: Shingles) -> Stretch:
        end = self.place_ends[owner]
        grams = self.grams[self.places[end - self.gram_counts[owner] : end]]
        places = np.minimum(np.searchsorted(grams, runs), grams.size - 1)
        positions = np.flatnonzero(grams[places] == runs)
        return most_in_a_stretch(positions.tolist(), places[positions].tolist(), _STRETCH * self.run_counts[owner])


@dataclass(frozen=True, slots=True)
class ReferenceIndex:
    """Every reference item, ready to be looked for, by the unit that suits it."""

    items: list[tuple[str, str]]
    parts: list[tuple[list[int], GramIndex]]


def index_references(items: Iterable[ReferenceItem], settings: ContaminationSettings) -> ReferenceIndex:
    """Take reference items apart into n-grams."""
    names: list[tuple[str, str]] = []
    members: dict[Unit, list[int]] = defaultdict(list)
    texts: dict[Unit, list[str]] = defaultdict(list)
    for number, item in enumerate(items):
        names.append((item.name, f"reference:{item.name}/{item.item}"))
        unit = unit_of(item.text, settings)
        if unit is not None:
            members[unit].append(number)
            texts[unit].append(item.text)
    return ReferenceIndex(names, [(members[unit], _gram_index(unit, texts[unit])) for unit in texts])


def find_leaks(text: str, index: ReferenceIndex) -> list[Leak]:
    """Return every item that a text repeats, the most repeated one first, ties by name."""
    runs_by_cut: dict[Cut, Shingles] = {}
    leaks = []
    for members, grams in index.parts:
        cut, limit = grams.unit.cut, grams.unit.limit
        # Units of one cut share its runs: cutting a text is most of the work.
        if cut not in runs_by_cut:
            runs_by_cut[cut] = cut.runs(text)
        for owner, found in grams.repeated(runs_by_cut[cut]):
            overlap = float(found.gram_count / grams.gram_counts[owner])
            span = cut.span(text, found.first_run, found.last_run)
            leaks.append(Leak(*index.items[members[owner]], overlap, limit, span))
    return sorted(leaks, key=lambda leak: (-leak.overlap, leak.item))


def most_in_a_stretch(positions: list[int], marks: list[int], length: int) -> Stretch:
    """Return the largest number of different marks in a stretch of this length, and the first one that has them.

    Positions ascend. The stretch begins and ends with a mark that no other place of it has.
    """
    inside: Counter[int] = Counter()
    most = Stretch(0, 0, 0)
    first = 0
    for position, mark in zip(positions, marks, strict=True):
        inside[mark] += 1
        while positions[first] <= position - length or inside[marks[first]] > 1:
            inside[marks[first]] -= 1
            if not inside[marks[first]]:
                del inside[marks[first]]
            first += 1
        if len(inside) > most.gram_count:
            most = Stretch(len(inside), positions[first], position)
    return most


def _gram_index(unit: Unit, texts: list[str]) -> GramIndex:
    runs_by_item = [unit.cut.runs(text) for text in texts]
    grams_by_item = [np.unique(runs) for runs in runs_by_item]
    counts = np.array([grams.size for grams in grams_by_item], dtype=np.int64)
    run_counts = np.array([runs.size for runs in runs_by_item], dtype=np.int64)
    grams = np.concatenate(grams_by_item)
    order = np.argsort(grams, kind="stable")
    owners = np.repeat(np.arange(counts.size, dtype=np.int32), counts)[order]
    places = np.argsort(owners, kind="stable").astype(np.int32)
    return GramIndex(unit, grams[order], owners, places, np.cumsum(counts), counts, run_counts)
