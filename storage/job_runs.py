"""Job runs: what was started, by whom, and how it ended. A run that never ended was interrupted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from storage import rows
from storage.lake import Connection
from storage.records import JobRun

RUNNING, DONE, FAILED, INTERRUPTED = "running", "done", "failed", "interrupted"


def running(connection: Connection, jobs: Sequence[str]) -> list[JobRun]:
    """Return the rows of these jobs and their parts that say `running`; for whoever holds their lock.

    These were killed. A part bears the name of its job and its own: `score` has `score llama@1f2e`.
    """
    left = rows.select(connection, JobRun, "outcome = ?", [RUNNING])
    return [run for run in left if run.job in jobs or run.job.startswith(tuple(f"{job} " for job in jobs))]


def interrupt(connection: Connection, dead: Sequence[JobRun]) -> None:
    """Note that these runs were killed; when is not known."""
    rows.replace(connection, [replace(run, outcome=INTERRUPTED) for run in dead], JobRun)


def begin_run(connection: Connection, run: JobRun) -> None:
    """Note that a job began."""
    rows.insert(connection, [run], JobRun)


def end_run(connection: Connection, run: JobRun) -> None:
    """Note how a job ended."""
    rows.replace(connection, [run], JobRun)


def last_start(connection: Connection, job: str) -> datetime | None:
    """Return when this job was last started and not interrupted."""
    row = connection.execute(
        "SELECT max(started_at) FROM job_runs WHERE job = $job AND outcome IN ('done', 'failed')", {"job": job}
    ).fetchone()
    return row[0] if row else None
