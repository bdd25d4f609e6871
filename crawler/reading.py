"""What one unit brought: its documents as the Parquet file they will land in, and what does not land.

Packing takes longer than anything else that is done with a document, so whoever reads a unit packs it, on any core.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

from crawler.reasons import Skipped
from storage.forgotten import Forgotten
from storage.parquet import encode_records, read_column, read_records
from storage.records import RawDocument

Item = RawDocument | Skipped


@dataclass(frozen=True, slots=True)
class Reading:
    """Documents, packed, and what must be known of them; `documents` is empty where there are none."""

    documents: bytes
    document_ids: set[str]
    content_bytes: int
    skipped: list[Skipped]

    def items(self) -> Iterator[Item]:
        """Yield everything that was met."""
        if self.documents:
            yield from read_records(BytesIO(self.documents), RawDocument)
        yield from self.skipped


def pack(items: Iterable[Item]) -> Reading:
    """Pack what lands, a few documents at a time while the others are still being read; collect what does not."""
    ids: set[str] = set()
    skipped: list[Skipped] = []
    content_bytes = 0

    def documents() -> Iterator[RawDocument]:
        nonlocal content_bytes
        for item in tell_duplicates(items, ids):
            if isinstance(item, Skipped):
                skipped.append(item)
            else:
                content_bytes += len(item.content)
                yield item

    packed = encode_records(documents(), RawDocument)
    return Reading(packed, ids, content_bytes, skipped)


def without_forgotten(reading: Reading, forgotten: Forgotten) -> Reading:
    """Return a reading without what was forgotten, which a row tells by its hash; nothing of it is written."""
    if not (forgotten and reading.documents):
        return reading
    columns = (read_column(BytesIO(reading.documents), name) for name in ("document_id", "source", "url"))
    if not any(forgotten.has_item(*item) for item in zip(*columns, strict=True)):
        return reading
    return pack(_told(item, forgotten) for item in reading.items())


def _told(item: Item, forgotten: Forgotten) -> Item:
    if isinstance(item, RawDocument) and forgotten.has_item(item.document_id, item.source, item.url):
        return Skipped(item.document_id, "forgotten")
    return item


def tell_duplicates(items: Iterable[Item], landed_ids: set[str]) -> Iterator[Item]:
    """Yield what has not landed, and a row for what has; note what will have."""
    for item in items:
        if isinstance(item, RawDocument) and item.document_id in landed_ids:
            yield Skipped(item.url, "already_landed", item.revision)
            continue
        if isinstance(item, RawDocument):
            landed_ids.add(item.document_id)
        yield item
