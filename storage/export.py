"""A plain DuckDB file with every table and view, for people who do not want a lake."""

from pathlib import Path

from storage import lake, rows
from storage.errors import InputError
from storage.home import Home
from storage.tables import TABLES
from storage.views import in_order


def export_database(home: Home, target: Path, *, with_texts: bool) -> list[tuple[str, int]]:
    """Write tables and views to a new DuckDB file; return name and rows of each table.

    Texts stay at home unless asked for: their licences rarely allow to pass them on. Then `text` is empty and
    `url`, `revision` and `text_sha256` say where it is and how to know it.
    """
    if target.exists():
        raise InputError(f"{target} exists already; name a new file or remove it first.")
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    if not target.parent.is_dir():
        raise InputError(f"there is no folder {target.parent} to write {target.name} into; make it first.")
    with lake.reading(home) as connection:
        connection.execute(f"ATTACH '{lake.quoted(partial)}' AS exported")
        counts = [_copy_table(connection, table.name, with_texts=with_texts) for table in TABLES.values()]
        _copy_views(connection)
        connection.execute("COMMIT")
        connection.execute("DETACH exported")
    partial.rename(target)
    return counts


def _copy_table(connection: lake.Connection, name: str, *, with_texts: bool) -> tuple[str, int]:
    record_type = next(kind for kind, table in TABLES.items() if table.name == name)
    columns = ", ".join(
        "'' AS text" if column == "text" and not with_texts else column for column in rows.column_names(record_type)
    )
    # Names come from our own record classes.
    connection.execute(f"CREATE TABLE exported.{name} AS SELECT {columns} FROM lake.{name}")  # noqa: S608
    return name, rows.count(connection, record_type)


def _copy_views(connection: lake.Connection) -> None:
    """Recreate the published views in the file, each after those it rests on."""
    found = connection.execute(
        "SELECT view_name, sql FROM duckdb_views() WHERE database_name = 'lake' AND NOT internal"
    ).fetchall()
    statements = dict(found)
    connection.execute("USE exported")
    for name in in_order(statements):
        connection.execute(statements[name])
    connection.execute("USE lake")
