"""What has come up by itself: a new snapshot or model to score, changed results to report on.

Work is found in the lake's rows, so it is found whoever made it, by hand or by the timetable, here or while the service
was off. Each piece has a state; what was tried once for a state is not tried again before its regular time.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from analysis.questions import ask
from schedules.protocols import require_protocol
from schedules.workspace import Workspace
from scoring.protocols import find_protocol
from storage import lake


@dataclass(frozen=True, slots=True)
class Work:
    """One job that there is a reason for. `state` differs when there is a new reason."""

    job: str
    arguments: tuple[str, ...]
    reason: str
    state: str


def arguments_of(workspace: Workspace, job: str) -> tuple[str, ...]:
    """Return the command line of a job of the timetable."""
    latest = str(workspace.settings.schedules.score_latest)
    commands = {"score": ("score", "--latest", latest), "maintenance": ("maintain",)}
    return commands.get(job, (job,))


def find_work(workspace: Workspace) -> list[Work]:
    """Return what there is to do, in the order in which it feeds each other; a job without a rule is left to people."""
    settings = workspace.settings.schedules
    found = [_import(path) for path in settings.benchmark_files]
    with lake.reading(workspace.home) as connection:
        found += _scoring(workspace, connection) if settings.score else []
        found += _reporting(workspace, connection) if settings.report else []
    return found


def _import(path: str) -> Work:
    # A file that is not there is left to the job to complain of, once.
    state = hashlib.sha256(Path(path).read_bytes()).hexdigest() if Path(path).is_file() else "not there"
    return Work(f"benchmarks import {path}", ("benchmarks", "import", path), f"{path} is new or changed", state)


def _scoring(workspace: Workspace, connection: lake.Connection) -> list[Work]:
    values = {
        "snapshot_count": workspace.settings.schedules.score_latest,
        "protocol_id": require_protocol(workspace.settings.scoring, None).protocol_id,
        "codec_protocol_id": find_protocol("codec").protocol_id,
    }
    waiting = ask(connection, "pending_scores", values).rows
    if not waiting:
        return []
    models, snapshots = {model_id for _, model_id, _ in waiting}, {snapshot_id for snapshot_id, _, _ in waiting}
    reason = f"{len(models)} models lack scores of {', '.join(sorted(snapshots))}"
    return [Work("score", arguments_of(workspace, "score"), reason, repr(waiting))]


def _reporting(workspace: Workspace, connection: lake.Connection) -> list[Work]:
    inputs = ask(connection, "report_inputs").rows
    if not inputs[0][0]:
        return []
    return [Work("report", arguments_of(workspace, "report"), "what the report rests on has changed", repr(inputs))]
