"""How the service and its home are: what runs, what is due, how the last jobs ended, what is missing, and the disk."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from analysis.questions import ask
from analysis.tables import Table
from schedules.child import Running
from schedules.timetable import Due, preview
from schedules.workspace import Workspace
from storage import lake, rows
from storage.job_runs import FAILED
from storage.records import JobRun, Watermark, utc_now
from storage.watermarks import HOLE

# A part that failed long ago, as the score of a model that is no longer active, is history.
FAILURE_LASTS = timedelta(days=31)
PARTS = ("landing", "candidates", "lake", "scoring", "report", "spill")


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One moment of a home, in UTC. `running` are rows of `job_runs`; `live` is the service's own child."""

    at: datetime
    live: Running | None
    running: tuple[JobRun, ...]
    last_runs: tuple[JobRun, ...]
    dues: tuple[Due, ...]
    holes: tuple[Watermark, ...]
    snapshots: Table
    disk_bytes: dict[str, int]
    disk_free_bytes: int

    @property
    def troubles(self) -> tuple[str, ...]:
        """Say what somebody should look at: jobs that failed when they last ran, not long ago, and holes."""
        recent = [run for run in self.last_runs if self.at - run.started_at < FAILURE_LASTS]
        failed = [f"{run.job} failed: {run.error}" for run in recent if run.outcome == FAILED]
        holes = [f"{hole.source} lacks {hole.window_start} to {hole.window_end}: {hole.reason}" for hole in self.holes]
        return (*failed, *holes)


def read_state(workspace: Workspace, live: Running | None) -> ServiceState:
    """Read the state of a home from its lake and its disk."""
    with lake.reading(workspace.home) as connection:
        runs = rows.select(connection, JobRun)
        marks = rows.select(connection, Watermark)
        dues = preview(connection, workspace.settings.schedules)
        snapshots = ask(connection, "snapshots")
    last = {run.job: run for run in sorted(runs, key=lambda run: run.started_at) if run.finished_at}
    return ServiceState(
        at=utc_now(),
        live=live,
        running=tuple(run for run in runs if run.outcome == "running"),
        last_runs=tuple(sorted(last.values(), key=lambda run: run.started_at, reverse=True)),
        dues=tuple(dues),
        holes=tuple(mark for mark in marks if mark.state == HOLE),
        snapshots=snapshots,
        disk_bytes={part: sum(_sizes(workspace.home.root / part)) for part in PARTS},
        disk_free_bytes=shutil.disk_usage(workspace.home.root).free,
    )


def _sizes(folder: Path) -> Iterator[int]:
    """Yield the bytes of every file that is there long enough to be asked."""
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                yield path.stat().st_size
        except FileNotFoundError:
            continue
