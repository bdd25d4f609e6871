"""What compression says of a model's scores: held out, with an interval, and never without saying what to mind."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from analysis.correlation import Bootstrap, correlate
from analysis.fit_points import FitRules
from analysis.gathering import gather_scores
from analysis.points import AREA_SOURCES, CompressionPoint, CorrelationInput, Exclusion, LeftOut
from analysis.prediction import predict, predict_model
from storage.records import BenchmarkResult

QUICK = Bootstrap(draws=100)
WOBBLE = [0.01, -0.02, 0.02, -0.01, 0.015, -0.01, 0.0, 0.02, -0.015, 0.01]
NAMES = [f"m{at}" for at in range(10)]


def bits(at: int, source: str) -> float:
    return 0.4 + 0.03 * at + (0.2 if source == "common_crawl" else 0.0)


def score(at: int, area: str) -> float:
    return 1.1 - bits(at, AREA_SOURCES[area]) + WOBBLE[at]


def material(**changes) -> CorrelationInput:
    """Ten models in ten families, one benchmark an area; score = 1.1 − bits per character, give or take."""
    fields = {
        "reported_by": "me",
        "compressions": tuple(
            CompressionPoint(name, f"f{at}", source, bits(at, source))
            for at, name in enumerate(NAMES)
            for source in AREA_SOURCES.values()
        ),
        "benchmarks": tuple(
            BenchmarkResult(name, f"{area} test", "", "me", area, score(at, area), None, None)
            for at, name in enumerate(NAMES)
            for area in AREA_SOURCES
        ),
    }
    return CorrelationInput(**(fields | changes))


def predictions(model: str, given: CorrelationInput | None = None, rules: FitRules | None = None):
    given, rules = given or material(), rules or FitRules()
    fits = correlate(given, rules, QUICK)
    return {row.area: row for row in predict_model(given, rules, fits, model, confidence=0.95)}


def test_the_prediction_is_the_line_of_the_other_models():
    found = predictions("m4")
    assert list(found) == ["overall", "knowledge", "coding", "math"]
    x = np.array([bits(at, "github") for at in range(10) if at != 4])
    y = np.array([score(at, "coding") for at in range(10) if at != 4])
    line = stats.linregress(x, y)
    coding = found["coding"]
    assert coding.bits_per_character == pytest.approx(0.52)
    assert coding.predicted == pytest.approx(line.intercept + line.slope * 0.52)
    assert coding.value == pytest.approx(score(4, "coding"))
    assert (coding.n, coding.family_count, coding.interval_by) == (9, 9, "family")
    assert coding.low < coding.value < coding.high
    assert coding.remark is None
    assert found["overall"].bits_per_character == pytest.approx((0.72 + 0.52 + 0.52) / 3)


def test_a_score_of_its_own_has_no_part_in_the_prediction():
    results = [replace(r, value=0.99) if r.model_id == "m4" else r for r in material().benchmarks]
    tuned = material(benchmarks=tuple(results))
    assert predictions("m4", tuned)["coding"].predicted == predictions("m4")["coding"].predicted
    assert predictions("m4", tuned)["coding"].value == 0.99


def test_a_model_without_results_is_predicted_by_all():
    given = material(benchmarks=tuple(r for r in material().benchmarks if r.model_id != "m4"))
    coding = predictions("m4", given)["coding"]
    assert (coding.n, coding.value) == (9, None)
    assert coding.predicted == predictions("m4")["coding"].predicted


def test_a_model_that_is_excluded_still_has_its_score_beside():
    given = material(exclusions=(Exclusion("coding", "m4", "trained on it", None),))
    coding = predictions("m4", given)["coding"]
    assert coding.value == pytest.approx(score(4, "coding"))
    assert coding.predicted == predictions("m4")["coding"].predicted


def test_beyond_the_models_of_the_fit_it_says_so():
    found = predictions("m9")["coding"]
    assert found.is_extrapolated
    assert found.remark == "extrapolated: the models of the fit need 0.4 to 0.64"
    assert (found.lowest_bits, found.highest_bits) == (pytest.approx(0.40), pytest.approx(0.64))
    assert not predictions("m4")["coding"].is_extrapolated


def test_the_interval_grows_with_the_distance():
    fit = correlate(material(), "area", QUICK)[2]
    near, far = (predict(fit, x, confidence=0.95) for x in (0.52, 1.0))
    assert far.high - far.low > 1.5 * (near.high - near.low)
    wider = predict(fit, 0.52, confidence=0.99)
    assert wider.low < near.low < near.high < wider.high


def test_a_line_that_leaves_the_scale_is_reported():
    fit = correlate(material(), "area", QUICK)[2]
    assert "the line leaves 0 to 1, where every score lies" in predict(fit, 2.0, confidence=0.95).remark


def test_a_model_without_compression_on_a_source_is_told_why():
    given = material(
        compressions=tuple(p for p in material().compressions if (p.model_id, p.source) != ("m4", "github")),
        left_out=(LeftOut("m4", "github", "scored 1 of 2 texts"),),
    )
    found = predictions("m4", given)
    assert found["math"].predicted is not None
    for area in ("coding", "overall"):
        assert found[area].predicted is None
        assert found[area].remark == "no compression on github (scored 1 of 2 texts)"


def test_a_model_that_never_became_a_point_is_told_why():
    given = material(left_out=(LeftOut("old", "all", "never fresh"),))
    assert {row.remark for row in predictions("old", given).values()} == {"never fresh"}


def test_under_five_families_models_are_drawn_and_it_says_so():
    points = tuple(replace(p, family=f"f{int(p.model_id[1]) % 3}") for p in material().compressions)
    found = predictions("m4", material(compressions=points))["coding"]
    assert found.interval_by == "model"
    assert found.remark == "3 families, fewer than 5: the interval is clustered by model"


def test_too_few_other_models_predict_nothing():
    few = tuple(r for r in material().benchmarks if r.model_id in ("m0", "m1", "m2"))
    found = predictions("m0", material(benchmarks=few))["coding"]
    assert found.predicted is None
    assert found.remark == "2 other models; a prediction takes at least 3, of different compression"


def test_benchmarks_are_predicted_one_by_one():
    rules = FitRules("benchmark")
    fits = correlate(material(), rules, QUICK)
    rows = predict_model(material(), rules, fits, "m4", confidence=0.95)
    assert [row.benchmark for row in rows] == ["knowledge test", "coding test", "math test"]
    assert all(row.value is not None for row in rows)


def test_own_scores_predict_as_well(october):
    for at in range(7):
        october.model(f"m{at}", released_on="2026-01-01", family=f"f{at}")
        needs = 0.4 + at / 20
        october.score(f"m{at}", {"g1": 100 * needs, "g2": 300 * needs, "a1": 200 * needs, "w1": 400 * needs})
        october.result(f"m{at}", "MBPP", 1 - needs + WOBBLE[at])
    october.model("unscored", released_on="2026-01-01")
    given = gather_scores(october.connection, "S", "document@1")
    found = predictions("m3", given)
    assert found["coding"].bits_per_character == pytest.approx(0.55)
    assert found["coding"].low < 0.45 < found["coding"].high
    assert found["math"].remark == "0 other models; a prediction takes at least 3, of different compression"
    assert predictions("unscored", given)["coding"].remark == "not scored on this snapshot by this protocol"


def test_codecs_are_asked_nothing():
    floor = CompressionPoint("xz@9e", "codec", "github", 1.5)
    found = predictions("xz@9e", material(floors=(floor,)))
    assert {row.remark for row in found.values()} == {"a codec, which no benchmark asks anything"}
