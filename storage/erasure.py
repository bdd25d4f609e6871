"""What was deleted leaves the disk: files are written anew without it, and earlier versions of the lake end.

Deleting a row hides it: it stays in its Parquet file for readers of earlier versions, in the catalog where rows are
few, and in the free pages of the catalog. Time travel ends with this, for all tables.
"""

from storage import lake
from storage.catalog import drop_copies, shrink_catalog
from storage.home import Home

# In this order. Rows that lie in the catalog become files; files with deleted rows are written anew without them; all
# versions but the present one end; what only those had leaves the disk, and what killed writers left with it.
_STATEMENTS = (
    "CALL ducklake_flush_inlined_data('lake')",
    "CALL ducklake_rewrite_data_files('lake', delete_threshold => 0)",
    "CALL ducklake_expire_snapshots('lake', older_than => now())",
    "CALL ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)",
)


def erase_deleted(home: Home, wait_seconds: float = 60.0) -> None:
    """Remove every byte of deleted rows from the lake's folder. May be run again after any interruption."""
    with lake.maintaining(home, "erase what was deleted", wait_seconds) as connection:
        for statement in _STATEMENTS:
            connection.execute(statement)
        connection.execute("DETACH lake")
        drop_copies(home)
        shrink_catalog(home)
