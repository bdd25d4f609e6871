"""Tombstones: what was forgotten, told to whoever must not bring it back."""

from storage import rows
from storage.forgotten import Forgotten, address_hash
from storage.lake import Connection
from storage.records import SOURCES, Tombstone


def read_forgotten(connection: Connection) -> Forgotten:
    """Return the hashes of everything that was forgotten."""
    found = rows.select(connection, Tombstone)
    return Forgotten(
        frozenset(tombstone.document_id for tombstone in found),
        frozenset(tombstone.address_hash for tombstone in found if tombstone.address_hash),
        frozenset(tombstone.text_sha256 for tombstone in found if tombstone.text_sha256),
    )


def find_tombstones(connection: Connection, target: str) -> list[Tombstone]:
    """Return the tombstones that an id or an address names."""
    hashes = [address_hash(source, target) for source in SOURCES]
    return rows.select(connection, Tombstone, "document_id = ? OR list_contains(?, address_hash)", [target, hashes])
