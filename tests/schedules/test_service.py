"""The clock: what is due, what is made up for, and how the service starts jobs and stops."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from config import load_settings
from schedules.service import next_due, read_timetable
from storage import lake, rows
from storage.errors import ConfigError
from storage.home import open_home
from storage.locks import exclusive
from storage.records import JobRun

NOW = datetime(2026, 11, 20, 12, 0)


def timetable(**rules: str) -> list:
    empty = {"refresh": "", "score": "", "report": ""}
    return read_timetable(load_settings().schedules.model_copy(update=empty | rules))


def test_the_default_timetable_is_valid_and_in_the_order_of_the_flow() -> None:
    assert [entry.job for entry in read_timetable(load_settings().schedules)] == ["refresh", "score", "report"]


def test_an_empty_rule_means_never() -> None:
    assert timetable() == []


@pytest.mark.parametrize("rule", ["monthly", "61 * * * *", "0 hours", "* * *", "5 parsecs"])
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


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    command = [sys.executable, "-m", "cli", "--home", str(folder), "init", "--contact", "tests@example.org"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    (folder / "freshpress.toml").write_text('[schedules]\nrefresh = ""\nscore = "1 minute"\nreport = ""\n')
    return folder


def job_runs(home: Path) -> list[JobRun]:
    with lake.reading(open_home(home)) as connection:
        return rows.select(connection, JobRun)


def wait_for(condition, seconds: float = 60.0) -> None:
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.2)


def test_the_service_runs_what_is_due_writes_it_down_and_stops_on_sigterm(home: Path) -> None:
    service = subprocess.Popen(
        [sys.executable, "-m", "cli", "--home", str(home), "run"], stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: [run.outcome for run in job_runs(home)] == ["failed"])
    (run,) = job_runs(home)
    assert run.trigger == "timetable"
    assert "no snapshot is sealed yet" in (run.error or "")
    second = subprocess.run(
        [sys.executable, "-m", "cli", "--home", str(home), "run"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 1
    assert "service.lock is held by `freshpress run`" in second.stderr
    os.kill(service.pid, signal.SIGTERM)
    _, said = service.communicate(timeout=30)
    assert service.returncode == 0, said
    assert "score: due" in said
    assert "stopping" in said


def test_a_job_that_fails_before_it_can_say_so_is_written_down_all_the_same(home: Path) -> None:
    with exclusive(home / "locks" / "score.lock", "a score by hand", 0.0):
        service = subprocess.Popen(
            [sys.executable, "-m", "cli", "--home", str(home), "run"], stderr=subprocess.PIPE, text=True
        )
        wait_for(lambda: [run.outcome for run in job_runs(home)] == ["failed"])
        service.terminate()
        service.communicate(timeout=30)
    (run,) = job_runs(home)
    assert "score.lock is held by a score by hand" in (run.error or "")
    assert run.trigger == "timetable"


def test_an_empty_timetable_is_a_stated_failure(home: Path) -> None:
    (home / "freshpress.toml").write_text('[schedules]\nrefresh = ""\nscore = ""\nreport = ""\n')
    command = [sys.executable, "-m", "cli", "--home", str(home), "run"]
    failed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert failed.returncode == 1
    assert "the timetable is empty" in failed.stderr
