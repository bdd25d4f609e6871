"""Fits of benchmark results on compression: who enters, who does not and why, and what is said about it."""

from itertools import product

import pytest

from analysis.correlation import Bootstrap, correlate
from analysis.fit_points import FitRules
from analysis.listings import (
    correlation_notes,
    correlation_table,
    curve_table,
    order_table,
    short_correlation_table,
)
from analysis.points import AREA_SOURCES, CompressionPoint, CorrelationInput, Exclusion, LeftOut
from storage.records import BenchmarkResult

QUICK = Bootstrap(draws=100, seed=1)


def result(model: str, benchmark: str, value: float, area: str = "coding", setting: str = "") -> BenchmarkResult:
    return BenchmarkResult(model, benchmark, setting, "me", area, value, None, None)


def material(count: int = 6, *, families: int = 6, **changes) -> CorrelationInput:
    """Models m0, m1, … with two coding benchmarks, on code alone."""
    models = [f"m{at}" for at in range(count)]
    wobble = [0.0, 0.02, -0.01, 0.03, -0.02, 0.01, 0.0, 0.02]
    fields = {
        "reported_by": "me",
        "compressions": tuple(
            CompressionPoint(m, f"f{at % families}", "github", 0.3 + at / 20) for at, m in enumerate(models)
        ),
        "benchmarks": tuple(
            result(m, benchmark, 0.8 - at / 10 + wobble[at] + shift)
            for (at, m), (benchmark, shift) in product(enumerate(models), (("HumanEval", 0.0), ("MBPP", 0.1)))
        ),
    }
    return CorrelationInput(**(fields | changes))


def coding(given: CorrelationInput):
    return next(fit for fit in correlate(given, bootstrap=QUICK) if fit.area == "coding")


def test_the_area_score_is_the_mean_of_its_benchmarks():
    fit = coding(material())
    assert fit.n == 6
    assert fit.source == "github"
    assert fit.points[1].value == pytest.approx(0.8 - 0.1 + 0.02 + 0.05)
    assert fit.pearson < -0.95
    assert fit.interval_low < fit.pearson < fit.interval_high
    assert fit.interval_by == "family"
    assert fit.remark is None


def test_there_is_one_row_overall_and_one_per_area():
    assert [fit.area for fit in correlate(material(), bootstrap=QUICK)] == ["overall", "knowledge", "coding", "math"]


def test_there_is_one_row_per_benchmark():
    rows = [(fit.area, fit.benchmark, fit.n) for fit in correlate(material(), "benchmark", QUICK)]
    assert rows == [("coding", "HumanEval", 6), ("coding", "MBPP", 6)]


def test_overall_is_the_mean_of_area_scores_on_the_mean_of_sources():
    models = ["a", "b", "c"]
    values = {"knowledge": [0.6, 0.5, 0.3], "coding": [0.3, 0.3, 0.1], "math": [0.3, 0.1, 0.2]}
    given = CorrelationInput(
        reported_by="me",
        compressions=tuple(
            CompressionPoint(m, m, source, bits + at / 10)
            for source, bits in (("common_crawl", 0.6), ("github", 0.3), ("arxiv", 0.3))
            for at, m in enumerate(models)
        ),
        # Two benchmarks of knowledge count as one area, not twice.
        benchmarks=tuple(
            result(m, f"{area}{copy}", values[area][at], area)
            for area in AREA_SOURCES
            for copy in range(2 if area == "knowledge" else 1)
            for at, m in enumerate(models)
        ),
    )
    overall = correlate(given, bootstrap=QUICK)[0]
    assert [(p.bits_per_character, p.value) for p in overall.points] == [
        (pytest.approx(0.4), pytest.approx(0.4)),
        (pytest.approx(0.5), pytest.approx(0.3)),
        (pytest.approx(0.6), pytest.approx(0.2)),
    ]
    assert overall.pearson == pytest.approx(-1.0)


def test_a_model_enters_an_area_only_with_all_its_benchmarks():
    given = material()
    fit = coding(material(benchmarks=given.benchmarks[:-1]))
    assert fit.n == 5
    assert fit.left_out == (LeftOut("m5", "coding", "no result of MBPP"),)
    by_benchmark = correlate(material(benchmarks=given.benchmarks[:-1]), "benchmark", QUICK)
    assert [(row.benchmark, row.n) for row in by_benchmark] == [("HumanEval", 6), ("MBPP", 5)]


def test_a_model_without_compression_is_left_out_with_the_reason_known():
    given = material()
    lacking = material(
        compressions=given.compressions[1:],
        left_out=(LeftOut("m0", "github", "scored 1 of 2 texts"),),
    )
    assert coding(lacking).left_out == (
        LeftOut("m0", "coding", "no compression on github (scored 1 of 2 texts)"),
    )  # fmt: skip


def test_a_model_without_results_is_left_out():
    given = material()
    extra = (*given.compressions, CompressionPoint("bare", "f", "github", 0.5))
    assert coding(material(compressions=extra)).left_out == (LeftOut("bare", "coding", "no coding results"),)


def test_a_model_that_never_became_a_point_is_listed_in_every_fit():
    never = LeftOut("old", "all", "never fresh: knowledge cutoff and release date are unknown")
    for fit in correlate(material(left_out=(never,)), bootstrap=QUICK):
        assert LeftOut("old", fit.area, never.reason) in fit.left_out


def test_an_exclusion_holds_in_its_area_and_not_overall():
    fits = correlate(material(exclusions=(Exclusion("coding", "m2", "trained on it", None),)), bootstrap=QUICK)
    reasons = {fit.area: [row.reason for row in fit.left_out if row.model_id == "m2"] for fit in fits}
    assert reasons["coding"] == ["trained on it"]
    assert "trained on it" not in reasons["overall"]
    by_benchmark = correlate(
        material(exclusions=(Exclusion("coding", "m2", "trained on it", None),)), "benchmark", QUICK
    )
    assert [fit.n for fit in by_benchmark] == [5, 5]


def test_settings_of_one_benchmark_are_benchmarks_of_their_own():
    given = material()
    both = (*given.benchmarks, *(result(f"m{at}", "MBPP", 0.1 * at, setting="instructed") for at in range(6)))
    labels = [fit.benchmark for fit in correlate(material(benchmarks=both), "benchmark", QUICK)]
    assert labels == ["HumanEval", "MBPP ()", "MBPP (instructed)"]


def test_under_five_families_models_are_drawn_and_it_says_so():
    fit = coding(material(families=4))
    assert fit.interval_by == "model"
    assert fit.remark == "4 families, fewer than 5: the interval is clustered by model"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_under_three_models_there_is_a_row_without_a_coefficient(count):
    fit = coding(material(count))
    assert (fit.n, fit.pearson, fit.rmse, fit.interval_low, fit.interval_by) == (count, None, None, None, None)
    assert fit.remark == f"{count} models, a coefficient takes at least 3"


def test_equal_compression_has_no_coefficient():
    given = material()
    flat = tuple(CompressionPoint(p.model_id, p.family, p.source, 0.5) for p in given.compressions)
    fit = coding(material(compressions=flat))
    assert (fit.pearson, fit.n) == (None, 6)
    assert fit.remark == "all 6 models have the same bits per character, so there is no coefficient"


def test_order_of_rows_does_not_matter():
    given = material()
    turned = material(compressions=given.compressions[::-1], benchmarks=given.benchmarks[::-1])
    assert coding(given) == coding(turned)


def test_the_tables_carry_models_and_reasons():
    fits = correlate(material(exclusions=(Exclusion("coding", "m2", "trained on it", None),)), bootstrap=QUICK)
    table = correlation_table(fits)
    row = dict(zip(table.columns, table.rows[2], strict=True))
    assert row["models"] == ("m0", "m1", "m3", "m4", "m5")
    assert row["left_out"] == ("m2: trained on it",)
    assert "benchmark" not in short_correlation_table(fits).columns
    assert "remark" in short_correlation_table(fits).columns
    assert "coding: left out m2: trained on it." in correlation_notes(fits)


def three_areas() -> CorrelationInput:
    """Six models on all sources; knowledge has three benchmarks, the other areas one."""
    models = [f"m{at}" for at in range(6)]
    wobble = [0.0, 0.02, -0.01, 0.03, -0.02, 0.01]
    return CorrelationInput(
        reported_by="me",
        compressions=tuple(
            CompressionPoint(m, f"f{at}", source, shift + at / 20)
            for source, shift in (("common_crawl", 0.6), ("github", 0.3), ("arxiv", 0.4))
            for at, m in enumerate(models)
        ),
        benchmarks=tuple(
            result(m, f"{area}{copy}", 0.8 - at / 10 + wobble[at] - copy / 20, area)
            for area in AREA_SOURCES
            for copy in range(3 if area == "knowledge" else 1)
            for at, m in enumerate(models)
        ),
    )


def test_every_area_can_be_set_against_one_source():
    fits = {fit.area: fit for fit in correlate(three_areas(), FitRules(source="github"), QUICK)}
    assert {fit.source for fit in fits.values()} == {"github"}
    for area in ("knowledge", "overall"):
        assert [p.bits_per_character for p in fits[area].points] == pytest.approx([0.3 + at / 20 for at in range(6)])


def test_overall_can_be_the_mean_of_all_benchmarks():
    by_area, by_benchmark = (
        correlate(three_areas(), FitRules(overall_of=what), QUICK)[0] for what in ("area", "benchmark")
    )
    # Of m0: areas 0.75, 0.8 and 0.8; benchmarks 0.8, 0.75, 0.7, 0.8 and 0.8.
    assert by_area.points[0].value == pytest.approx(2.35 / 3)
    assert by_benchmark.points[0].value == pytest.approx(3.85 / 5)


def test_the_slope_has_an_interval_and_the_ranks_a_coefficient():
    fit = coding(material())
    assert fit.slope_low < fit.slope < fit.slope_high < 0
    assert fit.spearman == pytest.approx(-1)
    assert fit.kendall == pytest.approx(-1)
    assert fit.rmse < fit.leave_one_out_rmse


def test_points_on_a_line_have_every_number_but_intervals():
    exact = material(benchmarks=tuple(result(f"m{at}", "HumanEval", 0.8 - at / 10) for at in range(6)))
    fit = coding(exact)
    assert fit.remark == "the points lie exactly on a line: there is no interval"
    assert (fit.pearson, fit.interval_low, fit.interval_by, fit.slope_low) == (pytest.approx(-1), None, None, None)
    assert fit.leave_one_out_rmse == pytest.approx(0, abs=1e-9)


def test_the_tables_hold_line_and_logarithm():
    fits = [fit for fit in correlate(material(), bootstrap=QUICK) if fit.area in ("overall", "coding")]
    assert order_table(fits).columns == ("area", "spearman", "kendall", "slope", "slope_low", "slope_high")
    assert [row[:2] for row in curve_table(fits).rows] == [("coding", "line"), ("coding", "logarithm")]
    row = dict(zip(correlation_table(fits).columns, correlation_table(fits).rows[1], strict=True))
    assert row["logarithm_rmse"] == fits[1].logarithm.rmse
    assert row["logarithm_gain_low"] == fits[1].logarithm.gain_low
    (verdict,) = [note for note in correlation_notes(fits) if "held-out RMSE" in note]
    assert verdict.startswith("coding: line and logarithm are not told apart")
