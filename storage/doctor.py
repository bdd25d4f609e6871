"""The invariants of the lake, one SQL file each, checked. The lake itself enforces no key and no constraint."""

from dataclasses import dataclass
from pathlib import Path

from storage.lake import Connection
from storage.tables import TABLES

FOLDER = Path(__file__).with_name("invariants")


@dataclass(frozen=True, slots=True)
class Invariant:
    """One statement that must hold, and how many rows break it."""

    name: str
    statement: str
    broken_count: int
    example: str | None


def check_invariants(connection: Connection) -> list[Invariant]:
    """Check every invariant and the identity of every table."""
    checked = [_check(connection, path.stem, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.sql"))]
    return checked + [_check_identity(connection, table.name, table.identity) for table in TABLES.values()]


def _check(connection: Connection, name: str, sql: str) -> Invariant:
    """Run one invariant: its first line states it, its rows are what breaks it."""
    broken = connection.execute(sql).fetchall()
    example = " · ".join(str(value) for value in broken[0]) if broken else None
    return Invariant(name, sql.splitlines()[0].removeprefix("-- "), len(broken), example)


def _check_identity(connection: Connection, name: str, identity: tuple[str, ...]) -> Invariant:
    keys = ", ".join(identity)
    sql = f"-- No two rows of {name} share {keys}.\nSELECT {keys} FROM {name} GROUP BY {keys} HAVING count(*) > 1"
    return _check(connection, f"{name}_identity", sql)
