"""A text taken out of the lake: found with all that is the same, its rows deleted, and every number that rested on it.

What stays is a hash: the verdict, the place in a sealed snapshot and the tombstone name the document and its text by
hashes alone. Deleting hides rows; `storage.erasure` takes them off the disk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage import rows
from storage.forgotten import address_of
from storage.lake import Connection
from storage.records import Snapshot
from storage.snapshots import snapshot_before

# Every row of these is of one document, and holds its text or was measured of it.
_TABLES = (
    "documents", "signatures", "freshness_evidence", "shared_spans", "scores", "token_bits", "audits",
)  # fmt: skip
_ADDRESS = (
    "CASE source WHEN 'arxiv' THEN regexp_replace(rtrim(url, '/'), 'v[0-9]+$', '') "
    "WHEN 'github' THEN regexp_replace(rtrim(url, '/'), '/blob/[0-9a-f]{40}/', '/blob/') ELSE rtrim(url, '/') END"
)
# In a packed stream every text is read after the ones before it: with one of them gone the stream is another.
_STREAMS = """
(document_id, text_sha256) IN (
    SELECT document_id, text_sha256 FROM documents WHERE list_contains($sources, documents.source)
)
AND protocol_id IN (SELECT protocol_id FROM protocols WHERE packing = 'source_stream')
"""
_DICTIONARIES = "protocol_id IN (SELECT protocol_id FROM protocols WHERE name = 'codec_dictionary')"


@dataclass(frozen=True, slots=True)
class FoundText:
    """One text that is to be forgotten, as the lake knows it."""

    document_id: str
    text_sha256: str
    source: str
    url: str
    title: str | None
    char_count: int
    text: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A sealed snapshot and a source of it of which texts are forgotten."""

    snapshot_id: str
    source: str


def find_texts(connection: Connection, target: str) -> list[FoundText]:
    """Return every revision of the text at an address, or of the one with this id."""
    named = _select(connection, "document_id = ? OR rtrim(url, '/') = rtrim(?, '/')", [target, target])
    addresses = [address_of(text.source, text.url) for text in named] + [target.rstrip("/")]
    return _select(connection, f"list_contains(?, {_ADDRESS})", [addresses])


def find_copies(connection: Connection, texts: Sequence[FoundText]) -> list[FoundText]:
    """Return the documents elsewhere whose text is the same, character by character."""
    ids, hashes = [text.document_id for text in texts], [text.text_sha256 for text in texts]
    return _select(connection, "list_contains(?, text_sha256) AND NOT list_contains(?, document_id)", [hashes, ids])


def near_copies(connection: Connection, document_ids: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return id, URL and reason of the texts that share much with these and stay: a verdict names one for the other."""
    return connection.execute(
        "SELECT DISTINCT documents.document_id, documents.url, verdicts.reason FROM verdicts JOIN documents "
        "ON (documents.document_id = verdicts.related_document_id AND list_contains($ids, verdicts.document_id)) "
        "OR (documents.document_id = verdicts.document_id AND list_contains($ids, verdicts.related_document_id)) "
        "WHERE NOT list_contains($ids, documents.document_id) ORDER BY ALL",
        {"ids": list(document_ids)},
    ).fetchall()


def touched_snapshots(connection: Connection, document_ids: Sequence[str]) -> list[Touched]:
    """Return the snapshots, source by source, that hold these documents."""
    found = connection.execute(
        "SELECT DISTINCT members.snapshot_id, tombstones.source FROM snapshot_documents AS members "
        "JOIN tombstones USING (document_id) WHERE list_contains($ids, members.document_id) ORDER BY ALL",
        {"ids": list(document_ids)},
    ).fetchall()
    return [Touched(*row) for row in found]


def delete_texts(connection: Connection, document_ids: Sequence[str], urls: Sequence[str]) -> list[tuple[str, int]]:
    """Delete the rows of these documents and whatever was measured with them; return how many rows, table by table."""
    touched = touched_snapshots(connection, document_ids)
    counts = _delete_streams(connection, touched) + _delete_dictionary_scores(connection, touched)
    for table in _TABLES:
        deleted = f"DELETE FROM {table} WHERE list_contains($ids, document_id)"  # noqa: S608 - names of ours
        counts.append((table, _count(connection, deleted, {"ids": list(document_ids)})))
    counts.append(("crawl_ledger", _cover_ledger(connection, urls)))
    return counts


def _delete_streams(connection: Connection, touched: Sequence[Touched]) -> list[tuple[str, int]]:
    counts = []
    for snapshot_id in sorted({one.snapshot_id for one in touched}):
        sources = [one.source for one in touched if one.snapshot_id == snapshot_id]
        values = {"snapshot_id": snapshot_id, "sources": sources}
        for table in ("scores", "token_bits"):
            statement = f"DELETE FROM {table} WHERE {table}.snapshot_id = $snapshot_id AND {_STREAMS}"  # noqa: S608
            counts.append((f"{table} of packed streams of {snapshot_id}", _count(connection, statement, values)))
    return counts


def _delete_dictionary_scores(connection: Connection, touched: Sequence[Touched]) -> list[tuple[str, int]]:
    """Delete what codecs scored after a dictionary made of a touched snapshot: of the snapshot that follows it."""
    changed, counts = {one.snapshot_id for one in touched}, []
    for snapshot in rows.select(connection, Snapshot):
        before = snapshot_before(connection, snapshot)
        if before and before.snapshot_id in changed:
            statement = f"DELETE FROM scores WHERE scores.snapshot_id = $snapshot_id AND {_DICTIONARIES}"  # noqa: S608
            count = _count(connection, statement, {"snapshot_id": snapshot.snapshot_id})
            counts.append((f"scores after a dictionary of {before.snapshot_id}", count))
    return counts


def _cover_ledger(connection: Connection, urls: Sequence[str]) -> int:
    """Put a hash where the ledger names an address; its rows stay, since they are counted."""
    return _count(
        connection,
        "UPDATE crawl_ledger SET item = 'forgotten ' || md5(item) "
        "WHERE list_contains($urls, regexp_replace(item, ' #[0-9]+$', ''))",
        {"urls": list(urls)},
    )


def _select(connection: Connection, condition: str, values: list[object]) -> list[FoundText]:
    found = connection.execute(
        "SELECT document_id, text_sha256, source, url, title, char_count, text FROM documents "  # noqa: S608 - ours
        f"WHERE {condition} ORDER BY document_id, text_sha256",
        values,
    ).fetchall()
    return [FoundText(*row) for row in found]


def _count(connection: Connection, statement: str, values: Mapping[str, object]) -> int:
    row = connection.execute(statement, values).fetchone()
    return int(row[0]) if row else 0
