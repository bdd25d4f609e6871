"""The catalog of a lake as the SQLite file it is: copied while others write, asked which files it names, made small.

What is queried is asked through DuckDB (storage/lake.py). This is for what DuckLake has no statement for.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath

from storage import lake
from storage.durable_files import PARTIAL_ENDING
from storage.errors import BusyError, HomeError
from storage.home import Home

WAIT_SECONDS = 10.0
# Every file that any version of the lake rests on: what time travel reads is part of a whole copy.
_NAMED_FILES = """
SELECT DISTINCT schemas.path, tables.path, files.path,
    schemas.path_is_relative AND tables.path_is_relative AND files.path_is_relative
FROM (
    SELECT table_id, path, path_is_relative FROM ducklake_data_file
    UNION SELECT table_id, path, path_is_relative FROM ducklake_delete_file
) AS files
JOIN ducklake_table AS tables ON tables.table_id = files.table_id
JOIN ducklake_schema AS schemas ON schemas.schema_id = tables.schema_id
"""


def copy_catalog(home: Home, target: Path) -> None:
    """Write the catalog as it stands at one moment to a new file, whatever another process writes meanwhile."""
    with _opened(lake.catalog_path(home)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)


def copy_before_migration(home: Home, first: int) -> Path:
    """Keep the catalog as it is before a migration; files are never changed, so that it is the whole lake of then."""
    target = home.lake / f"catalog.before-{first:04d}.sqlite"
    partial = target.with_suffix(PARTIAL_ENDING)
    partial.unlink(missing_ok=True)
    copy_catalog(home, partial)
    partial.replace(target)
    return target


def drop_copies(home: Home, days: int = 0) -> None:
    """Remove copies from before migrations that are as old as this: their files leave the disk with old versions."""
    for path in home.lake.glob("catalog.before-*"):
        if time.time() - path.stat().st_mtime >= days * 24 * 3600:
            path.unlink()


def lake_version(catalog: Path) -> int:
    """Return the number of the last commit that a catalog knows."""
    with _opened(catalog) as connection:
        (version,) = connection.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()
    return int(version)


def named_files(catalog: Path) -> list[PurePosixPath]:
    """Return the files a catalog rests on, below the lake's data folder, in order."""
    with _opened(catalog) as connection:
        found = connection.execute(_NAMED_FILES).fetchall()
    if outside := next((path for _, _, path, is_inside in found if not is_inside), None):
        raise HomeError(f"the lake reads {outside}, which is not in its own folder; copy that file yourself.")
    return sorted({PurePosixPath(schema) / table / path for schema, table, path, _ in found})


def shrink_catalog(home: Home) -> None:
    """Write the catalog anew, so that no byte of what was deleted is left in it or in its write-ahead log."""
    with _opened(lake.catalog_path(home)) as connection:
        connection.execute("VACUUM")
        (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if is_busy:
        raise BusyError("a reader holds the lake's catalog, so its log still has what was deleted; run this again.")


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        # Never made where it is not there; WAIT_SECONDS is how long a writer's commit is waited for.
        address = f"{path.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise HomeError(f"the catalog {path} cannot be read ({error}); restore it from a backup.") from None
