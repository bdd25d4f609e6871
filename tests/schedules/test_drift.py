"""What moves with time, asked of a home: anchors that `score` brings along, answers by snapshot, month and cutoff."""

import json

import pytest
from click.testing import CliRunner

from cli import cli
from schedules.drift import DriftQuestion, drift
from schedules.measure import Wanted, plan_scoring, score
from schedules.workspace import Workspace, open_workspace
from storage import lake, models
from storage.errors import ComparisonError, ConfigError, InputError
from tests.schedules import scored_home
from tests.schedules.scored_home import OCTOBER, add_questions, add_tiny_model, make_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a home with two snapshots, a tiny model on both and a codec on the first, which is only read."""
    folder = tmp_path_factory.mktemp("drift")
    workspace = make_home(folder / "home", text_count=12)
    add_tiny_model(workspace, folder / "m")
    score(plan_scoring(workspace, Wanted(device="cpu")))
    scored_home.seal(workspace, "2026-11", ["A text of November. " * 20, "Another one. " * 30, "And a third. " * 25])
    score(plan_scoring(workspace, Wanted(snapshot_id="2026-11", model_names=("m",), device="cpu")))
    return workspace


def with_anchors(workspace: Workspace, *names: str) -> Workspace:
    listed = ", ".join(f'"{name}"' for name in names)
    with (workspace.home.root / "freshpress.toml").open("a") as settings:
        settings.write(f"\n[analysis]\nanchors = [{listed}]\n")
    return open_workspace(workspace.home.root)


def run(workspace: Workspace, *arguments: str):
    return CliRunner().invoke(cli, ["--home", str(workspace.home.root), "drift", *arguments], catch_exceptions=False)


@pytest.mark.slow
def test_an_anchor_is_scored_on_every_snapshot_also_when_it_is_deactivated(tmp_path):
    workspace = make_home(tmp_path / "home", text_count=3)
    model_id = add_tiny_model(workspace, tmp_path / "m")
    add_questions(workspace, tmp_path / "quiz", "What is it?")
    lake.write(workspace.home, "deactivate", lambda connection: models.deactivate_model(connection, "m"))
    assert [model.model_id for model in plan_scoring(workspace, Wanted()).models] == ["zstd@19"]
    workspace = with_anchors(workspace, "m", "zstd@19")
    assert [model.model_id for model in plan_scoring(workspace, Wanted()).models] == ["zstd@19", model_id]
    # Whoever names models means those; items of a reference set are no snapshot.
    assert len(plan_scoring(workspace, Wanted(model_names=("zstd@19",))).models) == 1
    add_tiny_model(workspace, tmp_path / "other", "llama")
    assert model_id not in [m.model_id for m in plan_scoring(workspace, Wanted("reference:quiz")).models]


@pytest.mark.slow
def test_an_anchor_that_nobody_registered_is_refused(tmp_path):
    workspace = with_anchors(make_home(tmp_path / "home", text_count=3), "gpt-x")
    with pytest.raises(ConfigError, match=r"\[analysis\] anchors names 'gpt-x', and no model here is called that"):
        plan_scoring(workspace, Wanted())
    with pytest.raises(ConfigError, match="'gpt-x'"):
        drift(workspace.home.root, DriftQuestion())


@pytest.mark.slow
def test_snapshots_stand_raw_and_adjusted_with_the_reason_where_an_anchor_is_missing(home):
    shown = run(home, "m").stdout
    assert "bits_per_character" in shown
    assert "adjusted_bits_per_character" in shown
    assert "Anchors: zstd@19." in shown
    assert "2026-11, github: zstd@19 is not scored on 2026-11." in shown
    rows = json.loads(run(home, "m", "--format", "json").stdout)
    by_place = {(row["snapshot_id"], row["source"]): row for row in rows}
    assert set(by_place) == {(s, source) for s in (OCTOBER, "2026-11") for source in (*scored_home.SOURCES, None)}
    first = by_place[OCTOBER, "github"]
    assert first["adjusted_bits_per_character"] == pytest.approx(first["bits_per_character"])
    assert by_place["2026-11", "github"]["adjusted_bits_per_character"] is None


@pytest.mark.slow
def test_months_and_cutoffs_are_answered_too(home):
    months = json.loads(run(home, "--by", "month", "--format", "json").stdout)
    assert {(row["model_id"].partition("@")[0], row["months_after_cutoff"]) for row in months} == {
        ("m", 9), ("zstd", None),
    }  # fmt: skip
    (row, *_) = json.loads(run(home, "m", "--by", "cutoff", "--format", "json").stdout)
    assert row["outcome"] == "not identifiable"
    assert "all texts are after 2026-01, the declared month." in run(home, "m", "--by", "cutoff").stdout


@pytest.mark.slow
def test_a_model_or_protocol_without_scores_is_told(home):
    with pytest.raises(InputError, match="there is no model 'nobody'"):
        drift(home.home.root, DriftQuestion(names=("nobody",)))
    with pytest.raises(ComparisonError, match=r"no snapshot is scored by lm_eval@\w+; `freshpress score` does that"):
        drift(home.home.root, DriftQuestion(protocol="lm_eval"))
