"""What a bench prints, and when it says that a target holds."""

import csv
import io

import pytest

from bench.figures import COLUMNS, best_seconds, less_is_better, more_is_better, run_bench
from storage.errors import FreshpressError

FAST = more_is_better("signatures_vs_daft", "MB/s", 200.0, "Daft minhash", 50.0, 1.5)
LARGE = less_is_better("peak_memory_1m", "MiB", 8192.0, "4 GiB", 4096.0, 1.0)


def test_bigger_ratios_are_better_whatever_is_measured():
    assert (FAST.ratio, FAST.holds) == (4.0, True)
    assert (LARGE.ratio, LARGE.holds) == (0.5, False)


def test_a_row_has_the_columns_of_the_design(capsys):
    assert run_bench(lambda _is_quick: [FAST], "", ["--format", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [list(COLUMNS), ["signatures_vs_daft", "MB/s", "200", "Daft minhash", "50", "4", "1.5", "yes"]]


def test_a_target_that_does_not_hold_is_said_and_ends_with_one(capsys):
    assert run_bench(lambda _is_quick: [FAST, LARGE], "", []) == 1
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == ["holds", "yes", "NO"]


def test_a_missing_peer_is_one_sentence_and_no_row(capsys):
    def measure(_is_quick):
        yield FAST
        raise FreshpressError("rensa cannot be imported; `make bench-env` installs the peers.")

    with pytest.raises(SystemExit, match="make bench-env"):
        run_bench(measure, "", [])
    assert capsys.readouterr().out == ""


def test_the_quick_run_is_asked_for():
    asked = []
    run_bench(lambda is_quick: asked.append(is_quick) or [], "", ["--quick"])
    assert asked == [True]


def test_runs_take_turns():
    turns = []
    assert len(best_seconds(lambda: turns.append("a"), lambda: turns.append("b"), rounds=3)) == 2
    assert turns == ["a", "b"] * 3
