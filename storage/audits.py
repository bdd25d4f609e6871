"""Audits: which scored texts are drawn for one, and how its rows come in."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import rows
from storage.lake import Connection
from storage.records import Audit


@dataclass(frozen=True, slots=True)
class DrawnText:
    """One scored text with its score, and the format its run computed in."""

    document_id: str
    text_sha256: str
    source: str
    text: str
    total_bits: float
    scoring_run_id: str
    dtype: str


def draw_texts(
    connection: Connection, snapshot_id: str, model_id: str, protocol_id: str, *, seed: int, count: int
) -> list[DrawnText]:
    """Return at most so many of the texts a model has scores for; the same seed draws the same for every model."""
    cursor = connection.execute(
        "SELECT documents.document_id, documents.text_sha256, documents.source, documents.text, "
        "scores.total_bits, scores.scoring_run_id, scoring_runs.dtype "
        "FROM scores JOIN documents "
        "ON documents.document_id = scores.document_id AND documents.text_sha256 = scores.text_sha256 "
        "JOIN scoring_runs ON scoring_runs.scoring_run_id = scores.scoring_run_id "
        "WHERE scores.snapshot_id = $snapshot_id AND scores.model_id = $model_id "
        "AND scores.protocol_id = $protocol_id AND documents.char_count > 0 "
        "ORDER BY md5($seed || ' ' || scores.document_id), scores.document_id LIMIT $count",
        {
            "snapshot_id": snapshot_id,
            "model_id": model_id,
            "protocol_id": protocol_id,
            "seed": str(seed),
            "count": count,
        },
    )
    return [DrawnText(*row) for row in cursor.fetchall()]


def store_audits(connection: Connection, audits: Sequence[Audit]) -> int:
    """Write audits; a text audited again under the same scoring run has the later row."""
    return rows.replace(connection, audits, Audit)
