"""`freshpress run`: the clock. Starts what is due and what has come up, one job at a time, until it is told to stop.

A run that was missed while the machine was off is made up once. A sealed snapshot, a new model and changed results are
followed by scores and a report without waiting for the timetable. Failures and missed runs are told to whoever asked.
"""

import signal
import threading
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from schedules.alerts import Alert, Kind, send
from schedules.child import STOPPED, Ended, Runner
from schedules.follow import arguments_of, find_work
from schedules.progress import say
from schedules.runs import new_run
from schedules.status_page import serve_status
from schedules.timetable import Due, preview, read_timetable
from schedules.workspace import Workspace
from storage import job_runs, lake, rows
from storage.errors import ConfigError, FreshpressError
from storage.locks import exclusive
from storage.records import JobRun, utc_now

TIMETABLE, FOLLOWS = "timetable", "follows"


class Service:
    """The scheduler with its one running child."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._settings = workspace.settings.schedules
        self._stopping = threading.Event()
        self._runner = Runner(workspace.home.root, self._settings.stop_wait_seconds)
        self._tried: dict[str, str] = {}
        # One thread for jobs, which never overlap: a late one waits for its turn and is run. Alerts hold up none.
        executors = {"default": ThreadPoolExecutor(1), "alerts": ThreadPoolExecutor(1)}
        self._scheduler = BackgroundScheduler(timezone=UTC, executors=executors)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        triggers = {entry.job: entry.trigger for entry in read_timetable(self._settings)}
        if not triggers:
            raise ConfigError("the timetable is empty: give [schedules] refresh, score, report or maintenance a rule.")
        with ExitStack() as stack:
            stack.enter_context(exclusive(self._workspace.home.locks / "service.lock", "`freshpress run`", 0.0))
            if self._settings.listen:
                address = stack.enter_context(serve_status(self._workspace, self._settings.listen, self._runner))
                say(f"status: {address}")
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._stopping.set())
            with lake.reading(self._workspace.home) as connection:
                dues = preview(connection, self._settings)
            for due in dues:
                self._plan(due, triggers[due.job])
            self._plan_follow()
            self._scheduler.start()
            self._stopping.wait()
            say("stopping")
            self._runner.stop()
            self._scheduler.shutdown(wait=True)

    def _plan(self, due: Due, trigger: BaseTrigger) -> None:
        first = max(due.due_at, utc_now())
        say(f"{due.job}: due {first:%Y-%m-%d %H:%M:%S} UTC, then by {due.rule!r}")
        if due.is_missed and due.last_started_at is not None:
            self._tell("missed", due.job, f"it was due at {due.due_at:%Y-%m-%d %H:%M} UTC and is made up now")
        self._scheduler.add_job(
            self._run_timetabled,
            trigger,
            args=[due.job],
            id=due.job,
            replace_existing=True,
            next_run_time=first.replace(tzinfo=UTC),
            coalesce=True,
            # One is running and one may wait for it: a job that outlasts its interval runs late, and is not dropped.
            max_instances=2,
            misfire_grace_time=None,
        )

    def _plan_follow(self) -> None:
        self._scheduler.add_job(
            self._follow,
            IntervalTrigger(seconds=self._settings.follow_seconds, timezone=UTC),
            id="follow",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def _run_timetabled(self, job: str) -> None:
        # What the timetable does now need not follow by itself.
        self._tried |= {work.job: work.state for work in find_work(self._workspace) if work.job == job}
        self._run_job(job, arguments_of(self._workspace, job), TIMETABLE)

    def _follow(self) -> None:
        """Do what has come up, each piece once for each reason; a piece may bring the next one up."""
        for work in find_work(self._workspace):
            if self._tried.get(work.job) != work.state:
                self._tried[work.job] = work.state
                say(f"{work.job}: {work.reason}")
                self._run_job(work.job, work.arguments, FOLLOWS)

    def _run_job(self, job: str, arguments: tuple[str, ...], trigger: str) -> None:
        run = new_run(self._workspace, job, trigger)
        ended = self._runner.run(job, arguments, trigger)
        if ended is None or ended.exit_status == STOPPED:
            return
        if ended.exit_status != 0:
            self._note_failure(run, ended)
        self._tell("done" if ended.exit_status == 0 else "failed", job, ended.last_line if ended.exit_status else None)

    def _note_failure(self, run: JobRun, ended: Ended) -> None:
        """Write down a job that failed before it could do so itself."""
        noted = replace(run, finished_at=utc_now(), outcome=job_runs.FAILED, error=ended.last_line)

        def note(connection: lake.Connection) -> None:
            if not rows.count(connection, JobRun, "job = ? AND started_at >= ?", [run.job, run.started_at]):
                job_runs.end_run(connection, noted)

        try:
            lake.write(self._workspace.home, f"{run.job}: failed", note)
        except FreshpressError as trouble:
            say(f"the end of `{run.job}` could not be noted: {trouble}")

    def _tell(self, kind: Kind, job: str, error: str | None) -> None:
        alert = Alert(kind, job, str(self._workspace.home.root), utc_now(), error)
        self._scheduler.add_job(send, args=[alert, self._settings.alerts], executor="alerts", misfire_grace_time=None)
