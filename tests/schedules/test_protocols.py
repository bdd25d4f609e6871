"""Which protocol a name stands for, and that one name with two meanings is never joined without a word."""

from dataclasses import replace
from datetime import datetime

import pytest

from schedules.measure import Wanted, export_texts, import_scores, plan_scoring, score
from schedules.protocols import list_protocols, require_protocol, stored_protocol
from schedules.workspace import Workspace, open_workspace
from scoring.__main__ import main
from scoring.protocols import find_protocol, own_protocol
from storage import lake, rows
from storage.errors import ComparisonError, InputError, ScoringError
from storage.records import Protocol, ScoringRun
from tests.schedules.scored_home import add_tiny_model, ask, make_home
from tests.storage.builders import make

OWN = "\n[scoring.protocols.short]\nlike = 'document'\nwindow_tokens = {}\nstride_tokens = 8\n"
SHORT = own_protocol("short", "document", 24, 8)


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    """A home with six short texts that defines a protocol `short`."""
    make_home(tmp_path / "home", text_count=6, char_count=60)
    return define(tmp_path / "home", 24)


def define(root, window) -> Workspace:
    """Let the home's `short` have this window from now on."""
    path = root / "freshpress.toml"
    path.write_text(path.read_text().partition("\n[scoring.protocols")[0] + OWN.format(window))
    return open_workspace(root)


def store(workspace, *protocols) -> None:
    """Put protocols into the lake, as scores bring them."""
    lake.write(workspace.home, "protocols", lambda writing: rows.insert(writing, protocols, Protocol))


def find_stored(workspace, name):
    with lake.reading(workspace.home) as connection:
        return stored_protocol(workspace, connection, name)


def test_a_name_to_score_by_is_shipped_or_defined_here(workspace):
    settings = workspace.settings.scoring
    assert require_protocol(settings, None) == find_protocol("document")
    assert require_protocol(settings, "short") == require_protocol(settings, SHORT.protocol_id) == SHORT
    with pytest.raises(ScoringError, match=r"no protocol 'long'; choose one of document, .*, short"):
        require_protocol(settings, "long")


def test_a_name_with_two_ids_is_what_it_means_now_and_says_what_it_leaves_out(workspace, capsys):
    store(workspace, SHORT)
    assert find_stored(workspace, "short") == SHORT
    assert capsys.readouterr().err == ""
    other = own_protocol("short", "document", 32, 8)
    store(workspace, other)
    assert find_stored(workspace, "short") == SHORT
    assert (
        f"short is {SHORT.protocol_id} now; scores by {other.protocol_id} differ in window_tokens (24, 32) and are not "
        "joined with it, name the id to see them"
    ) in capsys.readouterr().err
    assert find_stored(workspace, other.protocol_id) == other


def test_a_name_that_means_nothing_now_is_refused_where_it_meant_two_things(workspace):
    first, second = own_protocol("gone", "document", 64, 16), own_protocol("gone", "paper", 64, 16)
    store(workspace, first)
    assert find_stored(workspace, "gone") == first
    store(workspace, second)
    with pytest.raises(ComparisonError, match=r"gone has 2 ids in this lake \(.*\), which differ in packing \(each"):
        find_stored(workspace, "gone")
    assert find_stored(workspace, second.protocol_id) == second
    with pytest.raises(ScoringError, match="there is no protocol 'never'"):
        find_stored(workspace, "never")


def test_a_score_version_that_rose_is_told_apart(workspace, capsys):
    store(workspace, replace(find_protocol("document"), protocol_id="document@old", score_version=0))
    assert find_stored(workspace, None) == find_protocol("document")
    assert "scores by document@old differ in score_version (0, 1) and are not joined" in capsys.readouterr().err


def test_the_list_has_what_is_shipped_defined_here_and_only_stored(workspace):
    gone = own_protocol("gone", "document", 64, 16)
    store(workspace, gone, SHORT)
    run = make(
        ScoringRun, protocol_id=SHORT.protocol_id, model_id="m", snapshot_id="s", started_at=datetime(2026, 1, 1)
    )
    lake.write(workspace.home, "a run", lambda writing: rows.insert(writing, [run], ScoringRun))
    table = list_protocols(workspace)
    listed = {row[1]: (row[0], *row[-2:]) for row in table.rows}
    assert listed[find_protocol("paper").protocol_id] == ("Freshpress", 0, 0)
    assert listed[SHORT.protocol_id] == ("this home", 1, 1)
    assert listed[gone.protocol_id] == ("scores alone", 0, 0)
    assert len(listed) == len(table.rows)


def test_an_own_protocol_is_scored_here_and_on_a_node_alike_and_another_of_its_name_is_refused(workspace, tmp_path):
    model_id = add_tiny_model(workspace, tmp_path / "gpt2-tiny")
    score(plan_scoring(workspace, Wanted(model_names=("gpt2-tiny",), protocol_name="short", device="cpu")))
    here = ask(workspace, "SELECT protocol_id, document_id, total_bits FROM scores ORDER BY ALL")
    assert {row[0] for row in here} == {SHORT.protocol_id}

    export_texts(workspace, "2026-10", tmp_path / "export")
    out = tmp_path / "scores.jsonl"
    arguments = ["--model", str(tmp_path / "gpt2-tiny"), "--protocol", "short", "--device", "cpu", "--out", str(out)]
    assert main([str(tmp_path / "export"), *arguments]) == 0
    assert import_scores(workspace, out) == 0  # the same rows, all there
    lake.write(workspace.home, "forget", lambda writing: writing.execute("DELETE FROM scores") and None)
    assert import_scores(workspace, out) == 6
    there = ask(workspace, "SELECT protocol_id, document_id, total_bits FROM scores ORDER BY ALL")
    assert [row[:2] for row in there] == [row[:2] for row in here]
    assert [row[2] for row in there] == pytest.approx([row[2] for row in here], rel=1e-6)
    assert model_id in {row[0] for row in ask(workspace, "SELECT model_id FROM scores")}

    moved = define(workspace.home.root, 32)
    now = own_protocol("short", "document", 32, 8).protocol_id
    with pytest.raises(InputError, match=f"was scored by protocol {SHORT.protocol_id}, and short is {now} here; "):
        import_scores(moved, out)
