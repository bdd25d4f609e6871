"""A home kept: copied whole, put back, and held to what it was."""

from contextlib import ExitStack
from pathlib import Path

from analysis.tables import Table
from curation.fingerprint import fingerprint
from schedules.progress import progress
from schedules.runs import locked, recorded
from schedules.workspace import Workspace
from storage import backup, doctor, job_runs, lake, rows
from storage.home import Home
from storage.known_backups import note_backup
from storage.migrate import pending_migrations
from storage.records import JobRun, Snapshot, SnapshotDocument

HOLDS, BROKEN = "holds", "broken"
# A backup is not made while something is being forgotten, and the other way round.
BACKUP_LOCK = "backup"


def back_up(workspace: Workspace, folder: Path, *, with_landing: bool) -> Table:
    """Copy a home to a folder, or bring the copy there up to date; crawls wait only where their files are copied."""
    with ExitStack() as held:
        outcome = held.enter_context(recorded(workspace, "backup", BACKUP_LOCK))
        if with_landing:
            held.enter_context(locked(workspace, "backup", lock="refresh"))
        held.enter_context(progress(f"backup to {folder}"))
        manifest = backup.write_backup(workspace.home, folder, with_landing=with_landing)
        note_backup(workspace.home, folder, manifest.made_at)
        outcome.row_count = len(manifest.files)
    return _told(manifest)


def restore(folder: Path, root: Path) -> tuple[Table, list[str]]:
    """Put a backup back into an empty home; return what was checked and which of it does not hold.

    The folder becomes a home, by its settings, once everything in it has been held to the manifest and to itself.
    """
    manifest = backup.read_manifest(folder)
    with progress(f"restore {folder}"):
        backup.restore_files(folder, manifest, root)
        home = Home(root.resolve())
        checks = [("files", HOLDS, f"{len(manifest.files)} of the SHA-256 in the manifest"), *_checks(home, manifest)]
        lake.write(home, "restore: interrupted", _interrupt_running)
        backup.restore_settings(folder, manifest, root)
    broken = [f"{name}: {found}" for name, state, found in checks if state == BROKEN]
    return Table(("check", "state", "found"), tuple(checks)), broken


def _told(manifest: backup.Manifest) -> Table:
    columns = ("made_at", "lake_version", "schema", "snapshots", "files", "bytes", "has_landing")
    counts = (len(manifest.snapshots), len(manifest.files), manifest.byte_count, manifest.has_landing)
    return Table(columns, ((manifest.made_at, manifest.lake_version, manifest.schema, *counts),))


def _checks(home: Home, manifest: backup.Manifest) -> list[tuple[str, str, str]]:
    """Hold a restored lake to its manifest: schema, the snapshots sealed in it, their members, every invariant."""
    with lake.reading(home) as connection:
        if pending := pending_migrations(connection):
            remedy = f"{manifest.schema} of {pending[-1]}: `freshpress init` migrates it, then `freshpress doctor`"
            return [("schema", "older", remedy)]
        sealed = {s.snapshot_id: s for s in rows.select(connection, Snapshot)}
        checks = [_state("snapshots", sorted(sealed) == sorted(manifest.snapshots), f"{len(sealed)} sealed")]
        for name, snapshot in sealed.items():
            members = rows.select(connection, SnapshotDocument, "snapshot_documents.snapshot_id = ?", [name])
            found = fingerprint((member.document_id, member.text_sha256) for member in members)
            is_same = found == snapshot.fingerprint == manifest.snapshots.get(name)
            checks.append(_state(f"fingerprint {name}", is_same, found))
        checks += [
            _state(invariant.name, not invariant.broken_count, invariant.example or invariant.statement)
            for invariant in doctor.check_invariants(connection)
        ]
    return checks


def _state(name: str, is_sound: bool, found: str) -> tuple[str, str, str]:
    return name, HOLDS if is_sound else BROKEN, found


def _interrupt_running(connection: lake.Connection) -> None:
    """Note of what ran while the backup was made that it does not run here."""
    job_runs.interrupt(connection, rows.select(connection, JobRun, "outcome = ?", [job_runs.RUNNING]))
