"""Files of the report, each replaced whole: a reader sees the earlier one or the new one, never half of one."""

from pathlib import Path

from analysis.report_tables import PageTable
from analysis.tables import render
from storage import parquet
from storage.durable_files import write_whole

TABLE_ENDINGS = (".csv", ".parquet")


def write_table(folder: Path, table: PageTable) -> None:
    """Write one table as CSV and Parquet, or take away what an earlier report wrote where there are no rows now."""
    paths = [folder / f"{table.name}{ending}" for ending in TABLE_ENDINGS]
    if not table.files.rows:
        for path in paths:
            path.unlink(missing_ok=True)
        return
    write_whole(paths[0], render(table.files, "csv").encode())
    columns = zip(*table.files.rows, strict=True)
    parquet.write_columns(paths[1], dict(zip(table.files.columns, columns, strict=True)))
