"""How far the protocol alone moves a model's number, and that nothing of it is stored."""

import pytest

from schedules.protocols import own_protocols
from schedules.sensitivity import (
    COLUMNS,
    SensitivityQuestion,
    Trial,
    Variant,
    compare_trials,
    difference_percent,
    draw_texts,
    sensitivity,
)
from schedules.workspace import open_workspace
from scoring.protocols import find_protocol
from storage.errors import InputError, ScoringError
from storage.records import Score
from tests.schedules.scored_home import add_tiny_model, ask, make_home, seal
from tests.scoring import tiny
from tests.storage.builders import make

OWN = "\n[scoring.protocols.short]\nlike = 'document'\nwindow_tokens = 24\nstride_tokens = 8\n"


def variant(name, **fields):
    return Variant(name, find_protocol(fields.pop("protocol", name)), "float32", 1000, **fields)


def trial(model_id, what, **bits):
    """One model in one variant; every text has 10 characters."""
    scores = {
        name: make(Score, document_id=name, total_bits=total, char_count=10, byte_count=10, token_count=4)
        for name, total in bits.items()
    }
    return Trial(model_id, what, scores, None)


def told(trials):
    rows, notes = compare_trials(trials)
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows], notes


DOCUMENT, PAPER = variant("document"), variant("paper")
HALF = variant("document in bfloat16", protocol="document", is_same_protocol=True)


# --- the texts ------------------------------------------------------------------------------------------------


def test_texts_are_drawn_by_seed_from_every_source_in_turn():
    given = [text for source in ("arxiv", "github") for text in tiny.texts(*"abcdefgh", source=source)]
    drawn = draw_texts(given, 6, seed=1)
    assert [text.source for text in drawn] == ["arxiv", "github"] * 3
    assert drawn == draw_texts(reversed(given), 6, seed=1)
    assert drawn != draw_texts(given, 6, seed=2)
    assert drawn[:4] == draw_texts(given, 4, seed=1)


def test_a_source_that_runs_out_leaves_its_turns_to_the_others():
    given = [*tiny.texts("a", source="arxiv"), *tiny.texts("b", "c", "d", source="github")]
    assert len(draw_texts(given, 9, seed=1)) == 4


# --- the comparison -------------------------------------------------------------------------------------------


def test_differences_are_of_the_texts_that_both_have():
    whole, part = trial("m", DOCUMENT, a=20.0, b=40.0), trial("m", PAPER, a=22.0)
    assert difference_percent(part, whole) == pytest.approx(10)
    assert difference_percent(trial("m", PAPER), whole) is None


def test_the_spread_is_between_protocols_and_format_beside_its_own_protocol():
    rows, notes = told([
        trial("m", DOCUMENT, a=20.0),
        trial("m", PAPER, a=18.0),
        trial("m", HALF, a=20.2),
    ])  # fmt: skip
    assert [row["difference_percent"] for row in rows] == pytest.approx([0, -10, 1])
    assert [row["beside"] for row in rows] == ["document"] * 3
    assert [row["bits_per_character"] for row in rows] == pytest.approx([2.0, 1.8, 2.02])
    assert notes == [
        (
            "m: 2 protocols on the same texts spread over 10.00 % (paper -10.00 %, document +0.00 % beside document); "
            "format and batch size move it by 1 %"
        )
    ]


def test_ranks_that_a_protocol_changes_are_shown():
    rows, _ = told([
        trial("m", DOCUMENT, a=20.0), trial("m", PAPER, a=20.0),
        trial("n", DOCUMENT, a=21.0), trial("n", PAPER, a=19.0),
    ])  # fmt: skip
    assert [(row["rank"], row["rank_change"]) for row in rows] == [(1, 0), (2, 1), (2, 0), (1, -1)]


def test_a_model_that_only_one_protocol_can_have_changes_nobody_s_rank():
    rows, notes = told([
        trial("m", DOCUMENT, a=20.0), trial("m", PAPER, a=20.0),
        trial("n", DOCUMENT, a=21.0), trial("n", PAPER, a=21.0),
        trial("short", DOCUMENT), trial("short", PAPER, a=1.0),
    ])  # fmt: skip
    assert [row["rank"] for row in rows] == [1, 2, 2, 3, None, 1]
    assert [row["rank_change"] for row in rows] == [0, 0, 0, 0, None, 0]
    assert notes[-1] == "short: paper alone gives a score"


def test_models_that_were_scored_on_different_texts_have_no_rank():
    rows, _ = told([trial("m", DOCUMENT, a=20.0), trial("n", DOCUMENT, a=21.0, b=3.0)])
    assert [row["rank"] for row in rows] == [None, None]


# --- the whole ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sensitivity")
    workspace = make_home(folder / "home", text_count=9, char_count=120)
    seal(workspace, "empty", [])
    add_tiny_model(workspace, folder / "gpt2-tiny")
    with (folder / "home" / "freshpress.toml").open("a") as settings:
        settings.write(OWN)
    return folder / "home"


def test_every_protocol_is_tried_and_no_score_is_stored(root, capsys):
    workspace = open_workspace(root)
    table = sensitivity(workspace, SensitivityQuestion("2026-10", text_count=6))
    rows = {row["variant"]: row for row in (dict(zip(table.columns, one, strict=True)) for one in table.rows)}
    assert list(rows) == [
        "document", "document_512", "paper", "lm_eval", "short", "document in bfloat16", "document, batches of 2048",
    ]  # fmt: skip
    assert rows["document"]["text_count"] == rows["short"]["text_count"] == 6
    assert rows["document"]["difference_percent"] == 0
    assert abs(rows["short"]["difference_percent"]) > 0.01
    assert rows["short"]["protocol_id"] == own_protocols(workspace.settings.scoring)[0].protocol_id
    assert abs(rows["document, batches of 2048"]["difference_percent"]) < 1e-3
    assert rows["paper"]["text_count"] == 0
    assert "arxiv has" in rows["paper"]["remark"]
    assert "4 protocols on the same texts spread over" in capsys.readouterr().err
    assert (
        ask(workspace, "SELECT count(*) FROM scores") == ask(workspace, "SELECT count(*) FROM scoring_runs") == [(0,)]
    )
    assert ask(workspace, "SELECT count(*) FROM protocols") == [(0,)]


def test_what_cannot_be_asked_is_said(root):
    workspace = open_workspace(root)
    with pytest.raises(InputError, match="empty holds no text to score; name another snapshot"):
        sensitivity(workspace, SensitivityQuestion("empty"))
    with pytest.raises(ScoringError, match="no model but codecs was asked for"):
        sensitivity(workspace, SensitivityQuestion("2026-10", ("zstd@19",)))
