"""The verbs of the tables: snapshots, models, scores, job runs, watermarks, and the doctor that checks them all."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from storage import job_runs, lake, models, parquet, rows, scores, snapshots, watermarks
from storage.doctor import check_invariants
from storage.errors import InputError, SnapshotError
from storage.records import (
    CrawlLedger,
    CrawlRun,
    CrawlUnit,
    Document,
    Evidence,
    JobRun,
    LanguageModel,
    ModelAlias,
    Protocol,
    Score,
    ScoringRun,
    Signature,
    Snapshot,
    SnapshotDocument,
    Verdict,
    Watermark,
)  # fmt: skip
from tests.storage.builders import make


def candidates(folder: Path) -> snapshots.CandidateFiles:
    documents = [
        make(Document, document_id=f"d{n}", text_sha256=f"t{n}", source="github", char_count=10) for n in range(3)
    ]
    parquet.write_records(folder / "documents" / "0.parquet", documents, Document)
    parquet.write_records(folder / "evidence" / "0.parquet", [make(Evidence, document_id="d0")], Evidence)
    parquet.write_records(
        folder / "signatures" / "0.parquet", [make(Signature, document_id="d0", text_sha256="t0")], Signature
    )
    verdicts = [
        make(
            Verdict,
            snapshot_id="2026-10",
            document_id=f"d{n}",
            source="github",
            is_kept=n < 2,
            reason=None if n < 2 else "too_old",
        )
        for n in range(3)
    ]
    parquet.write_records(folder / "verdicts.parquet", verdicts, Verdict)
    return snapshots.CandidateFiles.in_folder(folder, folder / "verdicts.parquet")


def sealed(tmp_path: Path) -> lake.Connection:
    connection = lake.memory()
    snapshot = make(Snapshot, snapshot_id="2026-10", document_count=2, char_count=20)
    snapshots.seal(connection, snapshot, candidates(tmp_path))
    return connection


def test_sealing_keeps_the_kept_and_all_extracted_documents(tmp_path: Path) -> None:
    connection = sealed(tmp_path)
    assert [member.document_id for member in rows.select(connection, SnapshotDocument)] == ["d0", "d1"]
    assert rows.count(connection, Document) == 3
    assert [text.document_id for text in snapshots.kept_texts(connection, "2026-10")] == ["d0", "d1"]


def test_a_sealed_snapshot_is_never_sealed_again(tmp_path: Path) -> None:
    connection = sealed(tmp_path)
    with pytest.raises(SnapshotError, match="sealed already and is never changed"):
        snapshots.seal(connection, make(Snapshot, snapshot_id="2026-10"), candidates(tmp_path))


def test_the_latest_snapshot_is_that_of_the_latest_window() -> None:
    connection = lake.memory()
    rows.insert(
        connection,
        [make(Snapshot, snapshot_id=n, window_end=e) for n, e in (("a", date(2026, 10, 1)), ("b", date(2026, 9, 1)))],
        Snapshot,
    )
    assert snapshots.require_snapshot(connection, None).snapshot_id == "a"
    with pytest.raises(SnapshotError, match="there is no snapshot 'c'; sealed are: a, b"):
        snapshots.require_snapshot(connection, "c")


def test_without_any_snapshot_the_remedy_is_named() -> None:
    with pytest.raises(SnapshotError, match="no snapshot is sealed yet; `freshpress refresh`"):
        snapshots.require_snapshot(lake.memory(), None)


def test_a_model_is_found_by_every_name_and_a_name_means_one_model() -> None:
    connection = lake.memory()
    models.add_model(connection, make(LanguageModel, model_id="a@1"), "small")
    models.add_names(connection, [ModelAlias("tiny", "a@1")])
    assert {model.model_id for model in models.find_models(connection, ["small", "tiny", "a@1"])} == {"a@1"}
    with pytest.raises(InputError, match=r"'small' belongs to a@1, not to b@2; .* --name"):
        models.add_model(connection, make(LanguageModel, model_id="b@2"), "small")
    with pytest.raises(InputError, match="there is no model 'large'; registered are: a@1, small, tiny"):
        models.find_models(connection, ["large"])


def test_without_names_every_active_model_with_weights_is_meant() -> None:
    connection = lake.memory()
    rows.insert(
        connection,
        [
            make(LanguageModel, model_id="active", location="/m", kind="base"),
            make(LanguageModel, model_id="codec", location=None, kind="codec"),
            make(LanguageModel, model_id="published", location=None, kind="base"),
            make(LanguageModel, model_id="retired", location="/m", is_active=False),
        ],
        LanguageModel,
    )
    assert [model.model_id for model in models.find_models(connection, [])] == ["active", "codec"]
    models.deactivate_model(connection, "active")
    assert [model.model_id for model in models.find_models(connection, [])] == ["codec"]


def test_scores_come_in_once_and_tell_when_a_model_is_done(tmp_path: Path) -> None:
    connection = sealed(tmp_path)
    protocol = make(Protocol, protocol_id="document@1")
    some = [
        make(
            Score,
            snapshot_id="2026-10",
            document_id=f"d{n}",
            text_sha256=f"t{n}",
            model_id="m",
            protocol_id="document@1",
        )
        for n in range(2)
    ]
    run = make(ScoringRun, scoring_run_id="r1")
    assert scores.store_scores(connection, protocol, run, some[:1]) == 1
    assert not scores.is_scored(connection, "2026-10", "m", "document@1")
    assert scores.store_scores(connection, protocol, run, some) == 1
    assert scores.is_scored(connection, "2026-10", "m", "document@1")
    assert scores.store_scores(connection, protocol, replace(run, scoring_run_id="r2"), some) == 0
    assert [r.scoring_run_id for r in rows.select(connection, ScoringRun)] == ["r1"]


def test_a_run_that_never_ended_is_marked_interrupted_by_whoever_takes_its_lock() -> None:
    connection = lake.memory()
    first = make(JobRun, job_run_id="1", job="score", outcome="running", started_at=datetime(2026, 10, 1))
    second = replace(first, job_run_id="2", started_at=datetime(2026, 10, 2))
    job_runs.begin_run(connection, first)
    assert job_runs.running(connection, ("refresh", "curate")) == []
    job_runs.interrupt(connection, job_runs.running(connection, ("score",)))
    job_runs.begin_run(connection, second)
    assert {run.job_run_id: run.outcome for run in rows.select(connection, JobRun)} == {
        "1": "interrupted",
        "2": "running",
    }
    assert job_runs.last_start(connection, "score") is None
    job_runs.end_run(connection, replace(second, outcome="done"))
    assert job_runs.last_start(connection, "score") == datetime(2026, 10, 2)


def test_a_hole_stands_until_its_window_is_covered() -> None:
    connection = lake.memory()
    september = {"window_start": date(2026, 9, 1), "window_end": date(2026, 10, 1)}
    hole = make(Watermark, source="arxiv", state="hole", reason="503", **september)
    watermarks.set_watermark(connection, hole)
    assert watermarks.covered_until(connection, "arxiv") is None
    watermarks.set_watermark(connection, replace(hole, state="landed", reason=None))
    assert watermarks.covered_until(connection, "arxiv") is None
    watermarks.set_watermark(connection, replace(hole, state="covered", reason=None))
    assert rows.select(connection, Watermark) == [replace(hole, state="covered", reason=None)]
    assert watermarks.covered_until(connection, "arxiv") == date(2026, 10, 1)


def test_sealing_covers_the_window_and_says_so_where_it_is_declared_incomplete(tmp_path: Path) -> None:
    for is_complete, reason in ((True, None), (False, "sealed as declared incomplete")):
        connection = lake.memory()
        snapshot = make(Snapshot, snapshot_id="2026-10", window_end=date(2026, 11, 1), is_complete=is_complete)
        snapshots.seal(connection, snapshot, candidates(tmp_path))
        assert watermarks.covered_until(connection, "github") == date(2026, 11, 1)
        assert [watermark.reason for watermark in rows.select(connection, Watermark)] == [reason]


def test_the_doctor_finds_nothing_in_a_sound_lake(tmp_path: Path) -> None:
    assert [i.name for i in check_invariants(sealed(tmp_path)) if i.broken_count] == []


@pytest.mark.parametrize(
    ("damage", "invariant"),
    [
        ("DELETE FROM snapshot_documents WHERE document_id = 'd0'", "kept_verdicts_are_members"),
        ("DELETE FROM snapshot_documents WHERE document_id = 'd0'", "snapshots_count_their_members"),
        ("DELETE FROM documents WHERE document_id = 'd0'", "members_have_texts"),
        ("UPDATE verdicts SET reason = NULL WHERE document_id = 'd2'", "rejections_have_reasons"),
        ("INSERT INTO verdicts SELECT * FROM verdicts WHERE document_id = 'd2'", "verdicts_identity"),
        ("INSERT INTO snapshots SELECT * FROM snapshots", "snapshots_identity"),
    ],
)  # fmt: skip
def test_the_doctor_names_the_invariant_that_a_damage_breaks(tmp_path: Path, damage: str, invariant: str) -> None:
    connection = sealed(tmp_path)
    connection.execute(damage)
    assert invariant in {i.name for i in check_invariants(connection) if i.broken_count}


def test_the_doctor_balances_crawls_with_verdicts_and_units_with_ledgers(tmp_path: Path) -> None:
    connection = sealed(tmp_path)
    crawl = make(
        CrawlRun, crawl_run_id="c", source="github", landed_count=3, window_start=date(2026, 10, 1),
        window_end=date(2026, 10, 1), finished_at=datetime(2026, 10, 1),
    )  # fmt: skip
    unit = make(CrawlUnit, crawl_run_id="c", unit="u", expected_count=4, landed_count=3, ledger_count=1)
    rows.insert(connection, [crawl], CrawlRun)
    rows.insert(connection, [unit], CrawlUnit)
    rows.insert(connection, [make(CrawlLedger, crawl_run_id="c", unit="u")], CrawlLedger)
    assert [i.name for i in check_invariants(connection) if i.broken_count] == []
    connection.execute("UPDATE crawl_runs SET landed_count = 4")
    connection.execute("UPDATE crawl_units SET expected_count = 9")
    connection.execute("DELETE FROM crawl_ledger")
    broken = {i.name for i in check_invariants(connection) if i.broken_count}
    assert broken == {"landed_equals_verdicts", "expected_equals_landed_and_ledger", "ledger_rows_are_counted"}


def test_the_doctor_finds_scores_without_parents_and_impossible_bits(tmp_path: Path) -> None:
    connection = sealed(tmp_path)
    rows.insert(connection, [make(Score, total_bits=-1.0)], Score)
    broken = {i.name for i in check_invariants(connection) if i.broken_count}
    assert broken == {"scores_have_parents", "bits_are_positive"}
