"""The scoring job: each model in a process of its own with a row of its own, what it took, and what it will take."""

import math
import os
import signal
from pathlib import Path

import pytest

from schedules import measure, model_scoring
from schedules.measure import Wanted
from schedules.runs import recorded
from scoring.__main__ import main
from storage.errors import InputError, ScoringError
from tests.schedules import scored_home
from tests.schedules.scored_home import OCTOBER, add_questions, add_tiny_model, ask, make_home

pytestmark = pytest.mark.slow
JOBS = "SELECT job, outcome, row_count, error FROM job_runs ORDER BY started_at, job"


@pytest.fixture
def workspace(tmp_path: Path):
    return make_home(tmp_path / "home", text_count=12)


@pytest.fixture(scope="module")
def quiz(tmp_path_factory: pytest.TempPathFactory):
    """Return a home that holds a reference set and is only read."""
    folder = tmp_path_factory.mktemp("quiz")
    made = make_home(folder / "home", text_count=3)
    add_questions(made, folder / "quiz", "What is it?")
    return made


def score(workspace, **wanted) -> int:
    with recorded(workspace, "score") as outcome:
        outcome.row_count = measure.score(measure.plan_scoring(workspace, Wanted(**wanted)))
        return outcome.row_count


def test_every_model_has_a_row_and_a_failed_one_stops_nobody(workspace, tmp_path):
    gone = add_tiny_model(workspace, tmp_path / "gone", "llama")
    there = add_tiny_model(workspace, tmp_path / "there")
    (tmp_path / "gone" / "config.json").unlink()
    with pytest.raises(ScoringError, match="1 of 3 models were not scored: gone@"):
        score(workspace)
    assert ask(workspace, "SELECT model_id, count(*) FROM scores GROUP BY 1 ORDER BY 1") == [
        (there, 12), ("zstd@19", 12),
    ]  # fmt: skip
    by_job = {job: (outcome, row_count) for job, outcome, row_count, _ in ask(workspace, JOBS)}
    assert by_job == {
        "score": ("failed", None),
        f"score {gone}": ("failed", None),
        f"score {there}": ("done", 12),
        "score zstd@19": ("done", 12),
    }
    (error,) = [error for job, _, _, error in ask(workspace, JOBS) if job == f"score {gone}"]
    assert "has no config.json" in error


def test_a_model_whose_process_is_killed_stops_nobody(workspace, tmp_path, monkeypatch):
    model_id = add_tiny_model(workspace, tmp_path / "m")
    monkeypatch.setattr(measure, "score_model", kill_unless_codec)
    with pytest.raises(
        ScoringError, match=r"1 of 2 models were not scored: m@.* was killed, as a rule for want of memory"
    ):
        score(workspace)
    assert ask(workspace, "SELECT DISTINCT model_id FROM scores") == [("zstd@19",)]
    assert [row[1] for row in ask(workspace, JOBS) if row[0] == f"score {model_id}"] == ["failed"]


def kill_unless_codec(task, report):
    if task.model.kind == "codec":
        return model_scoring.score_model(task, report)
    return os.kill(os.getpid(), signal.SIGKILL)


def test_what_is_scored_is_not_scored_again_and_leaves_no_row(workspace):
    assert score(workspace) == 12
    before = ask(workspace, JOBS)
    assert score(workspace) == 0
    assert [row[0] for row in ask(workspace, JOBS)] == [*(row[0] for row in before), "score"]


def test_the_last_run_predicts_the_next_one_and_a_dry_run_loads_nothing(workspace, tmp_path, capsys):
    model_id = add_tiny_model(workspace, tmp_path / "m")
    score(workspace, model_names=("m",), device="cpu")
    ((chars, seconds, memory),) = ask(workspace, "SELECT char_count, seconds, peak_memory_bytes FROM scoring_costs")
    scored_home.seal(workspace, "2026-11", ["A text of November. " * 20, "Another one. " * 30])
    job = measure.plan_scoring(workspace, Wanted("2026-11", ("m",), device="cpu"))
    (tmp_path / "m" / "config.json").unlink()
    table = measure.estimates(job)
    (row,) = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    assert (row["model_id"], row["document_count"], row["char_count"]) == (model_id, 2, 790)
    assert row["predicted_seconds"] == pytest.approx(790 * seconds / chars)
    assert (row["predicted_peak_memory_bytes"], row["predicted_from"]) == (memory, OCTOBER)
    assert (row["device"], row["dtype"]) == ("cpu", "float32")
    capsys.readouterr()
    with pytest.raises(ScoringError):
        score(workspace, snapshot_id="2026-11", model_names=("m",), device="cpu")
    assert f"790 characters of 2 texts to score; its run on {OCTOBER} predicts" in capsys.readouterr().err


def test_a_reference_set_is_scored_token_by_token_under_its_own_name(workspace, tmp_path):
    model_id = add_tiny_model(workspace, tmp_path / "m")
    add_questions(workspace, tmp_path / "quiz", "What is 2 + 2? Four, I think.", "Who wrote it? Nobody – 数 – knows.")
    assert score(workspace, snapshot_id="reference:quiz") == 2
    assert ask(workspace, "SELECT DISTINCT snapshot_id, model_id FROM scores") == [("reference:quiz", model_id)]
    rows = ask(workspace, "SELECT token_bits.bits, scores.total_bits FROM token_bits JOIN scores USING (document_id)")
    assert all(math.fsum(bits) == pytest.approx(total) for bits, total in rows)
    for item, least, bits in ask(
        workspace,
        "SELECT document_id, min_k_prob.bits_per_least_likely_token, token_bits.bits "
        "FROM min_k_prob JOIN token_bits USING (document_id)",
    ):
        fifth = sorted(bits, reverse=True)[: len(bits) // 5]
        assert least == pytest.approx(sum(fifth) / len(fifth)), item
    assert ask(workspace, "SELECT count(*) FROM compression") == [(0,)]
    assert score(workspace, snapshot_id="reference:quiz") == 0
    # One item changes: it alone is scored anew, and its old score is gone.
    add_questions(workspace, tmp_path / "quiz", "What is 2 + 2? Four, I think.", "Who wrote this?")
    assert ask(workspace, "SELECT count(*) FROM scores") == [(1,)]
    assert score(workspace, snapshot_id="reference:quiz") == 1
    assert ask(workspace, "SELECT count(*) FROM token_bits") == [(2,)]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"protocol_name": "paper"}, "reference:quiz cannot be scored by paper, where an item is read after the one"),
        ({"until_se": 0.1}, "reference:quiz is scored whole: its items are compared one by one; drop --until-se"),
        ({"model_names": ("zstd@19",)}, "the bits of each token, which codecs do not have"),
        ({"audit_count": 1}, "reference:quiz is not audited; audit the same models on a snapshot"),
    ],
)
def test_what_would_spoil_the_distribution_over_a_set_is_refused(quiz, wanted, sentence):
    with pytest.raises(ScoringError, match=sentence):
        measure.plan_scoring(quiz, Wanted("reference:quiz", **wanted))


def test_a_set_travels_to_a_node_without_the_lake_and_its_tokens_come_back(workspace, tmp_path):
    add_tiny_model(workspace, tmp_path / "m")
    add_questions(workspace, tmp_path / "quiz", "What is 2 + 2? Four, I think.", "Who wrote it? Nobody knows.")
    assert measure.export_texts(workspace, "reference:quiz", tmp_path / "texts") == 2
    places = [str(tmp_path / "texts"), "--model", str(tmp_path / "m"), "--out", str(tmp_path / "out.jsonl")]
    assert main([*places, "--device", "cpu", "--token-bits", "--recheck-share", "0"]) == 0
    assert measure.import_scores(workspace, tmp_path / "out.jsonl") == 2
    assert ask(workspace, "SELECT snapshot_id, document_id FROM min_k_prob ORDER BY 2") == [
        ("reference:quiz", "0.txt"), ("reference:quiz", "1.txt"),
    ]  # fmt: skip


def test_an_unknown_set_is_refused(quiz):
    with pytest.raises(InputError, match="there is no reference set 'gsm8k'; registered are: quiz"):
        measure.plan_scoring(quiz, Wanted("reference:gsm8k"))
