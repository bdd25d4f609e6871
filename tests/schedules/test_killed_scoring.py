"""Scoring is killed twenty times, at a different shard each time: the rows are those of a run nothing disturbed."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from schedules.workspace import Workspace, open_workspace
from tests.schedules.scored_home import add_tiny_model, ask, make_home

# Twenty-two times a Python with torch is started: a minute and a half on an idle machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
KILLS = 20
SCORES = (
    "SELECT scores.snapshot_id, document_id, text_sha256, model_id, protocol_id, total_bits, token_count, "
    "scored_token_count, char_count, byte_count, altered_byte_count FROM scores ORDER BY document_id"
)
TOKENS = "SELECT document_id, bits, byte_ends FROM token_bits ORDER BY document_id"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Return a home whose scoring has many shards, each of which takes a moment."""
    made = make_home(tmp_path / "home", text_count=3 * (KILLS + 4), char_count=1_000)
    with (tmp_path / "home" / "freshpress.toml").open("a") as settings:
        settings.write("batch_tokens = 512\n")
    path = tmp_path / "home" / "freshpress.toml"
    path.write_text(path.read_text().replace("shard_documents = 8", "shard_documents = 2"))
    add_tiny_model(made, tmp_path / "m")
    return open_workspace(tmp_path / "home")


def begin(workspace: Workspace) -> subprocess.Popen[bytes]:
    words = ("score", "--model", "m", "--device", "cpu", "--token-bits")
    command = [sys.executable, "-m", "cli", "--home", str(workspace.home.root), *words]
    # What it says goes to a file: the process of a model ends a moment after the one that was killed.
    with said(workspace).open("w") as lines:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=lines)


def said(workspace: Workspace) -> Path:
    return workspace.home.root / "said"


def shards(workspace: Workspace) -> dict[str, tuple[int, int]]:
    """Return the shards on disk, and what would change if one were written again."""
    paths = workspace.home.scoring.rglob("shard-*.jsonl")
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in paths}


def test_twenty_kills_change_no_bit_and_no_shard_is_scored_twice(workspace, tmp_path):
    shutil.copytree(workspace.home.root, tmp_path / "whole")
    whole = open_workspace(tmp_path / "whole")
    assert begin(whole).wait(timeout=900) == 0, said(whole).read_text()
    shard_count = len(shards(whole))
    assert shard_count > KILLS

    chance = random.Random(2404)
    seen: dict[str, tuple[int, int]] = {}
    for at in sorted(chance.sample(range(1, shard_count), KILLS)):
        job = begin(workspace)
        while len(shards(workspace)) < at:
            assert job.poll() is None, said(workspace).read_text()
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.02))
        os.kill(job.pid, signal.SIGKILL)
        assert job.wait() == -signal.SIGKILL
        seen |= {name: seen.get(name, written) for name, written in shards(workspace).items()}
    assert begin(workspace).wait(timeout=900) == 0, said(workspace).read_text()

    finished = shards(workspace)
    assert finished.keys() == shards(whole).keys()
    assert {name: finished[name] for name in seen} == seen
    for query in (SCORES, TOKENS):
        assert ask(workspace, query) == ask(whole, query)
    outcomes = ask(workspace, "SELECT job LIKE 'score m@%', outcome, count(*) FROM job_runs GROUP BY ALL ORDER BY ALL")
    assert {row[:2] for row in outcomes} == {
        (is_part, outcome) for is_part in (False, True) for outcome in ("done", "interrupted")
    }
    assert [count for is_part, outcome, count in outcomes if outcome == "done"] == [1, 1]
