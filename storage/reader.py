"""The lake for notebooks and scripts: a DuckDB connection that only reads, or an answer as an Arrow table."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from storage import lake
from storage.errors import InputError
from storage.home import open_home


@contextmanager
def open_lake(folder: str | Path) -> Iterator[lake.Connection]:
    """Open the lake of a home for reading: a DuckDB connection that sees one state of it, and writes nothing to it.

    Hold it for as long as a question takes; an old state keeps files that nobody else needs.
    """
    with lake.reading(open_home(Path(folder).expanduser())) as connection:
        yield connection


def read_table(folder: str | Path, query: str, **values: Any) -> Any:
    """Return the answer to a query as a pyarrow Table; `values` take the places of `$name` in it.

    Sums of whole numbers come as int64, times as UTC without a zone.
    """
    from storage.parquet import with_whole_numbers

    with open_lake(folder) as connection:
        try:
            return with_whole_numbers(connection.execute(query, values or None).to_arrow_table())
        except lake.DatabaseError as error:
            raise InputError(f"the query cannot be answered: {lake.first_line(error)}") from None
