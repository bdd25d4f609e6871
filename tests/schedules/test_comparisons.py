"""The jobs behind `compare` and `gap`: names, refusals, and what is said of texts a model may have seen."""

from dataclasses import replace
from datetime import date

import pytest

from schedules.comparisons import CompareQuestion, compare, gap
from schedules.workspace import Workspace
from scoring.protocols import PROTOCOLS
from storage import lake, rows
from storage.errors import ComparisonError, InputError
from storage.records import LanguageModel, ModelAlias, Protocol, Score
from tests.schedules.scored_home import ask, make_home
from tests.storage.builders import make

BASE = LanguageModel("", "family", None, None, None, date(2026, 1, 31), None, "base", None, True)


@pytest.fixture(scope="module")
def scored(tmp_path_factory) -> Workspace:
    """A home of 48 texts, each a cluster of its own, with models of a known difference."""
    workspace = make_home(tmp_path_factory.mktemp("comparisons") / "home")
    document = next(one for one in PROTOCOLS if one.name == "document")
    texts = ask(
        workspace, "SELECT document_id, text_sha256, char_count, byte_count FROM documents ORDER BY document_id"
    )
    bits = {"good": (1.0, 1), "same": (1.0, 2), "bad": (1.5, 3)}

    def write(connection: lake.Connection) -> None:
        rows.insert(connection, [document], Protocol)
        models = [replace(BASE, model_id=f"{name}@1", family=name) for name in (*bits, "unscored")]
        models.append(replace(BASE, model_id="late@1", released_on=date(2026, 12, 1)))
        rows.insert(connection, models, LanguageModel)
        rows.insert(connection, [ModelAlias(model.model_id[:-2], model.model_id) for model in models], ModelAlias)
        for name, (ratio, step) in (bits | {"late": (1.2, 5)}).items():
            scores = [
                make(
                    Score, snapshot_id="2026-10", document_id=document_id, text_sha256=sha, model_id=f"{name}@1",
                    protocol_id=document.protocol_id, char_count=chars, byte_count=size,
                    total_bits=chars * (ratio + 0.01 * (at * step % 7)),
                )
                for at, (document_id, sha, chars, size) in enumerate(texts)
            ]  # fmt: skip
            rows.insert(connection, scores, Score)
        connection.execute("UPDATE documents SET cluster_key = document_id")

    lake.write(workspace.home, "add scores", write)
    return workspace


def test_two_models_are_told_apart(scored):
    answer = compare(scored.home.root, CompareQuestion(("good", "bad")))
    told = dict(zip(answer.whole.columns, answer.whole.rows[0], strict=True))
    assert (told["source"], told["first"], told["second"]) == ("mean of sources", "good@1", "bad@1")
    assert told["is_separated"]
    assert told["difference"] == pytest.approx(-0.5, abs=0.02)
    assert "published after 2026-03-02" in answer.notes[0]


def test_two_that_are_alike_come_with_a_plan(scored):
    answer = compare(scored.home.root, CompareQuestion(("good", "same")))
    assert any("more characters of this mix" in note for note in answer.notes)


def test_without_names_all_are_ranked(scored):
    answer = compare(scored.home.root, CompareQuestion())
    mean = dict(answer.titled)["mean of sources"]
    assert {row[1]: row[0] for row in mean.rows} == {"good@1": "1–2", "same@1": "1–2", "bad@1": "3"}
    assert mean.rows[-1][1] == "bad@1"
    notes = " ".join(answer.notes)
    assert "unscored@1: not scored on this snapshot by this protocol" in notes
    assert "late@1: fresh after 2026-12-31" in notes


def test_three_names_are_ranked_by_themselves(scored):
    answer = compare(scored.home.root, CompareQuestion(("bad", "good", "same")))
    assert {row[answer.whole.columns.index("model_id")] for row in answer.whole.rows} == {"good@1", "same@1", "bad@1"}


def test_texts_that_a_model_may_have_seen_are_warned_of(scored, capsys):
    answer = compare(scored.home.root, CompareQuestion(("good", "late"), all_texts=True))
    assert "warning: these are also texts that a model may have seen" in capsys.readouterr().err
    assert "also such as a model may have seen" in answer.notes[0]


@pytest.mark.parametrize(
    ("names", "error", "sentence"),
    [
        (("good",), InputError, "good is one model; name two models to compare"),
        (("good", "good@1"), InputError, "good, good@1 is one model"),
        (("good", "bad", "good"), InputError, "names a model twice"),
        (("good", "nobody"), InputError, "there is no model 'nobody'"),
        (("good", "unscored"), ComparisonError, "unscored@1: not scored on this snapshot by this protocol"),
        (("good", "late"), ComparisonError, "late@1: fresh after 2026-12-31"),
    ],
)
@pytest.mark.parametrize("job", ["compare", "gap"])
def test_what_cannot_be_compared_is_refused_with_its_reason(scored, job, names, error, sentence):
    question = CompareQuestion(names)
    with pytest.raises(error, match=sentence.replace("(", r"\(")):
        gap(scored.home.root, question, None) if job == "gap" else compare(scored.home.root, question)


def test_the_gap_of_each_table_adds_up(scored):
    answer = gap(scored.home.root, CompareQuestion(("bad", "good")), None)
    rows_of = [dict(zip(answer.whole.columns, row, strict=True)) for row in answer.whole.rows]
    whole = rows_of[0]["contribution"]
    for dimension in {row["dimension"] for row in rows_of}:
        assert sum(row["contribution"] for row in rows_of if row["dimension"] == dimension) == pytest.approx(whole)
    assert next(iter(dict(answer.titled))) == "bad@1 less good@1, bits per character"
    assert any("freshpress score --token-bits" in note for note in answer.notes)
