"""`freshpress maintain`: the lake compacted, what has served its purpose taken away, and a backup, if one is wanted.

Nothing that a number rests on goes: texts of sealed snapshots are in the lake. What the crawlers fetched for them may
go once it is older than the operator keeps it.
"""

import shutil
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from analysis.tables import Table
from schedules.progress import progress, say
from schedules.runs import locked
from schedules.upkeep import back_up
from schedules.workspace import Workspace
from storage import lake, rows
from storage.landing import landing_folder
from storage.maintenance import compact_lake
from storage.records import Snapshot, Watermark, utc_now
from storage.watermarks import COVERED

SPILL_LASTS_SECONDS = 24 * 3600.0


def maintain(workspace: Workspace) -> Table:
    """Do all the upkeep of a home; return what there was before and after."""
    storage, schedules = workspace.settings.storage, workspace.settings.schedules
    found: list[tuple[str, int, int]] = []
    # Nobody crawls or curates what is being taken away.
    with locked(workspace, "maintain", lock="refresh"), progress("maintain"):
        if storage.keep_landing_days:
            folders = list(_served(workspace, utc_now().date() - timedelta(days=storage.keep_landing_days)))
            found.append(("landing and candidates, bytes", _removed(folders), 0))
        found.append(("spill, bytes", _removed(list(_left_over(_spill(workspace)))), 0))
        before, after = compact_lake(workspace.home, storage.keep_versions_days, storage.busy_wait_seconds)
    found += [
        ("lake versions", before.version_count, after.version_count),
        ("lake files in use", before.named_file_count, after.named_file_count),
        ("lake files", before.file_count, after.file_count),
        ("lake bytes", before.byte_count, after.byte_count),
    ]
    if schedules.backup_dir:
        back_up(workspace, Path(schedules.backup_dir), with_landing=False)
        say(f"maintain: backed up to {schedules.backup_dir}")
    return Table(("what", "before", "after"), tuple(found))


def _served(workspace: Workspace, oldest: date) -> Iterator[Path]:
    """Yield the folders of windows that are sealed and ended before a day."""
    home = workspace.home
    with lake.reading(home) as connection:
        marks = rows.select(connection, Watermark, "state = ?", [COVERED])
        sealed = rows.select(connection, Snapshot)
    for mark in marks:
        if mark.window_end <= oldest:
            yield landing_folder(home.landing, mark.source, mark.window_start, mark.window_end)
    for snapshot in sealed:
        if snapshot.window_end <= oldest:
            # The name of the snapshot, and 16 digits of its settings.
            yield from home.candidates.glob(f"{snapshot.snapshot_id}-{'[0-9a-f]' * 16}")


def _spill(workspace: Workspace) -> Path:
    folder = workspace.settings.execution.spill_dir
    return Path(folder) if folder else workspace.home.spill


def _left_over(spill: Path) -> Iterator[Path]:
    """Yield what killed jobs left in the spill folder; a living one writes there all the time."""
    for path in spill.glob("*"):
        if time.time() - path.stat().st_mtime > SPILL_LASTS_SECONDS:
            yield path


def _removed(paths: list[Path]) -> int:
    """Remove files and folders; return how many bytes they had."""
    size = 0
    for path in paths:
        inside = [path, *path.rglob("*")] if path.exists() else []
        size += sum(one.stat().st_size for one in inside if one.is_file())
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return size
