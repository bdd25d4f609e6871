"""Records to rows and back. The only place where SQL is composed: from our own record classes, never from input."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from storage.lake import Connection
from storage.parquet import schema_of, to_arrow
from storage.tables import TABLES

T = TypeVar("T")


def insert(connection: Connection, records: Iterable[T], record_type: type[T]) -> int:
    """Insert the records whose identity the table does not hold yet; return how many those were."""
    rows = list(records)
    if not rows:
        return 0
    connection.register("incoming", to_arrow(rows, record_type))
    try:
        return _insert_from(connection, record_type, "incoming")
    finally:
        connection.unregister("incoming")


def insert_files(connection: Connection, paths: Sequence[Path], record_type: type[T]) -> int:
    """Insert the rows of Parquet files of this record, as `insert` does, without holding them in memory.

    Which rows are new is decided by their identities alone; the rest of a row passes from file to file.
    """
    if not paths:
        return 0
    table, keys = TABLES[record_type].name, ", ".join(TABLES[record_type].identity)
    files = {"paths": [str(path) for path in paths]}
    source = "read_parquet($paths, filename = true, file_row_number = true)"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE incoming_places AS "  # noqa: S608
        f"SELECT DISTINCT ON ({keys}) filename, file_row_number "
        f"FROM (SELECT {keys}, filename, file_row_number FROM {source}) AS incoming ANTI JOIN {table} USING ({keys})",
        files,
    )
    try:
        listed = _columns(record_type)
        row = connection.execute(
            f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {source} "  # noqa: S608
            "SEMI JOIN incoming_places USING (filename, file_row_number)",
            files,
        ).fetchone()
        return int(row[0]) if row else 0
    finally:
        connection.execute("DROP TABLE incoming_places")


def replace(connection: Connection, records: Iterable[T], record_type: type[T]) -> int:
    """Insert the records; a row of the same identity gives way."""
    rows = list(records)
    table = TABLES[record_type]
    condition = " AND ".join(f"{name} = ?" for name in table.identity)
    for row in rows:
        connection.execute(
            f"DELETE FROM {table.name} WHERE {condition}",  # noqa: S608
            [getattr(row, name) for name in table.identity],
        )
    return insert(connection, rows, record_type)


def select(
    connection: Connection, record_type: type[T], condition: str = "true", parameters: Sequence[Any] = ()
) -> list[T]:
    """Return the records that meet a condition written by us, its values bound, ordered by identity."""
    table = TABLES[record_type]
    order = ", ".join(table.identity)
    rows = connection.execute(
        f"SELECT {_columns(record_type)} FROM {table.name} WHERE {condition} ORDER BY {order}",  # noqa: S608
        list(parameters),
    ).fetchall()
    return [record_type(*(tuple(v) if isinstance(v, list) else v for v in row)) for row in rows]


def count(connection: Connection, record_type: type, condition: str = "true", parameters: Sequence[Any] = ()) -> int:
    """Return how many rows meet a condition."""
    query = f"SELECT count(*) FROM {TABLES[record_type].name} WHERE {condition}"  # noqa: S608
    row = connection.execute(query, list(parameters)).fetchone()
    assert row is not None
    return int(row[0])


def column_names(record_type: type) -> list[str]:
    """Return the columns of a record's table, in order."""
    return [field.name for field in fields(record_type)]


def _insert_from(connection: Connection, record_type: type, relation: str) -> int:
    table = TABLES[record_type]
    listed = _columns(record_type)
    keys = ", ".join(table.identity)
    query = (
        f"INSERT INTO {table.name} ({listed}) "  # noqa: S608
        f"SELECT {listed} FROM (SELECT DISTINCT ON ({keys}) {listed} FROM {relation}) AS fresh "
        f"ANTI JOIN {table.name} USING ({keys})"
    )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _columns(record_type: type) -> str:
    return ", ".join(schema_of(record_type).names)
