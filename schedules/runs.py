"""A job that is being run: one at a time per home, written down in `job_runs` from its start to its end.

A job may have parts with rows of their own, as the crawls of a refresh and the models of a scoring. Whoever takes a
lock knows that what stands there as running under it was killed.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version

from config import settings_hash
from schedules.progress import say
from schedules.workspace import Workspace
from storage import job_runs, lake
from storage.errors import FreshpressError
from storage.locks import exclusive
from storage.records import SOURCES, JobRun, utc_now

# Set by the service for the jobs it starts.
TRIGGER_VARIABLE = "FRESHPRESS_TRIGGER"
# Jobs on the same files share a lock; every other job has its own.
_SHARED_LOCKS = {
    "refresh": ("refresh", "curate", *(f"crawl {source}" for source in SOURCES)),
    "score": ("score", "audit"),
}


class Outcome:
    """What the job wants to be remembered by. `also` is written in the transaction that notes its end."""

    row_count: int | None = None
    also: Callable[[lake.Connection], None] | None = None


def new_run(workspace: Workspace, job: str, trigger: str) -> JobRun:
    """Return the row of a job that begins now."""
    hashed, code = settings_hash(workspace.settings), version("freshpress")
    return JobRun(uuid.uuid4().hex, job, trigger, utc_now(), None, job_runs.RUNNING, None, None, hashed, code)


@contextmanager
def recorded(workspace: Workspace, job: str, lock: str | None = None) -> Iterator[Outcome]:
    """Hold the job's lock and note its start, end and outcome."""
    with locked(workspace, job, lock), noted(workspace, job) as outcome:
        yield outcome


@contextmanager
def locked(workspace: Workspace, job: str, lock: str | None = None) -> Iterator[None]:
    """Hold the job's lock, once what was killed under it is marked as interrupted."""
    name = lock or job
    with exclusive(workspace.home.locks / f"{name}.lock", f"`freshpress {job}`", 0.0):
        jobs = _SHARED_LOCKS.get(name, (job,))
        with lake.reading(workspace.home) as connection:
            dead = job_runs.running(connection, jobs)
        if dead:
            _write(workspace, f"{name}: interrupted", lambda connection: job_runs.interrupt(connection, dead))
        yield


@contextmanager
def noted(workspace: Workspace, job: str) -> Iterator[Outcome]:
    """Note start, end and outcome of a job, or of a part of one, whose lock is held."""
    run = new_run(workspace, job, os.environ.get(TRIGGER_VARIABLE, "manual"))
    _write(workspace, f"{job}: begin", lambda connection: job_runs.begin_run(connection, run))
    outcome = Outcome()
    try:
        yield outcome
    except BaseException as failure:
        try:
            _end(workspace, run, outcome, *_ending(failure))
        except FreshpressError as trouble:
            # What the job failed with is what people must hear; its row is marked when its lock is taken again.
            say(f"the end of `{job}` could not be noted: {trouble}")
        raise
    _end(workspace, run, outcome, job_runs.DONE, None)


def _ending(failure: BaseException) -> tuple[str, str | None]:
    if isinstance(failure, FreshpressError):
        return job_runs.FAILED, str(failure)
    if isinstance(failure, Exception):
        return job_runs.FAILED, f"{type(failure).__name__}: {failure}"
    return job_runs.INTERRUPTED, None


def _end(workspace: Workspace, run: JobRun, outcome: Outcome, ended: str, error: str | None) -> None:
    end = replace(run, finished_at=utc_now(), outcome=ended, row_count=outcome.row_count, error=error)

    def note(connection: lake.Connection) -> None:
        if outcome.also:
            outcome.also(connection)
        job_runs.end_run(connection, end)

    _write(workspace, f"{run.job}: {ended}", note)


def _write(workspace: Workspace, message: str, action: Callable[[lake.Connection], None]) -> None:
    lake.write(workspace.home, message, action, workspace.settings.storage.busy_wait_seconds)
