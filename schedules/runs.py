"""A job that is being run: one at a time per home, written down in `job_runs` from its start to its end."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version

from config import settings_hash
from schedules.workspace import Workspace
from storage import job_runs, lake
from storage.errors import FreshpressError
from storage.locks import exclusive
from storage.records import JobRun, utc_now

# Set by the service for the jobs it starts.
TRIGGER_VARIABLE = "FRESHPRESS_TRIGGER"


class Outcome:
    """What the job wants to be remembered by."""

    row_count: int | None = None


def new_run(workspace: Workspace, job: str, trigger: str) -> JobRun:
    """Return the row of a job that begins now."""
    hashed, code = settings_hash(workspace.settings), version("freshpress")
    return JobRun(uuid.uuid4().hex, job, trigger, utc_now(), None, job_runs.RUNNING, None, None, hashed, code)


@contextmanager
def recorded(workspace: Workspace, job: str, lock: str | None = None) -> Iterator[Outcome]:
    """Hold the job's lock (jobs on the same files share one) and note its start, end and outcome."""
    home, wait = workspace.home, workspace.settings.storage.busy_wait_seconds
    with exclusive(home.locks / f"{lock or job}.lock", f"`freshpress {job}`", 0.0):
        run = new_run(workspace, job, os.environ.get(TRIGGER_VARIABLE, "manual"))
        lake.write(home, f"{job}: begin", lambda connection: job_runs.begin_run(connection, run), wait)
        outcome, ended, error = Outcome(), job_runs.INTERRUPTED, None
        try:
            yield outcome
            ended = job_runs.DONE
        except FreshpressError as failure:
            ended, error = job_runs.FAILED, str(failure)
            raise
        except Exception as failure:
            ended, error = job_runs.FAILED, f"{type(failure).__name__}: {failure}"
            raise
        finally:
            end = replace(run, finished_at=utc_now(), outcome=ended, row_count=outcome.row_count, error=error)
            lake.write(home, f"{job}: {ended}", lambda connection: job_runs.end_run(connection, end), wait)
