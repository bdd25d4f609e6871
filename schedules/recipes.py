"""Recipes of snapshots: written, proved from and held to what this home has."""

from collections import Counter
from importlib.metadata import version
from pathlib import Path

from analysis.tables import Table
from curation.fingerprint import fingerprint
from schedules.jobs import config_hash, curation_settings
from schedules.periods import Period
from schedules.progress import say
from schedules.workspace import Workspace, open_workspace
from storage import lake, recipes, snapshots
from storage.errors import InputError
from storage.export import export_database
from storage.home import MARKER
from storage.records import Snapshot

HOLDS, BROKEN = "holds", "broken"


def export(
    workspace: Workspace, target: Path, *, with_texts: bool, recipe: bool, prove: str | None, snapshot: str | None
) -> Table:
    """Write what was asked for to a new file: the tables, the recipe of a snapshot, or a proof; say what it holds."""
    if sum((with_texts, recipe, prove is not None)) > 1 or (snapshot and not (recipe or prove)):
        raise InputError(
            "--with-texts, --recipe and --prove make files of three kinds, and --snapshot belongs to the last two; "
            "choose one."
        )
    if prove is not None:
        return export_proof(workspace, target, snapshot, prove)
    if recipe:
        return export_recipe(workspace, target, snapshot)
    return Table(("table", "rows"), tuple(export_database(workspace.home, target, with_texts=with_texts)))


def export_recipe(workspace: Workspace, target: Path, snapshot_id: str | None) -> Table:
    """Write the recipe of a snapshot; return the hashes that may be published."""
    _require_new(target)
    with lake.reading(workspace.home) as connection:
        snapshot = snapshots.require_snapshot(connection, snapshot_id)
        settings = curation_settings(workspace).model_dump(mode="json") if _still_holds(workspace, snapshot) else None
        head = recipes.write_recipe(connection, target, snapshot, settings, version("freshpress"))
    # A table on a terminal cuts hashes short, and this one is to be passed on.
    say(f"Merkle root of {head.snapshot_id}: {head.merkle_root}")
    columns = ("snapshot_id", "merkle_root", "fingerprint", "documents", "characters", "forgotten_count")
    counts = (head.document_count, head.char_count, head.forgotten_count)
    return Table(columns, ((head.snapshot_id, head.merkle_root, head.fingerprint, *counts),))


def export_proof(workspace: Workspace, target: Path, snapshot_id: str | None, document_id: str) -> Table:
    """Write the proof that a document was in a snapshot."""
    _require_new(target)
    with lake.reading(workspace.home) as connection:
        proof = recipes.prove(connection, snapshots.require_snapshot(connection, snapshot_id), document_id)
    recipes.write_proof(target, proof)
    columns = ("snapshot_id", "document_id", "index", "size", "merkle_root")
    return Table(columns, ((proof.snapshot_id, proof.document_id, proof.index, proof.size, proof.merkle_root),))


def verify(path: Path, root: str | None, home: Path) -> tuple[Table, bool]:
    """Hold a recipe or a proof to itself and to a published root, a recipe to the texts of a home; say if all holds."""
    proof = recipes.read_proof(path)
    if proof:
        found = recipes.proven_root(proof)
        checks = [_check("merkle_root", found == proof.merkle_root, found or "the path leads nowhere")]
        stated = proof.merkle_root
    else:
        head, members = recipes.read_recipe(path)
        found, stated = recipes.recipe_root(members), head.merkle_root
        printed = fingerprint((member["document_id"], member["text_sha256"]) for member in members)
        checks = [
            _check("merkle_root", found == head.merkle_root, found),
            _check("fingerprint", printed == head.fingerprint, printed),
            _check("documents", len(members) == head.document_count, f"{len(members)} of {head.document_count}"),
        ]
        checks += _against_home(open_workspace(home), members) if (home / MARKER).exists() else []
    if root:
        checks.append(_check("published root", root.lower() == stated, stated))
    return Table(("check", "state", "found"), tuple(checks)), all(state != BROKEN for _, state, _ in checks)


def _against_home(workspace: Workspace, members: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    """Say how many texts of a recipe this home has: the same, another text of the same document, none."""
    with lake.reading(workspace.home) as connection:
        held = connection.execute("SELECT document_id, text_sha256 FROM documents").fetchall()
    pairs, ids = set(held), {document_id for document_id, _ in held}
    counts: Counter[str] = Counter()
    for member in members:
        pair = (member["document_id"], member["text_sha256"])
        counts["same" if pair in pairs else "changed" if pair[0] in ids else "not here"] += 1
    return [
        (f"texts {name}", "counted", f"{counts[name]} of {len(members)}") for name in ("same", "changed", "not here")
    ]


def _still_holds(workspace: Workspace, snapshot: Snapshot) -> bool:
    """Say whether the settings that a snapshot was curated by are those of its home today."""
    period = Period(snapshot.snapshot_id, snapshot.window_start, snapshot.window_end)
    return config_hash(workspace, period, snapshot.sources) == snapshot.config_hash


def _check(name: str, is_sound: bool, found: str) -> tuple[str, str, str]:
    return name, HOLDS if is_sound else BROKEN, found


def _require_new(target: Path) -> None:
    if target.exists():
        raise InputError(f"{target} exists already; name a new file or remove it first.")
