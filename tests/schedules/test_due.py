"""Which window a refresh takes by itself."""

from datetime import date, datetime
from pathlib import Path

import pytest

from schedules import due
from schedules.due import due_period, uncleared_models
from schedules.periods import month
from schedules.workspace import Workspace, create_workspace
from storage import lake, rows
from storage.records import LanguageModel, Snapshot, Watermark
from tests.storage.builders import make

BOTH = ("github", "arxiv")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(due, "utc_now", lambda: datetime(2026, 11, 20))
    return create_workspace(tmp_path / "home", "tests@example.org")[0]


def note(workspace: Workspace, record: object) -> None:
    lake.write(workspace.home, "test", lambda connection: rows.replace(connection, [record], type(record)))


def watermark(source: str, state: str, since: date = date(2026, 9, 1), until: date = date(2026, 10, 1)) -> Watermark:
    return make(Watermark, source=source, state=state, window_start=since, window_end=until)


def test_the_month_after_what_is_covered_of_every_source_is_due(workspace: Workspace) -> None:
    for source in BOTH:
        note(workspace, watermark(source, "covered"))
    assert due_period(workspace, BOTH) == month("2026-10")


def test_what_has_landed_and_is_not_sealed_stays_due(workspace: Workspace) -> None:
    note(
        workspace, make(LanguageModel, model_id="m", kind="base", knowledge_cutoff_on=date(2026, 6, 30), is_active=True)
    )
    before = due_period(workspace, BOTH)
    for source in BOTH:
        note(workspace, watermark(source, "landed", before.since, before.until))
    assert due_period(workspace, BOTH) == before
    assert before.since == date(2026, 7, 31)


def test_a_source_that_lags_behind_decides(workspace: Workspace) -> None:
    note(workspace, watermark("github", "covered", date(2026, 10, 1), date(2026, 11, 1)))
    note(workspace, watermark("arxiv", "covered"))
    assert due_period(workspace, BOTH) == month("2026-10")


def test_when_nothing_is_due_it_is_the_latest_sealed_window(workspace: Workspace) -> None:
    note(
        workspace,
        make(Snapshot, snapshot_id="since-july", window_start=date(2026, 7, 31), window_end=date(2026, 11, 1)),
    )
    for source in BOTH:
        note(workspace, watermark(source, "covered", date(2026, 7, 31), date(2026, 11, 1)))
    assert due_period(workspace, BOTH).name == "since-july"


def test_models_for_which_the_window_is_not_new_are_named(workspace: Workspace) -> None:
    note(workspace, make(LanguageModel, model_id="late", kind="base", knowledge_cutoff_on=date(2026, 9, 15)))
    note(workspace, make(LanguageModel, model_id="early", kind="base", knowledge_cutoff_on=date(2026, 1, 15)))
    note(workspace, make(LanguageModel, model_id="unknown", kind="base"))
    sentences = uncleared_models(workspace, month("2026-10"))
    assert [sentence.split(":")[0] for sentence in sentences] == ["late", "unknown"]
    assert uncleared_models(workspace, month("2026-12"))[0].startswith("unknown")
