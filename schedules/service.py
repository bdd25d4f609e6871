"""`freshpress run`: the clock. Starts what the timetable says, one job at a time, until it is told to stop.

What is due is decided from `job_runs`, not from memory: a run that was missed while the machine was off is made up
once. Every job is a process of its own, which can be ended at any moment because every stage can be resumed.
"""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from schedules.progress import say
from schedules.runs import TRIGGER_VARIABLE, utc_now
from schedules.timetable import Entry, next_due, read_timetable
from schedules.workspace import Workspace
from storage import job_runs, lake
from storage.errors import ConfigError
from storage.locks import exclusive


class Service:
    """The scheduler with its one running child."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        # One thread: jobs of one home never overlap, a late one waits for its turn and is run.
        self._scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        entries = read_timetable(self._workspace.settings.schedules)
        if not entries:
            raise ConfigError("the timetable is empty: give [schedules] refresh, score or report a rule.")
        with exclusive(self._workspace.home.locks / "service.lock", "`freshpress run`", 0.0):
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._stopping.set())
            for entry in entries:
                self._plan(entry)
            self._scheduler.start()
            self._stopping.wait()
            self._stop()

    def _plan(self, entry: Entry) -> None:
        with lake.reading(self._workspace.home) as connection:
            due = next_due(entry, job_runs.last_start(connection, entry.job), utc_now())
        first = max(due, utc_now())
        say(f"{entry.job}: due {first:%Y-%m-%d %H:%M:%S} UTC, then by {entry.rule!r}")
        self._scheduler.add_job(
            self._run_job,
            entry.trigger,
            args=[entry.job],
            id=entry.job,
            replace_existing=True,
            next_run_time=first.replace(tzinfo=UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def _run_job(self, job: str) -> None:
        if self._stopping.is_set():
            return
        say(f"{job}: started")
        command = [sys.executable, "-m", "cli", "--home", str(self._workspace.home.root), job]
        self._child = subprocess.Popen(  # noqa: S603 - our own command line
            command, env=os.environ | {TRIGGER_VARIABLE: "timetable"}, start_new_session=True
        )
        exit_status = self._child.wait()
        self._child = None
        say(f"{job}: {'done' if exit_status == 0 else f'failed with exit status {exit_status}; job_runs says why'}")

    def _stop(self) -> None:
        """End the running job, politely first. It goes on where it was when it is started again."""
        say("stopping")
        child = self._child
        if child is not None:
            child.terminate()
            try:
                child.wait(self._workspace.settings.schedules.stop_wait_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        self._scheduler.shutdown(wait=True)
