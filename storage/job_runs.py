"""Job runs: what was started, by whom, and how it ended. A run that never ended was interrupted."""

from dataclasses import replace
from datetime import datetime

from storage import rows
from storage.lake import Connection
from storage.records import JobRun

RUNNING, DONE, FAILED, INTERRUPTED = "running", "done", "failed", "interrupted"


def begin_run(connection: Connection, run: JobRun) -> None:
    """Note that a job began. The caller holds the job's lock, so an earlier `running` row was interrupted."""
    stale = rows.select(connection, JobRun, "job = ? AND outcome = ?", [run.job, RUNNING])
    rows.replace(connection, [replace(old, outcome=INTERRUPTED) for old in stale], JobRun)
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
