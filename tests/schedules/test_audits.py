"""The audit job: what it draws, what it stores, and when it fails."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from schedules.audits import audit_models
from schedules.measure import Wanted, plan_scoring
from schedules.measure import score as score_job
from schedules.workspace import Workspace
from scoring.models import ModelSource
from scoring.score import score_texts
from scoring.texts import Text
from storage import lake, rows
from storage.errors import ScoringError
from storage.records import Audit, Document, LanguageModel, Score, Snapshot, SnapshotDocument
from storage.scores import store_scores
from tests.schedules import scored_home
from tests.scoring import tiny
from tests.storage.builders import make

CONTENTS = ("def one():\n    return 1", "Two words.", "drei Wörter mehr", "")


def texts() -> list[Text]:
    return tiny.texts(*CONTENTS)


@pytest.fixture
def source(workspace: Workspace, tmp_path: Path) -> ModelSource:
    """Return a model that is scored on snapshot S, all in a home."""
    found = tiny.save(tiny.network("llama"), tiny.byte_tokenizer(), tmp_path / "llama")
    score(workspace, found, tmp_path / "runs")
    return found


def score(workspace: Workspace, source: ModelSource, folder: Path) -> None:
    outcome = score_texts(texts(), source, tiny.SMALL_PROTOCOL, "S", folder, device="cpu", dtype="float32")

    def store(connection: lake.Connection) -> None:
        for text in texts():
            document = make(
                Document, document_id=text.document_id, text_sha256=text.text_sha256, source=text.source,
                text=text.text, char_count=len(text.text), byte_count=len(text.text.encode()),
            )  # fmt: skip
            rows.insert(connection, [document], Document)
            rows.insert(connection, [SnapshotDocument("S", text.document_id, text.text_sha256)], SnapshotDocument)
        rows.insert(
            connection,
            [make(Snapshot, snapshot_id="S", window_start=date(2026, 10, 1), window_end=date(2026, 11, 1))],
            Snapshot,
        )
        rows.insert(connection, [make(LanguageModel, model_id=source.model_id, kind="base")], LanguageModel)
        store_scores(connection, tiny.SMALL_PROTOCOL, outcome.scoring_run, outcome.scores)

    lake.write(workspace.home, "score", store)


def stored(workspace: Workspace) -> list[Audit]:
    with lake.reading(workspace.home) as connection:
        return rows.select(connection, Audit)


def test_audits_are_stored_once_however_often_they_are_asked_for(workspace, source):
    audits = audit_models(workspace, "S", [source], tiny.SMALL_PROTOCOL, 2, device="cpu")
    assert len(audits) == 2
    assert all(audit.is_restored for audit in audits)
    again = audit_models(workspace, "S", [source], tiny.SMALL_PROTOCOL, 2, device="cpu")
    assert [audit.document_id for audit in again] == [audit.document_id for audit in audits]
    assert len(stored(workspace)) == 2


def test_more_than_there_are_means_every_text_that_is_not_empty(workspace, source):
    audits = audit_models(workspace, "S", [source], tiny.SMALL_PROTOCOL, 50, device="cpu")
    assert sorted(audit.document_id for audit in audits) == ["github-000", "github-001", "github-002"]
    with lake.reading(workspace.home) as connection:
        scores = {score.document_id: score.total_bits for score in rows.select(connection, Score)}
    assert all(audit.scored_bits == scores[audit.document_id] for audit in stored(workspace))


def test_a_score_that_is_not_the_length_of_the_code_fails_by_name_once_its_row_is_stored(workspace, source):
    def spoil(connection: lake.Connection) -> None:
        (wrong,) = rows.select(connection, Score, "document_id = 'github-001'")
        rows.replace(connection, [replace(wrong, total_bits=wrong.total_bits + 500)], Score)

    lake.write(workspace.home, "spoil", spoil)
    with pytest.raises(
        ScoringError, match=r"1 audits failed: llama@.*: github-001: coded in \d+ bits, scored"
    ) as raised:
        audit_models(workspace, "S", [source], tiny.SMALL_PROTOCOL, 50, device="cpu")
    assert "github-000" not in str(raised.value)
    assert len(stored(workspace)) == 3
    with lake.reading(workspace.home) as connection:
        counts = connection.execute("SELECT audited_count, sound_count FROM audit_sums").fetchall()
    assert counts == [(3, 2)]


def test_a_model_without_scores_fails_and_the_others_are_audited_all_the_same(workspace, source):
    stranger = replace(source, model_id="stranger@1")
    with pytest.raises(
        ScoringError, match="1 audits failed: stranger@1: it has no scores on S by small; score it first"
    ):
        audit_models(workspace, "S", [stranger, source], tiny.SMALL_PROTOCOL, 1, device="cpu")
    assert len(stored(workspace)) == 1


def test_codecs_are_passed_over(workspace):
    codec = ModelSource("zstd@19", "zstd@19", None, "codec", trust_remote_code=False)
    assert audit_models(workspace, "S", [codec], tiny.SMALL_PROTOCOL, 1) == []


def test_reference_sets_are_refused(workspace):
    with pytest.raises(ScoringError, match="reference:gsm8k is a reference set, whose texts are not audited"):
        audit_models(workspace, "reference:gsm8k", [], tiny.SMALL_PROTOCOL, 1)


def test_texts_are_cut_to_the_tokens_of_the_settings(workspace, source):
    scoring = workspace.settings.scoring.model_copy(update={"audit_tokens": 5})
    short = replace(workspace, settings=workspace.settings.model_copy(update={"scoring": scoring}))
    audits = audit_models(short, "S", [source], tiny.SMALL_PROTOCOL, 3, device="cpu")
    assert {audit.token_count for audit in audits} == {5}


def test_a_tokenizer_that_alters_every_text_is_said(workspace, source, monkeypatch, capsys):
    monkeypatch.setattr("scoring.audit.altered_byte_count", lambda *_: 3)
    assert audit_models(workspace, "S", [source], tiny.SMALL_PROTOCOL, 3, device="cpu") == []
    said = capsys.readouterr().err
    assert "its tokenizer alters 3 of" in said
    assert "0 of 3 texts coded and decoded" in said


def test_the_command_audits_what_it_scored_and_fails_on_a_wrong_score(workspace, tmp_path):
    scored_home.seal(workspace, "2026-10", ["Three short words.", "Four more short words."])
    model_id = scored_home.add_tiny_model(workspace, tmp_path / "tiny")
    wanted = Wanted("2026-10", (model_id,), audit_count=5, device="cpu")
    assert score_job(plan_scoring(workspace, wanted)) == 2
    assert [audit.is_restored for audit in stored(workspace)] == [True, True]
    change = "UPDATE scores SET total_bits = total_bits / 2 WHERE document_id = '2026-10-001'"
    lake.write(workspace.home, "spoil", lambda connection: connection.execute(change))
    with pytest.raises(ScoringError, match=r"1 audits failed: .*2026-10-001: coded in"):
        score_job(plan_scoring(workspace, wanted))
