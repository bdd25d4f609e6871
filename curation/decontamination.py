"""Which texts of a snapshot go because they repeat a reference item? Decided by the mode of the item's set.

`drop_if_in_reference`: the text goes. `keep_oldest`: it goes unless it was published before the day of the set, so
that an original outlives the benchmark made from it. `drop_all`: it goes, and with it the text that stays for a
duplicate that repeats the item: no side of such a pair is kept. With every verdict comes where in the text the item
stands, of the text alone: what an item says is not written down again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config import ContaminationSettings
from curation.contamination import Leak, ReferenceIndex, find_leaks, index_references
from curation.outcomes import plain
from curation.reasons import REASONS
from storage.lake import Connection
from storage.records import (
    DROP_ALL,
    DROP_IF_IN_REFERENCE,
    KEEP_OLDEST,
    ReferenceItem,
    ReferenceSet,
    SharedSpan,
    Verdict,
)
from storage.rows import insert


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is alive, or one that was dropped as a duplicate: then `document_id` is the one that stays for it."""

    document_id: str
    source: str
    published_at: datetime | None
    text: str
    is_duplicate: bool


@dataclass(frozen=True, slots=True)
class Contamination:
    """A text that goes, and the item that it or its duplicate repeats."""

    document_id: str
    source: str
    of_duplicate: bool
    leak: Leak

    @property
    def rank(self) -> tuple[str, bool, float, str]:
        """Order by text: what it holds itself before what its duplicates hold, and what it holds most of first."""
        return self.document_id, self.of_duplicate, -self.leak.overlap, self.leak.item


def drop_contaminated(
    connection: Connection, documents: Sequence[str], snapshot_id: str, settings: ContaminationSettings
) -> list[SharedSpan]:
    """Reject texts that repeat an item of a reference set; return where each of them repeats it.

    A text that goes for what its duplicate holds has no such place.
    """
    sets = _reference_sets(connection)
    items = connection.execute("SELECT name, item, text FROM lake.reference_items ORDER BY name, item").fetchall()
    if not items:
        return []
    index = index_references((ReferenceItem(*row) for row in items), settings)
    found = [
        Contamination(text.document_id, text.source, text.is_duplicate, leak)
        for text in _texts(connection, documents, any(s.mode == DROP_ALL for s in sets.values()))
        if (leak := next(_leaks_that_count(text, index, sets), None)) is not None
    ]
    worst = {one.document_id: one for one in sorted(found, key=lambda one: one.rank, reverse=True)}.values()
    insert(connection, [_verdict(snapshot_id, one) for one in worst], Verdict)
    return [_span(snapshot_id, one) for one in worst if not one.of_duplicate]


def _leaks_that_count(text: Text, index: ReferenceIndex, sets: dict[str, ReferenceSet]) -> Iterator[Leak]:
    for leak in find_leaks(text.text, index):
        if _counts(text, sets.get(leak.reference)):
            yield leak


def _counts(text: Text, reference: ReferenceSet | None) -> bool:
    """Say whether a text goes for repeating an item of this set."""
    mode = reference.mode if reference else DROP_IF_IN_REFERENCE
    if text.is_duplicate:
        return mode == DROP_ALL
    dated_on = reference.dated_on if reference else None
    if mode != KEEP_OLDEST or dated_on is None or text.published_at is None:
        return True
    return text.published_at.date() >= dated_on


def _texts(connection: Connection, documents: Sequence[str], with_duplicates: bool) -> Iterator[Text]:
    """Yield what is alive, and what was dropped for it, one file in memory at a time."""
    for path in documents:
        values = {"documents": [path], "with_duplicates": with_duplicates}
        yield from (Text(*row) for row in connection.execute(_sql("reduce_living"), values).fetchall())


def _verdict(snapshot_id: str, found: Contamination) -> Verdict:
    measured, limit, item = plain(found.leak.overlap), plain(found.leak.limit), found.leak.item
    step = REASONS["contaminated"].step
    return Verdict(snapshot_id, found.document_id, found.source, False, step, "contaminated", measured, limit, item)


def _span(snapshot_id: str, found: Contamination) -> SharedSpan:
    where = found.leak.span
    start_char, char_count = where.start_char, where.char_count
    return SharedSpan(snapshot_id, found.document_id, found.leak.item, start_char, char_count, where.word_count)


def _reference_sets(connection: Connection) -> dict[str, ReferenceSet]:
    query = "SELECT name, path, item_count, fingerprint, added_at, mode, dated_on FROM lake.reference_sets"
    return {row[0]: ReferenceSet(*row) for row in connection.execute(query).fetchall()}


def _sql(step: str) -> str:
    return Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8")
