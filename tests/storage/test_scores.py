"""Scores, token bits and runs that stopped: what is there, and what is still to do."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from storage import lake, rows, scores
from storage.doctor import check_invariants
from storage.records import Protocol, Score, ScoringRun, SnapshotDocument, TokenBits

PROTOCOL = Protocol("document@1", "document", 1900, 512, "each_document", "plain_text", "bos", "scored", 1)
RUN = ScoringRun(
    "r1", "S", "m", "document@1", "cpu", "float32", "sdpa", "", 0.0, 1, None, 4, 1.0, 1, datetime(2026, 11, 2)
)
SCORES = [Score("S", f"d{i}", f"t{i}", "m", "document@1", 3.0, 2, 2, 5, 6, 0, "r1") for i in range(4)]


def bits_of(score: Score, bits: tuple[float, ...] = (1.0, 2.0), ends: tuple[int, ...] = (3, 6)) -> TokenBits:
    identity = (score.snapshot_id, score.document_id, score.text_sha256, score.model_id, score.protocol_id)
    return TokenBits(*identity, bits, ends, score.scoring_run_id)


@pytest.fixture
def connection() -> Iterator[lake.Connection]:
    """Yield a lake whose snapshot S has four texts."""
    made = lake.memory()
    rows.insert(made, [SnapshotDocument("S", f"d{i}", f"t{i}") for i in range(4)], SnapshotDocument)
    yield made
    made.close()


def is_scored(connection: lake.Connection, **options: object) -> bool:
    return scores.is_scored(connection, "S", "m", "document@1", **options)


def test_a_stopped_run_is_done_for_the_same_wish_and_for_less(connection):
    scores.store_scores(connection, PROTOCOL, replace(RUN, until_se=0.01), SCORES[:2])
    assert is_scored(connection, until_se=0.01)
    assert is_scored(connection, until_se=0.02)
    assert not is_scored(connection, until_se=0.005)
    assert not is_scored(connection)
    assert not scores.is_scored(connection, "S", "other", "document@1", until_se=0.01)


def test_a_run_that_went_on_says_what_it_has_become(connection):
    scores.store_scores(connection, PROTOCOL, replace(RUN, until_se=0.01), SCORES[:2])
    assert scores.store_scores(connection, PROTOCOL, replace(RUN, until_se=0.005), SCORES[:2]) == 0
    assert is_scored(connection, until_se=0.005)
    assert scores.store_scores(connection, PROTOCOL, replace(RUN, token_count=8), SCORES) == 2
    assert rows.select(connection, ScoringRun) == [replace(RUN, token_count=8)]
    assert is_scored(connection)
    assert is_scored(connection, until_se=1e-9)  # every text is there


def test_token_bits_come_in_with_their_scores_or_after_them(connection):
    assert scores.store_scores(connection, PROTOCOL, RUN, SCORES[:2], iter([bits_of(SCORES[0])])) == 2
    assert scores.store_scores(connection, PROTOCOL, RUN, SCORES) == 2
    assert is_scored(connection)
    assert not is_scored(connection, token_bits=True)
    assert scores.store_scores(connection, PROTOCOL, RUN, SCORES, map(bits_of, SCORES)) == 0
    assert is_scored(connection, token_bits=True)
    assert rows.select(connection, TokenBits) == [bits_of(score) for score in SCORES]


def test_a_run_that_brings_token_bits_alone_is_known(connection):
    scores.store_scores(connection, PROTOCOL, RUN, SCORES)
    later = replace(RUN, scoring_run_id="r2")
    scores.store_scores(connection, PROTOCOL, later, SCORES, map(bits_of, SCORES))
    assert [run.scoring_run_id for run in rows.select(connection, ScoringRun)] == ["r1", "r2"]


def test_bits_are_given_by_model_and_document(connection):
    others = [replace(score, model_id="n", total_bits=4.0) for score in SCORES[:1]]
    scores.store_scores(connection, PROTOCOL, RUN, [*SCORES[:2], *others])
    assert scores.bits_by_document(connection, "S", "document@1", ["m", "n", "unknown"]) == {
        "m": {"d0": 3.0, "d1": 3.0},
        "n": {"d0": 4.0},
    }


@pytest.mark.parametrize(
    "odd",
    [
        bits_of(SCORES[0], (1.0,), (6,)),
        bits_of(SCORES[0], (9.0, 9.0)),
        bits_of(SCORES[0], ends=(6, 3)),
        replace(bits_of(SCORES[0]), document_id="unknown"),
    ],
)
def test_the_doctor_finds_token_bits_that_are_not_the_score(connection, odd):
    scores.store_scores(connection, PROTOCOL, RUN, SCORES, map(bits_of, SCORES[1:]))
    assert not broken(connection)
    rows.insert(connection, [odd], TokenBits)
    assert broken(connection)


def broken(connection: lake.Connection) -> bool:
    return any(i.broken_count for i in check_invariants(connection) if i.name == "token_bits_are_scores")
