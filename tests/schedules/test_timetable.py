"""The timetable: which rules there are, what is due, and what was missed."""

from datetime import datetime, timedelta

import pytest

from config import load_settings
from schedules import timetable as module
from schedules.timetable import next_due, preview, read_timetable
from schedules.workspace import Workspace
from storage import lake, rows
from storage.errors import ConfigError
from storage.records import JobRun
from tests.storage.builders import make

NOW = datetime(2026, 11, 20, 12, 0)


def timetable(**rules: str) -> list:
    empty = {"refresh": "", "score": "", "report": "", "maintenance": ""}
    return read_timetable(load_settings().schedules.model_copy(update=empty | rules))


def test_the_default_timetable_is_valid_and_in_the_order_of_the_flow() -> None:
    assert [entry.job for entry in read_timetable(load_settings().schedules)] == [
        "refresh",
        "score",
        "report",
        "maintenance",
    ]


def test_an_empty_rule_means_never() -> None:
    assert timetable() == []


@pytest.mark.parametrize("rule", ["monthly", "61 * * * *", "0 hours", "* * *", "5 parsecs", "0 3 31 2 *"])
def test_a_wrong_rule_is_named(rule: str) -> None:
    with pytest.raises(ConfigError, match=r"\[schedules\] refresh = "):
        timetable(refresh=rule)


def test_a_job_that_never_ran_waits_for_its_time_in_utc() -> None:
    (entry,) = timetable(refresh="0 3 2 * *")
    assert next_due(entry, None, NOW) == datetime(2026, 12, 2, 3, 0)


def test_a_run_that_was_missed_is_due_in_the_past() -> None:
    (entry,) = timetable(refresh="0 3 2 * *")
    assert next_due(entry, datetime(2026, 9, 2, 3, 0, 1), NOW) == datetime(2026, 10, 2, 3, 0)
    assert next_due(entry, datetime(2026, 11, 2, 3, 0, 1), NOW) == datetime(2026, 12, 2, 3, 0)


def test_an_interval_counts_from_the_last_start() -> None:
    (entry,) = timetable(score="12 hours")
    assert next_due(entry, None, NOW) == NOW
    assert next_due(entry, NOW - timedelta(hours=3), NOW) == NOW + timedelta(hours=9)


def test_the_preview_says_what_was_missed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "utc_now", lambda: NOW)
    ran = make(JobRun, job="refresh", started_at=datetime(2026, 9, 6, 3, 0), finished_at=NOW, outcome="done")
    lake.write(workspace.home, "an old run", lambda connection: rows.insert(connection, [ran], JobRun))
    with lake.reading(workspace.home) as connection:
        dues = {due.job: due for due in preview(connection, workspace.settings.schedules)}
    assert dues["refresh"].is_missed
    assert dues["refresh"].due_at == datetime(2026, 10, 6, 3, 0)
    assert not dues["score"].is_missed
    assert dues["score"].due_at == datetime(2026, 12, 6, 9, 0)
    assert dues["score"].last_started_at is None
