"""Questions from outside: one reading statement, on a connection that can neither write nor see other files."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from storage import lake
from storage.errors import InputError
from storage.home import Home

# Table functions can write files and read others behind DuckDB's back (sqlite_scan, enable_logging, …), whatever the
# settings; only these are known to do neither.
TABLE_FUNCTIONS = frozenset({
    "duckdb_columns", "duckdb_functions", "duckdb_tables", "duckdb_types", "duckdb_views", "ducklake_snapshots",
    "generate_series", "json_each", "json_tree", "pragma_table_info", "range", "repeat", "unnest",
})  # fmt: skip

# A step of a stream; as many of the longest texts are held without trouble.
CHUNK_ROWS = 1_000


@contextmanager
def guarded(home: Home) -> Iterator[lake.Connection]:
    """Open the lake for questions of people and programs that are not trusted with more than reading."""
    with lake.reading(home) as connection:
        connection.execute("SET allowed_directories = $folders", {"folders": [f"{home.lake}/"]})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that is being answered: its columns, and its rows piece by piece, which can be taken once."""

    connection: lake.Connection
    columns: tuple[str, ...]

    def chunks(self, row_count: int = CHUNK_ROWS) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows in lists of so many; what is not taken is not computed."""
        with _told():
            while rows := self.connection.fetchmany(row_count):
                yield rows

    def write_parquet(self, file: BinaryIO, names: Sequence[str]) -> int:
        """Write the rows to a Parquet file under these names of columns; return how many there were."""
        from storage.parquet import write_answer

        with _told():
            reader = self.connection.to_arrow_reader(CHUNK_ROWS)
            return write_answer(file, names, reader.schema, reader)


@contextmanager
def answering(home: Home, query: str) -> Iterator[Answer]:
    """Begin to answer one question; no answer need fit into memory."""
    with guarded(home) as connection:
        statement = admitted(connection, query)
        with _told():
            cursor = connection.execute(statement)
        yield Answer(connection, tuple(column[0] for column in cursor.description or []))


def ask(home: Home, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Answer one question whole: column names and rows."""
    with answering(home, query) as answer:
        return list(answer.columns), [row for chunk in answer.chunks() for row in chunk]


@contextmanager
def _told() -> Iterator[None]:
    """Turn what DuckDB says of a query into one sentence."""
    try:
        yield
    except lake.DatabaseError as error:
        raise InputError(f"the query cannot be answered: {lake.first_line(error)}") from None


def admitted(connection: lake.Connection, query: str) -> str:
    """Return the statement to run: one SELECT, DESCRIBE, SUMMARIZE, SHOW, or EXPLAIN of such. Refuse all else.

    DESCRIBE, SUMMARIZE, SHOW, VALUES and FROM are SELECT to the parser. Settings alone still let COPY write into the
    lake's own folder, and EXPLAIN ANALYZE runs what it explains, so what is explained is checked by itself and put
    behind an EXPLAIN of our own.
    """
    kinds = _kinds(connection, query)
    if kinds == ["EXPLAIN"] and (explained := lake.explained_part(query)):
        return f"EXPLAIN {admitted(connection, explained)}"
    if kinds != ["SELECT"]:
        raise InputError(
            f"the query is {', '.join(kinds) or 'empty'}; one SELECT, DESCRIBE, SUMMARIZE or EXPLAIN is answered."
        )
    if strange := sorted(_table_functions(connection, query) - TABLE_FUNCTIONS):
        raise InputError(f"the query calls {strange[0]}, which can do more than read the lake; ask tables and views.")
    return query


def _kinds(connection: lake.Connection, query: str) -> list[str]:
    try:
        return [statement.type.name for statement in connection.extract_statements(query)]
    except lake.DatabaseError as error:
        raise InputError(f"the query is not SQL: {lake.first_line(error)}") from None


def _table_functions(connection: lake.Connection, query: str) -> set[str]:
    """Return every table function in the parsed query, wherever it stands."""
    row = connection.execute("SELECT json_serialize_sql($query::VARCHAR)", {"query": query}).fetchone()
    assert row is not None
    parsed = json.loads(row[0])
    if parsed["error"]:
        raise InputError("the query is a PRAGMA or PIVOT; one SELECT, DESCRIBE, SUMMARIZE or EXPLAIN is answered.")
    return set(_named(parsed))


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "TABLE_FUNCTION":
            yield str(node["function"]["function_name"]).lower()
        for child in node.values():
            yield from _named(child)
    elif isinstance(node, list):
        for child in node:
            yield from _named(child)
