"""Snapshots: found, sealed in one transaction, read back text by text. Never changed after sealing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from storage import rows
from storage.errors import SnapshotError
from storage.lake import Connection
from storage.records import (
    Check,
    Document,
    Evidence,
    SamplingStratum,
    SharedSpan,
    Signature,
    Snapshot,
    Verdict,
    Watermark,
)
from storage.watermarks import COVERED, set_watermark

# The texts that the verdicts of candidate files keep.
KEPT = (
    "FROM read_parquet($documents) AS documents "
    "SEMI JOIN (SELECT document_id FROM read_parquet($verdicts) WHERE is_kept) AS kept USING (document_id)"
)
# Members that are in memory at once; a snapshot may have millions.
MEMBERS_TOGETHER = 10_000


@dataclass(frozen=True, slots=True)
class CandidateFiles:
    """The Parquet files that become rows when a snapshot is sealed."""

    documents: list[Path]
    evidence: list[Path]
    signatures: list[Path]
    verdicts: Path
    checks: tuple[Path, ...] = ()
    strata: tuple[Path, ...] = ()
    shared_spans: tuple[Path, ...] = ()

    @classmethod
    def in_folder(cls, folder: Path, verdicts: Path) -> "CandidateFiles":
        """Name the files of one candidates folder."""
        documents, evidence, signatures = (
            sorted((folder / kind).glob("*.parquet")) for kind in ("documents", "evidence", "signatures")
        )
        once = (tuple(folder.glob(f"{name}.parquet")) for name in ("checks", "strata", "shared_spans"))
        return cls(documents, evidence, signatures, verdicts, *once)

    @property
    def kept(self) -> dict[str, Any]:
        """Return the values of `KEPT`."""
        return {"documents": [str(path) for path in self.documents], "verdicts": str(self.verdicts)}


@dataclass(frozen=True, slots=True)
class Member:
    """One kept text, as a snapshot counts it."""

    document_id: str
    text_sha256: str
    char_count: int


@dataclass(frozen=True, slots=True)
class KeptText:
    """One text of a sealed snapshot, as scorers need it."""

    document_id: str
    text_sha256: str
    source: str
    text: str


def find_snapshot(connection: Connection, snapshot_id: str) -> Snapshot | None:
    """Return the snapshot of this name, if it is sealed."""
    found = rows.select(connection, Snapshot, "snapshot_id = ?", [snapshot_id])
    return found[0] if found else None


def latest_snapshot(connection: Connection) -> Snapshot | None:
    """Return the snapshot with the latest window."""
    sealed = rows.select(connection, Snapshot)
    return max(sealed, key=lambda s: (s.window_end, s.sealed_at), default=None)


def snapshot_before(connection: Connection, snapshot: Snapshot) -> Snapshot | None:
    """Return the latest snapshot whose window is over when that of this one begins."""
    earlier = rows.select(connection, Snapshot, "window_end <= ?", [snapshot.window_start])
    return max(earlier, key=lambda s: (s.window_end, s.sealed_at), default=None)


def sealed_names(connection: Connection, since: date, until: date, source: str) -> list[str]:
    """Return the snapshots that rest on one source's crawl of one window."""
    condition = "window_start = ? AND window_end = ? AND list_contains(sources, ?)"
    return [snapshot.snapshot_id for snapshot in rows.select(connection, Snapshot, condition, [since, until, source])]


def require_snapshot(connection: Connection, snapshot_id: str | None) -> Snapshot:
    """Return the named snapshot, or the latest one, or say which there are."""
    found = find_snapshot(connection, snapshot_id) if snapshot_id else latest_snapshot(connection)
    if found:
        return found
    names = [s.snapshot_id for s in rows.select(connection, Snapshot)]
    if not names:
        raise SnapshotError("no snapshot is sealed yet; `freshpress refresh` makes the first one.")
    raise SnapshotError(f"there is no snapshot {snapshot_id!r}; sealed are: {', '.join(names)}.")


def kept_members(connection: Connection, files: CandidateFiles) -> Iterator[Member]:
    """Yield what the verdicts keep, by ascending document id."""
    if not files.documents:
        return
    cursor = connection.execute(
        "SELECT document_id, text_sha256, char_count " + KEPT + " ORDER BY document_id", files.kept
    )
    while batch := cursor.fetchmany(MEMBERS_TOGETHER):
        yield from (Member(*row) for row in batch)


def count_kept(connection: Connection, files: CandidateFiles) -> tuple[int, int]:
    """Return how many texts the verdicts keep, and how many characters those have."""
    if not files.documents:
        return 0, 0
    row = connection.execute("SELECT count(*), coalesce(sum(char_count), 0) " + KEPT, files.kept).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def seal(connection: Connection, snapshot: Snapshot, files: CandidateFiles) -> None:
    """Write the snapshot with everything it rests on. The caller's transaction makes it all or nothing."""
    if find_snapshot(connection, snapshot.snapshot_id):
        raise SnapshotError(f"snapshot {snapshot.snapshot_id} is sealed already and is never changed.")
    rows.insert_files(connection, files.documents, Document)
    rows.insert_files(connection, files.evidence, Evidence)
    rows.insert_files(connection, files.signatures, Signature)
    rows.insert_files(connection, [files.verdicts], Verdict)
    rows.insert_files(connection, files.checks, Check)
    rows.insert_files(connection, files.strata, SamplingStratum)
    rows.insert_files(connection, files.shared_spans, SharedSpan)
    if files.documents:
        connection.execute(
            "INSERT INTO snapshot_documents (snapshot_id, document_id, text_sha256) "
            "SELECT $snapshot_id, document_id, text_sha256 " + KEPT,
            {"snapshot_id": snapshot.snapshot_id, **files.kept},
        )
    rows.insert(connection, [snapshot], Snapshot)
    window = (snapshot.window_start, snapshot.window_end)
    reason = None if snapshot.is_complete else "sealed as declared incomplete"
    for source in snapshot.sources:
        set_watermark(connection, Watermark(source, *window, COVERED, reason, snapshot.sealed_at))


def kept_texts(connection: Connection, snapshot_id: str) -> Iterator[KeptText]:
    """Yield every text of a snapshot by ascending document id."""
    # DuckLake gives every table a hidden snapshot_id of its own, so ours is always named with its table.
    cursor = connection.execute(
        "SELECT documents.document_id, documents.text_sha256, documents.source, documents.text "
        "FROM snapshot_documents AS members JOIN documents "
        "ON documents.document_id = members.document_id AND documents.text_sha256 = members.text_sha256 "
        "WHERE members.snapshot_id = $snapshot_id ORDER BY documents.document_id",
        {"snapshot_id": snapshot_id},
    )
    while batch := cursor.fetchmany(1000):
        yield from (KeptText(*row) for row in batch)


def drawn_texts(connection: Connection, snapshot_id: str) -> Iterator[str]:
    """Yield the texts of a snapshot in an order that is random and always the same."""
    cursor = connection.execute(
        "SELECT documents.text FROM snapshot_documents AS members JOIN documents "
        "ON documents.document_id = members.document_id AND documents.text_sha256 = members.text_sha256 "
        "WHERE members.snapshot_id = $snapshot_id ORDER BY md5(documents.document_id), documents.document_id",
        {"snapshot_id": snapshot_id},
    )
    while batch := cursor.fetchmany(1000):
        yield from (text for (text,) in batch)
