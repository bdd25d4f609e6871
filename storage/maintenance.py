"""The lake kept small and quick: small files merged, old versions ended, and what killed writers left taken away.

Rows stay as they are. Readers are not disturbed: files that nobody needs any more stay for a day, so that whoever
opened the lake before goes on reading.
"""

from dataclasses import dataclass

from storage import lake
from storage.catalog import drop_copies
from storage.home import Home

READERS_LAST = "INTERVAL 1 DAY"
_STATEMENTS = (
    "CALL ducklake_merge_adjacent_files('lake')",
    "CALL ducklake_expire_snapshots('lake', older_than => now() - to_days($days::INTEGER))",
    f"CALL ducklake_cleanup_old_files('lake', older_than => now() - {READERS_LAST})",
    f"CALL ducklake_delete_orphaned_files('lake', older_than => now() - {READERS_LAST})",
)


@dataclass(frozen=True, slots=True)
class LakeSize:
    """What the lake's present version rests on, and what lies in its folder beside that."""

    version_count: int
    named_file_count: int
    file_count: int
    byte_count: int


def compact_lake(home: Home, keep_versions_days: int, wait_seconds: float = 60.0) -> tuple[LakeSize, LakeSize]:
    """Merge, expire and clean up; return the size before and after. May be run again after any interruption."""
    with lake.maintaining(home, "maintenance", wait_seconds) as connection:
        before = _size(connection, home)
        for statement in _STATEMENTS:
            connection.execute(statement, {"days": keep_versions_days} if "$days" in statement else None)
        drop_copies(home, keep_versions_days)
        return before, _size(connection, home)


def _size(connection: lake.Connection, home: Home) -> LakeSize:
    versions = connection.execute("SELECT count(*) FROM ducklake_snapshots('lake')").fetchone()
    named = connection.execute("SELECT coalesce(sum(file_count), 0) FROM ducklake_table_info('lake')").fetchone()
    assert versions is not None
    assert named is not None
    files = [path for path in (home.lake / "data").rglob("*") if path.is_file()]
    return LakeSize(int(versions[0]), int(named[0]), len(files), sum(path.stat().st_size for path in files))
