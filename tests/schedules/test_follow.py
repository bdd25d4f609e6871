"""What comes up by itself: a snapshot or a model without scores, results to report on, files that changed."""

from dataclasses import replace
from pathlib import Path

import pytest

from schedules.follow import find_work
from schedules.measure import Wanted, plan_scoring, score
from schedules.workspace import Workspace
from storage import lake, models
from storage.records import BenchmarkResult
from storage.rows import insert
from tests.schedules.scored_home import make_home, seal
from tests.storage.builders import make


@pytest.fixture
def home(tmp_path: Path) -> Workspace:
    return make_home(tmp_path / "home", text_count=6)


def work_on(workspace: Workspace) -> dict[str, str]:
    return {work.job: work.state for work in find_work(workspace)}


def with_schedules(workspace: Workspace, **given: object) -> Workspace:
    schedules = workspace.settings.schedules.model_copy(update=given)
    return replace(workspace, settings=workspace.settings.model_copy(update={"schedules": schedules}))


def test_an_empty_home_has_no_work(workspace: Workspace) -> None:
    assert find_work(workspace) == []


def test_a_snapshot_without_scores_is_to_be_scored_until_it_is(home: Workspace) -> None:
    (scoring,) = [work for work in find_work(home) if work.job == "score"]
    assert scoring.reason == "1 models lack scores of 2026-10"
    assert scoring.arguments == ("score", "--latest", "3")
    score(plan_scoring(home, Wanted()))
    assert "score" not in work_on(home)


def test_what_cannot_be_scored_is_no_new_reason_and_a_new_snapshot_is(home: Workspace) -> None:
    before = work_on(home)["score"]
    assert work_on(home)["score"] == before
    seal(home, "2026-11", ["Another text."])
    assert work_on(home)["score"] != before


def test_only_the_latest_snapshots_wait_for_scores(home: Workspace) -> None:
    seal(home, "2026-11", ["Another text."])
    lake.write(home.home, "a later window", lambda connection: connection.execute(
        "UPDATE snapshots SET window_end = DATE '2026-12-01' WHERE snapshot_id = '2026-11'"
    ))  # fmt: skip
    score(plan_scoring(home, Wanted(snapshot_id="2026-11")))
    assert "score" not in work_on(with_schedules(home, score_latest=1))
    assert "score" in work_on(with_schedules(home, score_latest=2))
    lake.write(home.home, "deactivate", lambda connection: models.deactivate_model(connection, "zstd@19"))
    assert "score" not in work_on(home), "a model that is not active waits for nothing"


def test_a_report_has_a_new_reason_when_results_change(home: Workspace) -> None:
    before = work_on(home)["report"]
    assert work_on(home)["report"] == before
    result = make(BenchmarkResult, model_id="zstd@19", value=0.5)
    lake.write(home.home, "a result", lambda connection: insert(connection, [result], BenchmarkResult))
    after = work_on(home)["report"]
    assert after != before
    lake.write(
        home.home,
        "a corrected result",
        lambda connection: connection.execute("UPDATE benchmark_results SET value = 0.25"),
    )
    assert work_on(home)["report"] not in (before, after)


def test_a_job_without_a_rule_is_left_to_people(home: Workspace) -> None:
    assert work_on(with_schedules(home, score="", report="")) == {}


def test_a_benchmark_file_is_imported_whenever_it_changes(home: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    watching = with_schedules(home, score="", report="", benchmark_files=[str(path)])
    missing = work_on(watching)
    path.write_text("one")
    first = work_on(watching)
    path.write_text("two")
    states = [work[f"benchmarks import {path}"] for work in (missing, first, work_on(watching))]
    assert len(set(states)) == 3
