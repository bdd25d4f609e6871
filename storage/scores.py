"""Scores: which are missing, and how they come in together with the run and the protocol that made them."""

from collections.abc import Sequence

from storage import rows
from storage.lake import Connection
from storage.records import Protocol, Score, ScoringRun


def is_scored(connection: Connection, snapshot_id: str, model_id: str, protocol_id: str) -> bool:
    """Say whether every text of a snapshot has its score for this model and protocol."""
    row = connection.execute(
        "SELECT count(*) FROM snapshot_documents AS members ANTI JOIN scores "
        "ON scores.snapshot_id = members.snapshot_id AND scores.document_id = members.document_id "
        "AND scores.text_sha256 = members.text_sha256 "
        "AND scores.model_id = $model_id AND scores.protocol_id = $protocol_id "
        "WHERE members.snapshot_id = $snapshot_id",
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
