"""Scores: which are missing, and how they come in together with the run and the protocol that made them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from storage import rows
from storage.lake import Connection
from storage.records import Protocol, Score, ScoringRun, TokenBits

# Texts whose token bits are held in memory at a time: some ten thousand tokens each.
TEXTS_AT_ONCE = 256


def is_scored(
    connection: Connection,
    snapshot_id: str,
    model_id: str,
    protocol_id: str,
    *,
    until_se: float | None = None,
    token_bits: bool = False,
) -> bool:
    """Say whether a snapshot is scored by this model and protocol as far as is asked.

    That is every text, or with `until_se` what a run needed that was to reach the same standard error or a smaller one;
    with `token_bits` what is scored has its token bits too.
    """
    asked = {"snapshot_id": snapshot_id, "model_id": model_id, "protocol_id": protocol_id}
    is_enough = _has_reached(connection, asked, until_se) or _is_whole(connection, asked)
    return is_enough and not (token_bits and _lacks_token_bits(connection, asked))


def store_scores(
    connection: Connection,
    protocol: Protocol,
    run: ScoringRun,
    scores: Sequence[Score],
    token_bits: Iterable[TokenBits] = (),
) -> int:
    """Write the scores of one run; what is scored already is not scored again. Return how many were new.

    A run that went on has its row replaced by what it says now.
    """
    rows.insert(connection, [protocol], Protocol)
    new_count = rows.insert(connection, scores, Score)
    kept_count = sum(rows.insert(connection, some, TokenBits) for some in _batches(token_bits))
    is_known = rows.count(connection, ScoringRun, "scoring_run_id = ?", [run.scoring_run_id]) > 0
    if new_count or kept_count or is_known:
        rows.replace(connection, [run], ScoringRun)
    return new_count


def bits_by_document(
    connection: Connection, snapshot_id: str, protocol_id: str, model_ids: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return model → document → bits; a model without scores is not in it."""
    found = connection.execute(
        "SELECT model_id, document_id, total_bits FROM scores "
        "WHERE scores.snapshot_id = $snapshot_id AND scores.protocol_id = $protocol_id "
        "AND list_contains($model_ids, scores.model_id)",
        {"snapshot_id": snapshot_id, "protocol_id": protocol_id, "model_ids": list(model_ids)},
    )
    bits: dict[str, dict[str, float]] = {}
    for model_id, document_id, total_bits in found.fetchall():
        bits.setdefault(model_id, {})[document_id] = total_bits
    return bits


def _is_whole(connection: Connection, asked: dict[str, str]) -> bool:
    row = connection.execute(
        "SELECT count(*) FROM snapshot_documents AS members "
        # What was forgotten is a member still, but nobody can score it.
        "ANTI JOIN tombstones USING (document_id, text_sha256) ANTI JOIN scores "
        "ON scores.snapshot_id = members.snapshot_id AND scores.document_id = members.document_id "
        "AND scores.text_sha256 = members.text_sha256 "
        "AND scores.model_id = $model_id AND scores.protocol_id = $protocol_id "
        "WHERE members.snapshot_id = $snapshot_id",
        asked,
    ).fetchone()
    return row == (0,)


def _has_reached(connection: Connection, asked: dict[str, str], until_se: float | None) -> bool:
    if until_se is None:
        return False
    condition = "scoring_runs.snapshot_id = ? AND model_id = ? AND protocol_id = ? AND until_se <= ?"
    return rows.count(connection, ScoringRun, condition, [*asked.values(), until_se]) > 0


def _lacks_token_bits(connection: Connection, asked: dict[str, str]) -> bool:
    row = connection.execute(
        "SELECT count(*) FROM scores ANTI JOIN token_bits "
        "ON token_bits.snapshot_id = scores.snapshot_id AND token_bits.document_id = scores.document_id "
        "AND token_bits.text_sha256 = scores.text_sha256 AND token_bits.model_id = scores.model_id "
        "AND token_bits.protocol_id = scores.protocol_id "
        "WHERE scores.snapshot_id = $snapshot_id AND scores.model_id = $model_id AND scores.protocol_id = $protocol_id",
        asked,
    ).fetchone()
    return row != (0,)


def _batches(token_bits: Iterable[TokenBits]) -> Iterator[list[TokenBits]]:
    remaining = iter(token_bits)
    while batch := list(islice(remaining, TEXTS_AT_ONCE)):
        yield batch
