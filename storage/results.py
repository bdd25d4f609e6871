"""Results that others measured: benchmark results and published compression, each once by its identity."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from storage import rows
from storage.lake import Connection
from storage.records import BenchmarkResult, CompressionResult
from storage.tables import TABLES

Result = TypeVar("Result", BenchmarkResult, CompressionResult)


@dataclass(frozen=True, slots=True)
class Stored(Generic[Result]):
    """What storing came to: rows that are new, pairs of (before, after), and how many stood there as they are."""

    added: tuple[Result, ...]
    replaced: tuple[tuple[Result, Result], ...]
    unchanged_count: int


def store_results(connection: Connection, results: Iterable[Result], record_type: type[Result]) -> Stored[Result]:
    """Store results; a row of the same identity that says something else gives way, and is returned beside it."""
    identity = TABLES[record_type].identity
    held = {tuple(getattr(row, key) for key in identity): row for row in rows.select(connection, record_type)}
    found = [(held.get(tuple(getattr(result, key) for key in identity)), result) for result in results]
    added = tuple(result for before, result in found if before is None)
    replaced = tuple((before, result) for before, result in found if before is not None and before != result)
    rows.insert(connection, added, record_type)
    rows.replace(connection, [after for _, after in replaced], record_type)
    return Stored(added, replaced, len(found) - len(added) - len(replaced))
