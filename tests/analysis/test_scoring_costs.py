"""The ledger of what scoring took, what the run before had predicted, and what is left to score."""

from datetime import datetime, timedelta

import pytest

from analysis.questions import ask
from storage.records import ReferenceItem, Score, ScoringRun

LEDGER = (
    "SELECT snapshot_id, char_count, seconds, predicted_seconds, tokens_per_second, peak_memory_bytes, "
    "predicted_peak_memory_bytes, predicted_from FROM scoring_costs WHERE model_id = 'm' ORDER BY started_at"
)
KEY = {"model_id": "m", "protocol_id": "document@1", "device": "cpu", "dtype": "float32"}


def add_run(small_lake, snapshot_id, chars, seconds, memory, *, day, dtype="float32", model_id="m"):
    """Add a run over two texts of so many characters together, begun on a day of November."""
    run_id = f"{model_id}-{snapshot_id}-{dtype}"
    at = datetime(2026, 11, 1) + timedelta(days=day)
    small_lake.insert(
        ScoringRun(
            run_id, snapshot_id, model_id, "document@1", "cpu", dtype, "sdpa", "", None, 0, None, 500, seconds, memory,
            at,
        ),
        Score(snapshot_id, "a", "sha-a", model_id, "document@1", 1.0, 1, 1, chars - 10, chars - 10, 0, run_id),
        Score(snapshot_id, "b", "sha-b", model_id, "document@1", 1.0, 1, 1, 10, 10, 0, run_id),
    )  # fmt: skip


def test_a_run_is_predicted_by_the_one_before_it_in_proportion_to_characters(small_lake):
    add_run(small_lake, "2026-09", 1000, 20.0, 7, day=1)
    add_run(small_lake, "2026-10", 3000, 50.0, 9, day=2)
    assert small_lake.ask(LEDGER) == [
        ("2026-09", 1000, 20.0, None, 25.0, 7, None, None),
        ("2026-10", 3000, 50.0, 60.0, 10.0, 9, 7, "2026-09"),
    ]


def test_runs_of_another_kind_predict_nothing(small_lake):
    add_run(small_lake, "2026-09", 1000, 20.0, 7, day=1, dtype="bfloat16")
    add_run(small_lake, "2026-09", 1000, 20.0, 7, day=2, model_id="n")
    add_run(small_lake, "reference:gsm8k", 1000, 90.0, 7, day=3)
    add_run(small_lake, "2026-10", 3000, 50.0, 9, day=4)
    assert [row[3] for row in small_lake.ask(LEDGER)] == [None, None, None]


def test_the_last_run_of_its_kind_predicts_the_next_one(small_lake):
    add_run(small_lake, "2026-09", 1000, 20.0, 7, day=1)
    add_run(small_lake, "2026-10", 1000, 30.0, 9, day=2)
    add_run(small_lake, "reference:gsm8k", 1000, 90.0, 11, day=3)
    predictions = {
        name: ask(small_lake.connection, "last_cost", KEY | {"snapshot_id": name}).rows
        for name in ("2026-11", "reference:math")
    }
    assert predictions == {"2026-11": (("2026-10", 0.03, 9),), "reference:math": (("reference:gsm8k", 0.09, 11),)}


def test_what_is_left_to_score_is_counted_in_texts_and_characters(october):
    october.model("m")
    october.score("m", {"g1": 10, "w1": 10})
    values = {"snapshot_id": "S", "model_id": "m", "protocol_id": "document@1"}
    assert ask(october.connection, "unscored_texts", values).rows == ((2, 500),)
    assert ask(october.connection, "unscored_texts", values | {"protocol_id": "paper@1"}).rows == ((4, 1000),)


def test_items_of_a_reference_set_are_counted_in_code_points(small_lake):
    small_lake.insert(
        ReferenceItem("gsm8k", "1", "naïve 数"), ReferenceItem("gsm8k", "2", "abc"), ReferenceItem("x", "1", "y")
    )
    values = {"snapshot_id": "reference:gsm8k", "model_id": "m", "protocol_id": "document@1"}
    assert ask(small_lake.connection, "unscored_texts", values).rows == ((2, 10),)


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_a_run_without_time_has_no_rate(small_lake, seconds):
    add_run(small_lake, "2026-09", 1000, seconds, 7, day=1)
    assert small_lake.ask("SELECT tokens_per_second FROM scoring_costs") == [(100.0 if seconds else None,)]
