"""Merkle trees as RFC 6962 builds them: one hash for a list, and short proofs that an entry is in it.

Leaves and inner nodes are hashed under different first bytes, so that no inner node passes for an entry.
"""

import hashlib
from collections.abc import Sequence

_LEAF, _NODE = b"\x00", b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry of the list."""
    return hashlib.sha256(_LEAF + entry).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Return the hash of a list, from those of its entries; of an empty list that of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(tree_root(leaves[:split]), tree_root(leaves[split:]))


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes that prove that the entry at this index is in the list, from the leaf to the root."""
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_path(leaves[:split], index), tree_root(leaves[split:])]
    return [*inclusion_path(leaves[split:], index - split), tree_root(leaves[:split])]


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to; None where it cannot be a proof of that place in a list of that size.

    >>> root_of_path(leaf_hash(b"only"), 0, 1, []) == tree_root([leaf_hash(b"only")])
    True
    """
    if not 0 <= index < size:
        return None
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    split, sibling = _split(size), path[-1]
    if index < split:
        left = root_of_path(leaf, index, split, path[:-1])
        return _node(left, sibling) if left else None
    right = root_of_path(leaf, index - split, size - split, path[:-1])
    return _node(sibling, right) if right else None


def _split(size: int) -> int:
    """Return the largest power of two below the size: the left side of a tree is always full."""
    return 1 << (size - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(_NODE + left + right).digest()
