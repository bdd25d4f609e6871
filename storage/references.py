"""Reference sets: benchmark test sets and older corpora that fresh text must not repeat."""

from collections.abc import Sequence

from storage import rows
from storage.lake import Connection
from storage.records import ReferenceItem, ReferenceSet


def store_reference(connection: Connection, reference: ReferenceSet, items: Sequence[ReferenceItem]) -> int:
    """Write a reference set; an earlier one of the same name gives way as a whole."""
    connection.execute("DELETE FROM reference_items WHERE name = $name", {"name": reference.name})
    rows.replace(connection, [reference], ReferenceSet)
    return rows.insert(connection, items, ReferenceItem)
