"""One scoring job after another: the latest snapshots, the newest first, for what the service has to catch up with."""

from collections.abc import Sequence
from dataclasses import replace

from schedules.measure import Job, Wanted, plan_scoring, score
from schedules.workspace import Workspace
from storage import lake, rows
from storage.errors import DiskError, InputError, ScoringError
from storage.records import Snapshot


def plan_jobs(workspace: Workspace, wanted: Wanted, latest: int) -> list[Job]:
    """Plan the snapshot that is wanted, or each of so many of the latest."""
    if latest == 1:
        return [plan_scoring(workspace, wanted)]
    if wanted.snapshot_id is not None:
        raise InputError(f"--snapshot names one and --latest {latest} asks for several; give one of them.")
    with lake.reading(workspace.home) as connection:
        sealed = rows.select(connection, Snapshot)
    sealed.sort(key=lambda one: (one.window_end, one.sealed_at), reverse=True)
    if not sealed:
        return [plan_scoring(workspace, wanted)]
    return [plan_scoring(workspace, replace(wanted, snapshot_id=one.snapshot_id)) for one in sealed[:latest]]


def score_jobs(jobs: Sequence[Job]) -> int:
    """Score one snapshot after the other; one that fails does not stop the others. Return how many rows are new."""
    new_count, failures = 0, []
    for job in jobs:
        try:
            new_count += score(job)
        except DiskError:
            raise
        except ScoringError as error:
            failures.append(f"{job.scored.snapshot_id}: {error}" if len(jobs) > 1 else str(error))
    if failures:
        raise ScoringError(" · ".join(failures))
    return new_count
