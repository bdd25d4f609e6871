"""Scores: which are missing, and how they come in together with the run and the protocol that made them."""

from collections.abc import Sequence

from storage import rows
from storage.lake import Connection
from storage.records import Protocol, Score, ScoringRun


def is_scored(connection: Connection, snapshot_id: str, model_id: str, protocol_id: str) -> bool:
    """Say whether every text of a snapshot has its score for this model and protocol."""
    row = connection.execute(
        "SELECT count(*) FROM snapshot_documents ANTI JOIN "
        "(SELECT document_id, text_sha256 FROM scores WHERE snapshot_id = $snapshot_id "
        " AND model_id = $model_id AND protocol_id = $protocol_id) AS scored USING (document_id, text_sha256) "
        "WHERE snapshot_id = $snapshot_id",
        {"snapshot_id": snapshot_id, "model_id": model_id, "protocol_id": protocol_id},
    ).fetchone()
    return row == (0,)


def store_scores(connection: Connection, protocol: Protocol, run: ScoringRun, scores: Sequence[Score]) -> int:
    """Write the scores of one run; what is scored already is not scored again. Return how many were new."""
    rows.insert(connection, [protocol], Protocol)
    new_count = rows.insert(connection, scores, Score)
    if new_count:
        rows.insert(connection, [run], ScoringRun)
    return new_count
