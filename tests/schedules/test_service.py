"""The service: how it starts jobs, follows what comes up, tells of failures, and stops."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schedules.workspace import open_workspace
from storage import lake, rows
from storage.home import open_home
from storage.locks import exclusive
from storage.records import JobRun
from tests.schedules.scored_home import seal


def write_schedules(home: Path, **rules: str) -> None:
    """Give a home these rules and no other, and no page."""
    none = {"refresh": "", "score": "", "report": "", "maintenance": "", "listen": ""}
    lines = [f'{key} = "{rule}"' for key, rule in (none | rules).items()]
    (home / "freshpress.toml").write_text("\n".join(["[schedules]", *lines, ""]))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    command = [sys.executable, "-m", "cli", "--home", str(folder), "init", "--contact", "tests@example.org"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    (folder / "freshpress.toml").write_text(
        '[schedules]\nrefresh = ""\nscore = "1 minute"\nreport = ""\nmaintenance = ""\nlisten = ""\n'
    )
    return folder


@pytest.fixture
def serve() -> Iterator[Callable[[Path], "subprocess.Popen[str]"]]:
    """Return what starts the service of a home; a service that a failed test leaves is ended."""
    started = []

    def start(home: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "cli", "--home", str(home), "run"]
        started.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for service in started:
        if service.poll() is None:
            service.terminate()
            service.communicate(timeout=60)


def job_runs(home: Path) -> list[JobRun]:
    with lake.reading(open_home(home)) as connection:
        return rows.select(connection, JobRun)


def wait_for(condition, seconds: float = 60.0) -> None:
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at
        time.sleep(0.2)


def test_the_service_runs_what_is_due_writes_it_down_and_stops_on_sigterm(
    home: Path, serve: Callable[[Path], subprocess.Popen]
) -> None:
    service = serve(home)
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


def test_a_job_that_fails_before_it_can_say_so_is_written_down_all_the_same(
    home: Path, serve: Callable[[Path], subprocess.Popen]
) -> None:
    with exclusive(home / "locks" / "score.lock", "a score by hand", 0.0):
        service = serve(home)
        wait_for(lambda: [run.outcome for run in job_runs(home)] == ["failed"])
        service.terminate()
        service.communicate(timeout=30)
    (run,) = job_runs(home)
    assert "score.lock is held by a score by hand" in (run.error or "")
    assert run.trigger == "timetable"


def test_an_empty_timetable_is_a_stated_failure(home: Path) -> None:
    write_schedules(home)
    command = [sys.executable, "-m", "cli", "--home", str(home), "run"]
    failed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert failed.returncode == 1
    assert "the timetable is empty" in failed.stderr


def test_what_comes_up_is_followed_and_told(home: Path, serve: Callable[[Path], subprocess.Popen]) -> None:
    told = home / "told.jsonl"
    program = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"
    seal(open_workspace(home), "2026-10", ["A text of its own."])
    write_schedules(home, score="0 0 1 1 *", report="0 0 1 1 *", listen="127.0.0.1:0")
    command = json.dumps([sys.executable, "-c", program, str(told)])
    with (home / "freshpress.toml").open("a") as settings:
        settings.write(f'follow_seconds = 1.0\n[schedules.alerts]\non = ["done"]\ncommand = {command}\n')
    service = serve(home)
    wait_for(lambda: [run.job for run in job_runs(home) if run.outcome == "done" and run.job == "report"] == ["report"])
    wait_for(lambda: told.exists() and len(told.read_text().splitlines()) == 2)
    service.terminate()
    _, said = service.communicate(timeout=30)
    assert service.returncode == 0, said
    assert "score: 4 models lack scores of 2026-10" in said
    assert "status: http://127.0.0.1:" in said
    assert [json.loads(line)["job"] for line in told.read_text().splitlines()] == ["score", "report"]
    assert {run.trigger for run in job_runs(home) if run.job in ("score", "report")} == {"follows"}
