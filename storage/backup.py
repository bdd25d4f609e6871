"""Backups: a whole copy of a home in a folder of its own, made while others write, and put back file by file.

    <folder>/manifest.json       what the copy holds, with the SHA-256 of every file; written last
    <folder>/files/ab/abcd…      the files, each once, named by its SHA-256

A backup is what its manifest says. One that was interrupted leaves the manifest before it, or none. The next one into
the same folder copies what is new only: Parquet files of a lake are never changed.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from storage import lake
from storage.catalog import copy_catalog, lake_version, named_files
from storage.durable_files import PARTIAL_ENDING, replacing, write_whole
from storage.errors import BusyError, HomeError, InputError
from storage.home import MARKER, Home
from storage.records import utc_now

MANIFEST_FILE = "manifest.json"
STORE = "files"
FORMAT = 1
CATALOG = "lake/catalog.sqlite"
_DATA = PurePosixPath("lake/data")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class BackedUpFile:
    """One file of a home: where it lies there, below the home's folder, and what it holds."""

    path: str
    sha256: str
    byte_count: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one backup holds. `snapshots` are the fingerprints of the sealed ones; `schema` the last migration."""

    format: int
    made_at: datetime
    schema: int
    lake_version: int
    has_landing: bool
    snapshots: dict[str, str]
    files: tuple[BackedUpFile, ...]

    @property
    def byte_count(self) -> int:
        """Bytes of all files together."""
        return sum(file.byte_count for file in self.files)


# --- making one -------------------------------------------------------------------------------------------


def write_backup(home: Home, folder: Path, *, with_landing: bool) -> Manifest:
    """Copy the lake as it stands at one moment, the settings, and what has landed where that is asked for.

    Files that an earlier backup in this folder has are not copied again; those that only it had are removed at last.
    """
    earlier = _earlier(home, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".catalog-") as staging:
        catalog = Path(staging) / "catalog.sqlite"
        copy_catalog(home, catalog)
        version = lake_version(catalog)
        schema, snapshots = _state(home, version)
        _require_same_home(folder, earlier, snapshots)
        sources = [(CATALOG, catalog), (MARKER, home.root / MARKER), *_landed(home, with_landing=with_landing)]
        files = [_store(folder, path, source) for path, source in sources]
        files += _store_data(home, folder, named_files(catalog), earlier)
    manifest = Manifest(FORMAT, utc_now(), schema, version, with_landing, snapshots, tuple(files))
    write_whole(folder / MANIFEST_FILE, json.dumps(asdict(manifest), indent=1, default=_spelled).encode())
    _remove_others(folder, manifest)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Return what a folder holds a backup of, or say that it holds none."""
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise InputError(
            f"{folder} holds no whole backup: it has no {MANIFEST_FILE}, which is written last; "
            f"name another folder, or run `freshpress backup` again."
        )
    try:
        manifest = _revived(json.loads(path.read_bytes()))
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path} is no manifest of a backup ({error}); name another folder.") from None
    if manifest.format != FORMAT:
        raise InputError(f"{path} has format {manifest.format}, this Freshpress reads {FORMAT}; install a newer one.")
    return manifest


def _earlier(home: Home, folder: Path) -> Manifest | None:
    """Return the manifest of the backup that is there; refuse a folder that is somebody else's or inside the home."""
    if folder.resolve().is_relative_to(home.root):
        raise InputError(f"{folder} lies in the home that it would be a backup of; name a folder outside {home.root}.")
    if (folder / MANIFEST_FILE).exists():
        return read_manifest(folder)
    held = [path.name for path in folder.iterdir() if path.name != STORE] if folder.exists() else []
    if strange := next((name for name in sorted(held) if not name.startswith(".")), None):
        raise InputError(f"{folder} holds {strange} and no backup; name an empty folder, or that of an earlier backup.")
    return None


def _state(home: Home, version: int) -> tuple[int, dict[str, str]]:
    """Return the schema and the sealed snapshots of one version of the lake."""
    with lake.reading(home) as connection:
        at = f"AT (VERSION => {version:d})"
        row = connection.execute(f"SELECT max(number) FROM schema_migrations {at}").fetchone()  # noqa: S608 - a number
        sealed = connection.execute(
            f"SELECT snapshots.snapshot_id, fingerprint FROM snapshots {at} ORDER BY 1"  # noqa: S608 - a number
        ).fetchall()
    assert row is not None
    return int(row[0]), dict(sealed)


def _require_same_home(folder: Path, earlier: Manifest | None, snapshots: dict[str, str]) -> None:
    """Refuse another home's folder: a sealed snapshot is never changed, so all of the earlier backup must be there."""
    known = earlier.snapshots if earlier else {}
    if lost := next((name for name, found in sorted(known.items()) if snapshots.get(name) != found), None):
        raise InputError(
            f"{folder} is a backup of a home whose snapshot {lost} is {known[lost][:16]}, here it is "
            f"{snapshots.get(lost, 'not there')[:16]}; name another folder, so that this one stays."
        )


def _landed(home: Home, *, with_landing: bool) -> Iterator[tuple[str, Path]]:
    """Yield the files of the crawls and what curation made of them; locks and half files are none."""
    for folder in (home.landing, home.candidates) if with_landing else ():
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix not in (".lock", PARTIAL_ENDING):
                yield path.relative_to(home.root).as_posix(), path


def _store_data(
    home: Home, folder: Path, paths: Iterable[PurePosixPath], earlier: Manifest | None
) -> Iterator[BackedUpFile]:
    known = {file.path: file for file in (earlier.files if earlier else ())}
    for below in paths:
        path = str(_DATA / below)
        source = home.root / path
        before = known.get(path)
        # What lies in a lake's data folder is never changed, so that its name and size say what it is.
        if before and before.byte_count == source.stat().st_size == _byte_count(stored_path(folder, before)):
            yield before
        else:
            yield _store(folder, path, source)


def _store(folder: Path, path: str, source: Path) -> BackedUpFile:
    """Copy one file under the name of its hash, unless it is there."""
    digest, byte_count = hash_file(source)
    file = BackedUpFile(path, digest, byte_count)
    target = stored_path(folder, file)
    if _byte_count(target) != byte_count:
        _copy(source, target, file)
    return file


def _remove_others(folder: Path, manifest: Manifest) -> None:
    """Remove what only earlier or interrupted backups had."""
    wanted = {stored_path(folder, file) for file in manifest.files}
    for path in (folder / STORE).rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()


# --- putting one back -------------------------------------------------------------------------------------


def stored_path(folder: Path, file: BackedUpFile) -> Path:
    """Return where a backup keeps a file."""
    return folder / STORE / file.sha256[:2] / file.sha256


def damaged_files(folder: Path, manifest: Manifest) -> list[tuple[BackedUpFile, str]]:
    """Return the files that are not what the manifest says, each with what is wrong. Reads everything."""
    found = ((file, _damage(stored_path(folder, file), file)) for file in manifest.files)
    return [(file, damage) for file, damage in found if damage]


def restore_files(folder: Path, manifest: Manifest, root: Path) -> None:
    """Write the files of a backup into an empty home; the settings, which make a folder a home, are left out.

    A damaged backup is refused by the names of its files before anything is written. What an interrupted restore left
    is written over.
    """
    require_room(manifest, root)
    if damaged := damaged_files(folder, manifest):
        file, damage = damaged[0]
        raise InputError(
            f"{len(damaged)} of {len(manifest.files)} files of the backup in {folder} are damaged, as {file.path}, "
            f"which {damage} ({stored_path(folder, file)}); nothing was restored: take another backup."
        )
    for file in manifest.files:
        if file.path != MARKER:
            _copy(stored_path(folder, file), root / file.path, file)


def restore_settings(folder: Path, manifest: Manifest, root: Path) -> None:
    """Write the settings of a backup: with them the folder is a home."""
    (file,) = (file for file in manifest.files if file.path == MARKER)
    _copy(stored_path(folder, file), root / file.path, file)


def require_room(manifest: Manifest, root: Path) -> None:
    """Refuse to restore over a home, or among files that the backup does not know."""
    if (root / MARKER).exists():
        raise HomeError(f"{root} is a home already; restore into an empty folder: name it with --home.")
    known = {root / file.path for file in manifest.files}
    held = (path for path in sorted(root.rglob("*")) if path.is_file()) if root.exists() else iter(())
    if strange := next((path for path in held if path not in known and path.suffix != PARTIAL_ENDING), None):
        raise HomeError(f"{root} is not empty, it holds {strange}; restore into an empty folder: name it with --home.")


# --- below the surface ------------------------------------------------------------------------------------


def hash_file(path: Path) -> tuple[str, int]:
    """Return the SHA-256 of a file, in hexadecimal, and its bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size


def _copy(source: Path, target: Path, file: BackedUpFile) -> None:
    with replacing(target) as writing, source.open("rb") as reading:
        shutil.copyfileobj(reading, writing, 1 << 20)
    if hash_file(target)[0] != file.sha256:
        target.unlink()
        raise BusyError(f"{source} was changed while it was copied; run this again once nothing writes it.")


def _damage(path: Path, file: BackedUpFile) -> str | None:
    if not path.is_file():
        return "is missing"
    digest, byte_count = hash_file(path)
    if digest == file.sha256:
        return None
    return f"has {byte_count} bytes of SHA-256 {digest[:16]}…, not {file.byte_count} bytes of {file.sha256[:16]}…"


def _byte_count(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _revived(values: dict[str, Any]) -> Manifest:
    files = tuple(_checked(BackedUpFile(**file)) for file in values.pop("files"))
    made_at = datetime.fromisoformat(values.pop("made_at"))
    return Manifest(**values, made_at=made_at, files=files)


def _checked(file: BackedUpFile) -> BackedUpFile:
    """Refuse names that lead out of a home: a manifest may come from elsewhere."""
    path = PurePosixPath(file.path)
    if path.is_absolute() or ".." in path.parts or not path.parts or not _SHA256.fullmatch(file.sha256):
        raise ValueError(f"{file.path!r} of SHA-256 {file.sha256!r} is no file of a home")
    return file


def _spelled(value: datetime) -> str:
    return value.isoformat()
