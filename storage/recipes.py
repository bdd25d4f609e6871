"""Recipes: what is needed to gather a snapshot's texts elsewhere, without the texts, and one hash that stands for all.

A recipe is a file of JSON lines: first what the snapshot is, then every member by ascending id. A text is named by
where it lay and by its SHA-256; one that was forgotten since by its hashes alone.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from storage.durable_files import replacing
from storage.errors import InputError
from storage.lake import Connection
from storage.merkle import inclusion_path, leaf_hash, root_of_path, tree_root
from storage.records import Snapshot

FORMAT = "freshpress recipe 1"
PROOF_FORMAT = "freshpress proof 1"
# What a member is known and found by; everything but the text and the title.
COLUMNS = (
    "document_id", "text_sha256", "source", "kind", "url", "revision", "locator", "fetched_at", "licence", "language",
    "char_count", "byte_count", "extractor", "extractor_version", "masked_count", "cluster_key", "published_at",
    "freshness_grade",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RecipeHead:
    """What a recipe is of. `curation` are the settings it was curated by, where they still hold in its home."""

    format: str
    snapshot_id: str
    window_start: str
    window_end: str
    sources: list[str]
    seed: int
    config_hash: str
    curation: dict[str, Any] | None
    fingerprint: str
    merkle_root: str
    document_count: int
    char_count: int
    forgotten_count: int
    code_version: str


@dataclass(frozen=True, slots=True)
class Proof:
    """That one text, known by its hashes, was in the list that a root stands for."""

    format: str
    snapshot_id: str
    document_id: str
    text_sha256: str
    index: int
    size: int
    path: list[str]
    merkle_root: str


def member_leaf(document_id: str, text_sha256: str) -> bytes:
    """Hash one member of a snapshot as a leaf of its tree."""
    return leaf_hash(f"{document_id} {text_sha256}\n".encode())


def snapshot_leaves(connection: Connection, snapshot_id: str) -> list[tuple[str, str, bytes]]:
    """Return id, text hash and leaf of every member, by ascending id: the list that the root of a snapshot is of."""
    found = connection.execute(
        "SELECT members.document_id, members.text_sha256 FROM snapshot_documents AS members "
        "WHERE members.snapshot_id = $snapshot_id ORDER BY members.document_id, members.text_sha256",
        {"snapshot_id": snapshot_id},
    ).fetchall()
    return [(document_id, sha256, member_leaf(document_id, sha256)) for document_id, sha256 in found]


def write_recipe(
    connection: Connection, path: Path, snapshot: Snapshot, curation: dict[str, Any] | None, code_version: str
) -> RecipeHead:
    """Write the recipe of a snapshot and return what it is of."""
    leaves = snapshot_leaves(connection, snapshot.snapshot_id)
    rows = list(_rows(connection, snapshot.snapshot_id))
    head = RecipeHead(
        FORMAT,
        snapshot.snapshot_id,
        snapshot.window_start.isoformat(),
        snapshot.window_end.isoformat(),
        list(snapshot.sources),
        snapshot.seed,
        snapshot.config_hash,
        curation,
        snapshot.fingerprint,
        tree_root([leaf for *_, leaf in leaves]).hex(),
        snapshot.document_count,
        snapshot.char_count,
        sum("source" not in row for row in rows),
        code_version,
    )
    with replacing(path) as file:
        for row in (asdict(head), *rows):
            file.write(json.dumps(row, ensure_ascii=False, default=lambda value: value.isoformat()).encode() + b"\n")
    return head


def read_recipe(path: Path) -> tuple[RecipeHead, list[dict[str, Any]]]:
    """Return what a recipe is of and its members."""
    lines = _lines(path)
    try:
        head, members = RecipeHead(**lines[0]), lines[1:]
        _ = [(member["document_id"], member["text_sha256"]) for member in members]
    except (TypeError, KeyError, IndexError) as error:
        raise InputError(f"{path} is no recipe ({error}); `freshpress export FILE --recipe` writes one.") from None
    if head.format != FORMAT:
        raise InputError(
            f"{path} has format {head.format!r}, this Freshpress reads {FORMAT!r}; install another version."
        )
    return head, members


def recipe_root(members: Sequence[dict[str, Any]]) -> str:
    """Return the Merkle root over the members that a recipe lists."""
    pairs = sorted((member["document_id"], member["text_sha256"]) for member in members)
    return tree_root([member_leaf(*pair) for pair in pairs]).hex()


def prove(connection: Connection, snapshot: Snapshot, document_id: str) -> Proof:
    """Return the proof that a document was in a snapshot when it was sealed."""
    leaves = snapshot_leaves(connection, snapshot.snapshot_id)
    places = [index for index, (member, *_) in enumerate(leaves) if member == document_id]
    if not places:
        raise InputError(f"document {document_id!r} is no member of snapshot {snapshot.snapshot_id}; name another id.")
    (index,), hashes = places, [leaf for *_, leaf in leaves]
    path = [step.hex() for step in inclusion_path(hashes, index)]
    root = tree_root(hashes).hex()
    member = leaves[index]
    return Proof(PROOF_FORMAT, snapshot.snapshot_id, member[0], member[1], index, len(leaves), path, root)


def write_proof(path: Path, proof: Proof) -> None:
    """Write a proof as one line of JSON."""
    with replacing(path) as file:
        file.write(json.dumps(asdict(proof)).encode() + b"\n")


def read_proof(path: Path) -> Proof | None:
    """Return the proof that a file holds, or None where it holds something else."""
    lines = _lines(path)
    if len(lines) != 1 or lines[0].get("format") != PROOF_FORMAT:
        return None
    try:
        return Proof(**lines[0])
    except TypeError as error:
        raise InputError(f"{path} is no proof ({error}); `freshpress export FILE --prove ID` writes one.") from None


def proven_root(proof: Proof) -> str | None:
    """Return the root that a proof leads to from the hashes of its text, or None where it leads nowhere."""
    try:
        path = [bytes.fromhex(step) for step in proof.path]
    except (ValueError, TypeError):
        return None
    root = root_of_path(member_leaf(proof.document_id, proof.text_sha256), proof.index, proof.size, path)
    return root.hex() if root else None


def _rows(connection: Connection, snapshot_id: str) -> Iterator[dict[str, Any]]:
    listed = ", ".join(f"documents.{column}" for column in COLUMNS[2:])
    cursor = connection.execute(
        f"SELECT members.document_id, members.text_sha256, {listed} "  # noqa: S608 - columns of ours
        "FROM snapshot_documents AS members LEFT JOIN documents "
        "ON documents.document_id = members.document_id AND documents.text_sha256 = members.text_sha256 "
        "WHERE members.snapshot_id = $snapshot_id ORDER BY members.document_id",
        {"snapshot_id": snapshot_id},
    )
    while batch := cursor.fetchmany(1000):
        for row in batch:
            values = dict(zip(COLUMNS, row, strict=True))
            yield values if values["source"] else {name: values[name] for name in COLUMNS[:2]}


def _lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InputError(f"there is no file {path}; `freshpress export FILE --recipe` writes a recipe.")
    try:
        lines = [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    except ValueError as error:
        raise InputError(f"{path} is no recipe and no proof: it is not JSON lines ({error}).") from None
    if not lines or not all(isinstance(line, dict) for line in lines):
        raise InputError(f"{path} is no recipe and no proof: its lines are not JSON objects.")
    return lines
