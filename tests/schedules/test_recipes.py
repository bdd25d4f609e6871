"""Recipes: every member with where it lay and its hashes, no text, and a root that proofs lead to."""

import json
from pathlib import Path

import pytest

from curation.fingerprint import fingerprint
from schedules.recipes import export, verify
from schedules.workspace import Workspace
from storage import lake, rows
from storage.errors import InputError
from storage.forgetting import delete_texts
from storage.records import Tombstone
from tests.schedules.scored_home import OCTOBER, ask, make_home
from tests.storage.builders import make

NOTHING = {"with_texts": False, "recipe": False, "prove": None, "snapshot": None}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = make_home(tmp_path_factory.mktemp("recipes") / "home", text_count=7)
    values = {"fingerprint": fingerprint(ask(made, "SELECT document_id, text_sha256 FROM documents"))}
    statement = "UPDATE snapshots SET fingerprint = $fingerprint"
    lake.write(made.home, "seal rightly", lambda connection: connection.execute(statement, values))
    return made


def states(path: Path, workspace: Workspace, root: str | None = None) -> dict[str, str]:
    table, _ = verify(path, root, workspace.home.root)
    return {name: f"{state} {found}" if state == "counted" else state for name, state, found in table.rows}


def test_a_recipe_names_every_text_and_holds_none(workspace, tmp_path):
    table = export(workspace, tmp_path / "recipe", **{**NOTHING, "recipe": True})
    head, *members = [json.loads(line) for line in (tmp_path / "recipe").read_text().splitlines()]
    assert (head["snapshot_id"], head["document_count"], head["forgotten_count"]) == (OCTOBER, 7, 0)
    assert table.rows[0][1] == head["merkle_root"]
    texts = dict(ask(workspace, "SELECT document_id, text FROM documents"))
    assert [member["document_id"] for member in members] == sorted(texts)
    needed = {"url", "revision", "locator", "licence", "text_sha256", "extractor", "extractor_version", "cluster_key"}
    assert all(needed <= member.keys() for member in members)
    written = (tmp_path / "recipe").read_text()
    assert not any(text[:40] in written for text in texts.values())


def test_a_recipe_is_held_to_itself_to_its_root_and_to_the_home(workspace, tmp_path):
    table = export(workspace, tmp_path / "recipe", **{**NOTHING, "recipe": True})
    root = table.rows[0][1]
    assert states(tmp_path / "recipe", workspace, root.upper()) == {
        "merkle_root": "holds",
        "fingerprint": "holds",
        "documents": "holds",
        "texts same": "counted 7 of 7",
        "texts changed": "counted 0 of 7",
        "texts not here": "counted 0 of 7",
        "published root": "holds",
    }
    assert states(tmp_path / "recipe", workspace, "00" * 32)["published root"] == "broken"


def test_a_changed_hash_or_a_lost_member_breaks_it(workspace, tmp_path):
    export(workspace, tmp_path / "recipe", **{**NOTHING, "recipe": True})
    lines = (tmp_path / "recipe").read_text().splitlines()
    (tmp_path / "lost").write_text("\n".join(lines[:-1]))
    lost = states(tmp_path / "lost", workspace)
    assert [lost[name] for name in ("merkle_root", "fingerprint", "documents")] == ["broken"] * 3
    member = json.loads(lines[1])
    (tmp_path / "changed").write_text(
        "\n".join([lines[0], json.dumps({**member, "text_sha256": "0" * 64}), *lines[2:]])
    )
    changed = states(tmp_path / "changed", workspace)
    assert (changed["merkle_root"], changed["documents"]) == ("broken", "holds")
    assert changed["texts changed"] == "counted 1 of 7"
    _, is_sound = verify(tmp_path / "changed", None, tmp_path)
    assert not is_sound


def test_a_proof_leads_to_the_root_of_the_recipe_and_a_changed_one_does_not(workspace, tmp_path):
    root = export(workspace, tmp_path / "recipe", **{**NOTHING, "recipe": True}).rows[0][1]
    (document_id, *_), *_ = ask(workspace, "SELECT document_id FROM documents ORDER BY document_id DESC")
    export(workspace, tmp_path / "proof", **{**NOTHING, "prove": document_id})
    # Whoever holds the proof needs no home.
    table, is_sound = verify(tmp_path / "proof", root, tmp_path)
    assert is_sound
    assert [row[0] for row in table.rows] == ["merkle_root", "published root"]
    values = json.loads((tmp_path / "proof").read_text())
    (tmp_path / "forged").write_text(json.dumps({**values, "text_sha256": "0" * 64}))
    assert not verify(tmp_path / "forged", root, tmp_path)[1]
    (tmp_path / "broken").write_text(json.dumps({**values, "path": ["not hexadecimal"]}))
    assert verify(tmp_path / "broken", root, tmp_path)[0].rows[0] == ("merkle_root", "broken", "the path leads nowhere")


def test_a_forgotten_text_stays_in_root_and_fingerprint_by_its_hash_alone(workspace, tmp_path):
    before = export(workspace, tmp_path / "before", **{**NOTHING, "recipe": True}).rows[0]
    ((name, sha256),) = ask(workspace, "SELECT document_id, text_sha256 FROM documents ORDER BY document_id LIMIT 1")
    stone = make(Tombstone, document_id=name, text_sha256=sha256)

    def forget(connection: lake.Connection) -> None:
        rows.insert(connection, [stone], Tombstone)
        delete_texts(connection, [name], [])

    lake.write(workspace.home, "forget", forget)
    after = export(workspace, tmp_path / "after", **{**NOTHING, "recipe": True}).rows[0]
    assert after[:5] == before[:5]
    assert (before[5], after[5]) == (0, 1)
    member = json.loads((tmp_path / "after").read_text().splitlines()[1])
    assert member == {"document_id": name, "text_sha256": sha256}
    assert verify(tmp_path / "after", before[1], workspace.home.root)[1]


def test_what_cannot_be_used_is_refused_in_a_sentence(workspace, tmp_path):
    with pytest.raises(InputError, match="choose one"):
        export(workspace, tmp_path / "x", **{**NOTHING, "recipe": True, "with_texts": True})
    with pytest.raises(InputError, match="choose one"):
        export(workspace, tmp_path / "x", **{**NOTHING, "snapshot": OCTOBER})
    with pytest.raises(InputError, match="is no member of snapshot 2026-10"):
        export(workspace, tmp_path / "x", **{**NOTHING, "prove": "nobody"})
    (tmp_path / "there").touch()
    with pytest.raises(InputError, match="exists already"):
        export(workspace, tmp_path / "there", **{**NOTHING, "recipe": True})
    with pytest.raises(InputError, match="there is no file"):
        verify(tmp_path / "nothing", None, tmp_path)
    (tmp_path / "text").write_text("a text")
    with pytest.raises(InputError, match="it is not JSON lines"):
        verify(tmp_path / "text", None, tmp_path)
    (tmp_path / "other").write_text('{"a": 1}')
    with pytest.raises(InputError, match="is no recipe"):
        verify(tmp_path / "other", None, tmp_path)
