"""Reference sets that are scored: under a name of their own, whole or not, and without what was taken out of them."""

import pytest

from storage import job_runs, lake, rows
from storage.doctor import check_invariants
from storage.errors import InputError
from storage.records import (
    JobRun,
    LanguageModel,
    Protocol,
    ReferenceItem,
    ReferenceSet,
    Score,
    ScoringRun,
    TokenBits,
    text_sha256,
)
from storage.references import is_scored, reference_texts, require_reference, store_reference
from tests.storage.builders import make

QUESTIONS = {"one": "What is 2 + 2?", "two": "Who wrote it?"}


@pytest.fixture
def connection():
    made = lake.memory()
    store(made, QUESTIONS)
    yield made
    made.close()


def store(connection, questions):
    items = [ReferenceItem("gsm8k", name, text) for name, text in questions.items()]
    return store_reference(connection, make(ReferenceSet, name="gsm8k", item_count=len(items)), items)


def score(connection, *names):
    """Store what the scoring of some items stores."""
    rows.insert(connection, [make(LanguageModel, model_id="m")], LanguageModel)
    rows.insert(connection, [make(Protocol, protocol_id="document@1")], Protocol)
    rows.insert(connection, [make(ScoringRun, scoring_run_id="run")], ScoringRun)
    key = {"snapshot_id": "reference:gsm8k", "model_id": "m", "protocol_id": "document@1", "scoring_run_id": "run"}
    texts = [{**key, "document_id": name, "text_sha256": text_sha256(QUESTIONS[name])} for name in names]
    rows.insert(connection, [make(Score, **text) for text in texts], Score)
    rows.insert(connection, [make(TokenBits, **text) for text in texts], TokenBits)


def broken(connection):
    return {check.name for check in check_invariants(connection) if check.example is not None}


def test_items_are_texts_by_ascending_name(connection):
    assert [(text.document_id, text.source, text.text) for text in reference_texts(connection, "gsm8k")] == [
        ("one", "reference", "What is 2 + 2?"),
        ("two", "reference", "Who wrote it?"),
    ]


def test_an_unknown_set_is_refused_with_those_there_are(connection):
    with pytest.raises(
        InputError, match=r"no reference set 'mmlu'; registered are: gsm8k\. `freshpress references add`"
    ):
        require_reference(connection, "mmlu")


def test_a_set_is_scored_once_every_item_is(connection):
    score(connection, "one")
    assert not is_scored(connection, "gsm8k", "m", "document@1")
    score(connection, "two")
    assert is_scored(connection, "gsm8k", "m", "document@1")
    assert not is_scored(connection, "gsm8k", "other", "document@1")


def test_scores_of_items_have_parents_though_no_snapshot_has_them(connection):
    score(connection, "one", "two")
    assert "scores_have_parents" not in broken(connection)
    connection.execute("DELETE FROM reference_items WHERE item = 'one'")
    assert "scores_have_parents" in broken(connection)


def test_items_that_change_lose_their_scores_and_the_others_keep_them(connection):
    score(connection, "one", "two")
    store(connection, QUESTIONS | {"two": "Who wrote this?"})
    for record in (Score, TokenBits):
        assert [row.document_id for row in rows.select(connection, record)] == ["one"]
    assert "scores_have_parents" not in broken(connection)


def test_parts_of_a_job_that_were_killed_are_found_with_it(connection):
    for name, outcome in (("score", "running"), ("score m@1", "running"), ("scores", "running"), ("score n@1", "done")):
        rows.insert(connection, [make(JobRun, job_run_id=name, job=name, outcome=outcome)], JobRun)
    assert [run.job for run in job_runs.running(connection, ["score"])] == ["score", "score m@1"]
