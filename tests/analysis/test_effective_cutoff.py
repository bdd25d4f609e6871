"""The effective cutoff: how often none is claimed, how often the interval holds it, and what is said of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from analysis.correlation import Bootstrap
from analysis.cutoff_findings import EffectiveCutoff
from analysis.effective_cutoff import effective_cutoffs
from analysis.time_scores import TimedModel, TimeScores
from tests.analysis.timed_texts import CODECS, Origin, model, timed_texts

DRAWN = Bootstrap(0.95, 500, 1)
# Months are counted from January 2024: the last one before the step.
DECEMBER = 11
TWO_YEARS = range(24)


def known_until(month: int, height: float) -> dict[int, float]:
    """Return what a model needs more of texts that it does not know."""
    return {later: height for later in TWO_YEARS if later > month}


def scored(seed: int, *models: tuple[TimedModel, dict[int, float]], origin: Origin | None = None) -> TimeScores:
    return timed_texts(np.random.default_rng(seed), dict(models) | {c: {} for c in CODECS}, origin or Origin())


def found(scores: TimeScores, source: str | None = "github") -> EffectiveCutoff:
    (row,) = (row for row in effective_cutoffs(None, "document@1", (), DRAWN, scores=scores) if row.source == source)
    return row


def repeated(count: int, height: float, origin: Origin, declared: str = "2024-12-31") -> Iterator[EffectiveCutoff]:
    """Yield what is found in many draws of texts, of a model that knows those of December 2024 and before."""
    one = (model("m", declared), known_until(DECEMBER, height) if height else {})
    yield from (found(scored(seed, one, origin=origin)) for seed in range(count))


@pytest.mark.slow
@pytest.mark.parametrize(
    "origin",
    [
        Origin(),
        Origin(month_noise=0.02),
        Origin(cluster_count=12, text_count=25),
        Origin(month_count=8),
    ],
    ids=["few clusters again and again", "months that differ beyond their texts", "hardly any texts", "eight months"],
)
def test_without_a_step_one_in_twenty_claims_one(origin):
    claims = [row.outcome == "change" for row in repeated(250, 0.0, origin)]
    # 5 % and two standard errors of 250 trials.
    assert np.mean(claims) <= 0.078


@pytest.mark.slow
@pytest.mark.parametrize("origin", [Origin(), Origin(month_noise=0.01), Origin(cluster_count=400)])
def test_a_step_of_five_percent_is_found_and_the_interval_holds_its_month(origin):
    rows = [row for row in repeated(100, 0.05, origin) if row.outcome == "change"]
    assert len(rows) >= 95
    held = [(row.interval_low_on or date.min) <= date(2024, 12, 1) <= row.interval_high_on for row in rows]
    assert np.mean(held) >= 0.93
    # The declared month is the true one, so a contradiction is an interval that misses it.
    assert [row.is_contradicted for row in rows] == [not one for one in held]


def test_a_cutoff_that_is_later_than_declared_is_said():
    row = found(scored(1, (model("m", "2024-06-30"), known_until(DECEMBER, 0.08))))
    assert (row.outcome, row.effective_on, row.is_contradicted) == ("change", date(2024, 12, 1), True)
    assert row.interval_low_on > date(2024, 6, 1)
    assert row.change_percent == pytest.approx(100 * np.expm1(0.08), abs=2)
    assert row.finding.startswith("seems to know texts until 2024-12 (")
    assert "CONTRADICTED: a cutoff in 2024-06 is declared; texts after 2024-07-30 count as new, and" in row.finding
    assert row.finding.endswith("those until 2024-12 are not.")


def test_what_the_margin_covers_is_said_too():
    row = found(scored(1, (model("m", "2024-11-30"), known_until(DECEMBER, 0.15))))
    assert row.is_contradicted
    assert row.finding.endswith("CONTRADICTED: a cutoff in 2024-11 is declared; the margin after it covers that.")


def test_a_cutoff_that_is_earlier_than_declared_is_said():
    row = found(scored(2, (model("m", "2025-06-30"), known_until(DECEMBER, 0.08))))
    assert row.is_contradicted
    assert row.finding.endswith("CONTRADICTED: a cutoff in 2025-06 is declared, which is later.")


def test_a_cutoff_as_declared_is_said():
    row = found(scored(3, (model("m", "2024-12-31"), known_until(DECEMBER, 0.08))))
    assert not row.is_contradicted
    assert row.finding.endswith("It does not contradict a cutoff in 2024-12, as declared.")


def test_a_release_is_contradicted_only_by_what_is_known_after_it():
    released = replace(model("m", "2025-06-30"), rests_on="released_on")
    assert not found(scored(2, (released, known_until(DECEMBER, 0.08)))).is_contradicted
    early = replace(model("m", "2024-06-30"), rests_on="released_on")
    row = found(scored(2, (early, known_until(DECEMBER, 0.08))))
    assert row.is_contradicted
    assert "CONTRADICTED: a release in 2024-06 is declared; texts after" in row.finding


def test_of_texts_after_the_cutoff_only_nothing_is_claimed():
    row = found(scored(4, (model("m", "2023-03-31"), {})))
    assert (row.outcome, row.effective_on, row.is_contradicted) == ("not identifiable", None, False)
    assert row.finding.startswith(
        "not identifiable: all texts are after 2023-03, the declared month, and show no change"
    )
    assert "Needed are texts from before it: snapshots of earlier windows" in row.finding


def test_of_texts_before_the_cutoff_only_nothing_is_claimed():
    row = found(scored(4, (model("m", "2025-12-31"), {})))
    assert row.outcome == "not identifiable"
    assert "all texts are of 2025-12, the declared month or before" in row.finding
    assert row.finding.endswith("Needed are later texts: the model's scores on later snapshots.")


def test_texts_on_both_sides_without_a_change_are_told_with_what_would_be_found():
    row = found(scored(4, (model("m", "2024-12-31"), {})))
    assert row.outcome == "no change"
    assert row.finding.startswith("no change between 2024-01 and 2025-12; a step of ")
    assert 0.5 < row.detectable_percent < 5


def test_too_few_months_or_clusters_are_told():
    row = found(scored(5, (model("m", "2023-03-31"), {}), origin=Origin(month_count=4)))
    assert (row.outcome, row.month_count, row.p_value) == ("not identifiable", 4, None)
    assert row.finding.endswith("and 6 months with texts of at least 5 origins, of which there are 4.")
    row = found(scored(5, (model("m"), {}), origin=Origin(cluster_count=3)))
    assert (row.month_count, row.declared_on) == (0, None)
    assert row.finding == (
        "not identifiable: needed are 6 months with texts of at least 5 origins, of which there are 0; score it, and "
        "the anchors, on more snapshots."
    )


def test_without_anchors_there_is_nothing_to_hold_a_model_against():
    texts = timed_texts(np.random.default_rng(6), {model("m", "2024-12-31"): known_until(DECEMBER, 0.2)}, Origin())
    assert found(texts).finding.startswith("not identifiable: nothing to hold it against. Score a codec, or name")


def test_a_month_that_is_harder_for_all_is_no_cutoff():
    harder = Origin(difficulty=dict.fromkeys(range(12, 24), 0.3))
    assert found(scored(7, (model("m", "2024-12-31"), {}), origin=harder)).outcome == "no change"


def test_the_sources_of_a_model_may_know_texts_until_different_months():
    scores = scored(8, (model("m", "2024-12-31"), {}), origin=Origin(sources=("arxiv", "github")))
    is_later = (scores.month > scores.month.min() + DECEMBER) & (scores.source == 1)
    scores.bits[0, is_later] *= 1.1
    assert found(scores, "arxiv").outcome == "no change"
    assert found(scores, "github").effective_on == date(2024, 12, 1)
    assert found(scores, None).outcome == "change"


def test_many_models_make_no_more_false_claims_than_one():
    models = [(model(f"m{number:02d}", "2024-12-31"), {}) for number in range(40)]
    rows = effective_cutoffs(None, "document@1", (), DRAWN, scores=scored(9, *models))
    assert min(row.p_value for row in rows) < 0.05
    assert not [row.model_id for row in rows if row.outcome == "change"]
    seen = [*models[:-1], (models[-1][0], known_until(DECEMBER, 0.1))]
    rows = effective_cutoffs(None, "document@1", (), DRAWN, scores=scored(9, *seen))
    assert {row.model_id for row in rows if row.outcome == "change"} == {"m39"}
