"""Reference sets: benchmark test sets and older corpora that fresh text must not repeat.

Their items may be scored too, under the snapshot id `reference:NAME`, which is no row of `snapshots`: an item's scores
bear its name as `document_id`, no view of snapshots counts them, and nothing of them is fresh to anybody.
"""

from collections.abc import Iterator, Sequence

from storage import rows
from storage.errors import InputError
from storage.lake import Connection
from storage.records import ReferenceItem, ReferenceSet, text_sha256
from storage.snapshots import KeptText

PREFIX = "reference:"
# What stands where a text of a snapshot has its source.
SOURCE = "reference"


def store_reference(connection: Connection, reference: ReferenceSet, items: Sequence[ReferenceItem]) -> int:
    """Write a reference set; an earlier one of the same name gives way as a whole, scores of lost items with it."""
    connection.execute("DELETE FROM reference_items WHERE name = $name", {"name": reference.name})
    rows.replace(connection, [reference], ReferenceSet)
    new_count = rows.insert(connection, items, ReferenceItem)
    _forget_scores_of_lost_items(connection, reference.name)
    return new_count


def require_reference(connection: Connection, name: str) -> ReferenceSet:
    """Return the reference set of this name, or say which there are."""
    found = rows.select(connection, ReferenceSet, "name = ?", [name])
    if not found:
        listed = ", ".join(known.name for known in rows.select(connection, ReferenceSet)) or "none"
        raise InputError(
            f"there is no reference set {name!r}; registered are: {listed}. `freshpress references add` registers one."
        )
    return found[0]


def reference_texts(connection: Connection, name: str) -> Iterator[KeptText]:
    """Yield the items of one set by ascending name, as scorers need them."""
    for item in rows.select(connection, ReferenceItem, "name = ?", [name]):
        yield KeptText(item.item, text_sha256(item.text), SOURCE, item.text)


def is_scored(connection: Connection, name: str, model_id: str, protocol_id: str) -> bool:
    """Say whether every item has its token bits for this model and protocol."""
    row = connection.execute(
        "SELECT count(*) FROM reference_items AS items ANTI JOIN token_bits "
        "ON token_bits.snapshot_id = $snapshot_id AND token_bits.document_id = items.item "
        "AND token_bits.model_id = $model_id AND token_bits.protocol_id = $protocol_id "
        "WHERE items.name = $name",
        {"snapshot_id": PREFIX + name, "name": name, "model_id": model_id, "protocol_id": protocol_id},
    ).fetchone()
    return row == (0,)


def _forget_scores_of_lost_items(connection: Connection, name: str) -> None:
    values = {"snapshot_id": PREFIX + name, "name": name}
    for table in ("scores", "token_bits"):
        connection.execute(
            f"DELETE FROM {table} WHERE {table}.snapshot_id = $snapshot_id "  # noqa: S608 - one of two names of ours
            f"AND (document_id, text_sha256) NOT IN "
            "(SELECT item, sha256(text) FROM reference_items WHERE name = $name)",
            values,
        )
