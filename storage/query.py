"""Questions from outside: one reading statement, on a connection that can neither write nor see other files."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from storage import lake
from storage.errors import InputError
from storage.home import Home


@contextmanager
def guarded(home: Home) -> Iterator[lake.Connection]:
    """Open the lake for questions of people and programs that are not trusted with more than reading."""
    with lake.reading(home) as connection:
        connection.execute("SET allowed_directories = $folders", {"folders": [f"{home.lake}/"]})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def ask(home: Home, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Answer one question: column names and rows."""
    with guarded(home) as connection:
        require_reading(connection, query)
        try:
            cursor = connection.execute(query)
            return [column[0] for column in cursor.description or []], cursor.fetchall()
        except lake.DatabaseError as error:
            raise InputError(f"the query cannot be answered: {_first_line(error)}") from None


def require_reading(connection: lake.Connection, query: str) -> None:
    """Refuse anything but one SELECT, DESCRIBE, SUMMARIZE, SHOW or EXPLAIN of such.

    DESCRIBE, SUMMARIZE, SHOW, VALUES and FROM are SELECT to the parser. Settings alone still let COPY write into the
    lake's own folder, and EXPLAIN ANALYZE runs what it explains: so the statement's type decides, inside EXPLAIN too.
    """
    try:
        statements = connection.extract_statements(query)
    except lake.DatabaseError as error:
        raise InputError(f"the query is not SQL: {_first_line(error)}") from None
    kinds = [statement.type.name for statement in statements]
    if kinds == ["EXPLAIN"] and (explained := lake.explained_part(query)):
        require_reading(connection, explained)
        return
    if kinds != ["SELECT"]:
        raise InputError(
            f"the query is {', '.join(kinds) or 'empty'}; one SELECT, DESCRIBE, SUMMARIZE or EXPLAIN is answered."
        )


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split("\n\n")[0].split())
