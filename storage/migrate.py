"""Numbered migrations, each applied once, in order, and recorded in `schema_migrations`."""

from collections.abc import Sequence
from pathlib import Path

from storage.errors import HomeError
from storage.lake import Connection

FOLDER = Path(__file__).with_name("migrations")


def migrations() -> list[tuple[int, Path]]:
    """Return every migration as (number, file), in order."""
    return sorted((int(path.name.split("_", 1)[0]), path) for path in FOLDER.glob("*.sql"))


def pending_migrations(connection: Connection) -> list[int]:
    """Return the numbers of the migrations this database lacks."""
    found = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database() "
        "AND schema_name = current_schema() AND table_name = 'schema_migrations'"
    ).fetchone()
    done = set()
    if found != (0,):
        done = {number for (number,) in connection.execute("SELECT number FROM schema_migrations").fetchall()}
    known = {number for number, _ in migrations()}
    if unknown := done - known:
        raise HomeError(
            f"this home has schema {max(unknown)}, this Freshpress knows {max(known)} at most; install a newer one."
        )
    return sorted(known - done)


def titles(numbers: Sequence[int]) -> list[str]:
    """Return what migrations are called, for people.

    >>> titles([6])
    ['0006 tombstones']
    """
    return [path.stem.replace("_", " ") for number, path in migrations() if number in numbers]


def run_migrations(connection: Connection) -> list[int]:
    """Apply what this database lacks, inside the caller's transaction, and return the numbers applied."""
    pending = pending_migrations(connection)
    connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER, applied_at TIMESTAMP)")
    for number, path in migrations():
        if number in pending:
            connection.execute(path.read_text(encoding="utf-8"))
            connection.execute("INSERT INTO schema_migrations VALUES ($number, now()::TIMESTAMP)", {"number": number})
    return pending
