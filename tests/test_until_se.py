"""`score --until-se` from the command line: it stops early, goes on without bias, and says how much was needed."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis.questions import ask as answer
from cli import cli
from schedules.workspace import Workspace, open_workspace
from storage import lake
from tests.schedules.scored_home import OCTOBER, add_tiny_model, ask, make_home

# Three sources of 64 texts, eight a shard; the rule looks after 4, 6 and 8 rounds, and for rivals while 30 are left.
TEXT_COUNT = 192


def score(home: Path, *words: str) -> Result:
    result = CliRunner().invoke(cli, ["--home", str(home), "score", "--model", "model", "--format", "csv", *words])
    assert result.exit_code == 0, result.output
    return result


def bits(workspace: Workspace) -> dict[str, float]:
    return dict(ask(workspace, "SELECT document_id, total_bits FROM scores"))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("until-se")
    add_tiny_model(make_home(folder / "home", TEXT_COUNT, 120), folder / "model")
    return folder / "home"


def test_a_run_stops_early_goes_on_and_ends_as_one_that_never_stopped(untouched: Path, tmp_path: Path) -> None:
    home, whole_home = tmp_path / "home", tmp_path / "whole"
    for copy in (home, whole_home):
        shutil.copytree(untouched, copy)
    workspace = open_workspace(home)

    told = score(home, "--until-se", "0.05")
    rough = bits(workspace)
    assert len(rough) == 96
    assert "stopped after 96 of 192 texts: standard error of bits per character arxiv 0.0" in told.stderr
    (row,) = csv.DictReader(io.StringIO(told.stdout))
    assert row["is_whole"] == "false"
    assert _needed(workspace) == [(0.05, 96)]

    again = score(home, "--until-se", "0.05")
    assert "scored on 2026-10 by document already" in again.stderr
    assert bits(workspace) == rough

    left = score(home, "--until-se", "0.007", "--dry-run")
    assert next(csv.DictReader(io.StringIO(left.stdout)))["document_count"] == "96"
    assert "stopped after 144 of 192 texts" in score(home, "--until-se", "0.007").stderr
    finer = bits(workspace)
    assert len(finer) == 144

    (row,) = csv.DictReader(io.StringIO(score(home).stdout))
    assert row["is_whole"] == "true"
    assert _needed(workspace) == [(None, TEXT_COUNT)]
    score(whole_home)
    # What the order or the moment of stopping had moved would show here.
    assert rough.items() <= finer.items() <= bits(workspace).items()
    assert bits(workspace) == bits(open_workspace(whole_home))


def test_another_named_model_far_away_ends_the_run(untouched: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(untouched, home)
    workspace = open_workspace(home)
    rival = add_tiny_model(workspace, tmp_path / "rival", "llama")
    score(home)
    told = CliRunner().invoke(
        cli, ["--home", str(home), "score", "--model", "model", "--model", "rival", "--until-se", "1e-6"]
    )
    assert told.exit_code == 0, told.output
    assert f"{rival}: stopped after 96 of 192 texts: told apart from model@" in told.stderr


def _needed(workspace: Workspace) -> list[tuple[float | None, int]]:
    """Return what the report's table of scoring runs says of the stop rule."""
    ((protocol_id,),) = ask(workspace, "SELECT DISTINCT protocol_id FROM scores")
    with lake.reading(workspace.home) as connection:
        table = answer(connection, "report_scoring_runs", {"snapshot_id": OCTOBER, "protocol_id": protocol_id})
    places = [table.columns.index(name) for name in ("until_se", "document_count")]
    return [(row[places[0]], row[places[1]]) for row in table.rows]
