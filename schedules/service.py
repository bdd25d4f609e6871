"""`freshpress run`: the clock. Starts what the timetable says, one job at a time, until it is told to stop.

What is due is decided from `job_runs`, not from memory: a run that was missed while the machine was off is made up
once. Every job is a process of its own, which can be ended at any moment because every stage can be resumed.
Rules are crontab lines and intervals, in UTC, checked before anything starts.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from config import SchedulesSettings
from schedules.progress import say
from schedules.runs import TRIGGER_VARIABLE, new_run
from schedules.workspace import Workspace
from storage import job_runs, lake, rows
from storage.errors import ConfigError
from storage.locks import exclusive
from storage.records import JobRun, utc_now

# In the order in which they feed each other; the service runs one at a time.
JOBS = ("refresh", "score", "report")

_INTERVAL = re.compile(r"^(?P<number>[1-9]\d*) (?P<unit>minute|hour|day|week)s?$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timetable."""

    job: str
    rule: str
    trigger: BaseTrigger


def read_timetable(settings: SchedulesSettings) -> list[Entry]:
    """Return every job that has a rule, or say which rule is wrong."""
    rules = [(job, getattr(settings, job)) for job in JOBS]
    return [Entry(job, rule, _trigger(job, rule)) for job, rule in rules if rule]


def next_due(entry: Entry, last_started_at: datetime | None, now: datetime) -> datetime:
    """Return when a job is due next: in the past when a run was missed, so that it is caught up once.

    Times are UTC and naive. A job that never ran is due at its next regular time, or at once by an interval.
    """
    if last_started_at is None:
        return now if isinstance(entry.trigger, IntervalTrigger) else _after(entry.trigger, now)
    if isinstance(entry.trigger, IntervalTrigger):
        interval: timedelta = entry.trigger.interval
        return last_started_at + interval
    return _after(entry.trigger, last_started_at)


class Service:
    """The scheduler with its one running child."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
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
            # One is running and one may wait for it: a job that outlasts its interval runs late, and is not dropped.
            max_instances=2,
            misfire_grace_time=None,
        )

    def _run_job(self, job: str) -> None:
        run = new_run(self._workspace, job, "timetable")
        command = [sys.executable, "-m", "cli", "--home", str(self._workspace.home.root), job]
        with self._starting:
            if self._stopping.is_set():
                return
            say(f"{job}: started")
            self._child = subprocess.Popen(  # noqa: S603 - our own command line
                command,
                env=os.environ | {TRIGGER_VARIABLE: "timetable"},
                start_new_session=True,
                stderr=subprocess.PIPE,
                text=True,
            )
        last_line = _said(self._child)
        exit_status = self._child.wait()
        self._child = None
        say(f"{job}: {'done' if exit_status == 0 else f'failed with exit status {exit_status}'}")
        if exit_status not in (0, 143):
            self._note_failure(run, last_line)

    def _note_failure(self, run: JobRun, error: str) -> None:
        """Write down a job that failed before it could do so itself."""

        def note(connection: lake.Connection) -> None:
            begun = rows.count(connection, JobRun, "job = ? AND started_at >= ?", [run.job, run.started_at])
            if not begun:
                job_runs.end_run(connection, replace(run, finished_at=utc_now(), outcome=job_runs.FAILED, error=error))

        lake.write(self._workspace.home, f"{run.job}: failed", note)

    def _stop(self) -> None:
        """End the running job, politely first. It goes on where it was when it is started again."""
        say("stopping")
        with self._starting:
            child = self._child
        if child is not None:
            child.terminate()
            try:
                child.wait(self._workspace.settings.schedules.stop_wait_seconds)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        self._scheduler.shutdown(wait=True)


def _said(child: subprocess.Popen[str]) -> str:
    """Pass on what a job says until it ends; return its last line, which says why it failed if it did."""
    last = ""
    assert child.stderr is not None
    for line in child.stderr:
        last = line.rstrip() or last
        say(line.rstrip())
    return last


def _after(trigger: BaseTrigger, moment: datetime) -> datetime:
    fire: datetime = trigger.get_next_fire_time(None, (moment + timedelta(microseconds=1)).replace(tzinfo=UTC))
    return fire.astimezone(UTC).replace(tzinfo=None)


def _trigger(job: str, rule: str) -> BaseTrigger:
    if match := _INTERVAL.match(rule):
        return IntervalTrigger(**{f"{match['unit']}s": int(match["number"])}, timezone=UTC)
    try:
        return CronTrigger.from_crontab(rule, timezone=UTC)
    except ValueError as error:
        raise ConfigError(
            f"[schedules] {job} = {rule!r} is neither a crontab line of five fields nor an interval "
            f"such as '12 hours' ({error})."
        ) from None
