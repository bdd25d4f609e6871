"""The paper's correlations come back from the shipped tables."""

import csv

import pytest

from analysis.correlation import Bootstrap, correlate
from analysis.fit_points import FitRules
from analysis.imports import read_benchmarks, read_compression, read_models
from analysis.published import FOLDER, PAPER, correlate_published, gather_paper, published_tables
from storage.records import SOURCES

TOLERANCE = 0.001


@pytest.fixture(scope="module")
def per_area():
    return {fit.area: fit for fit in correlate_published()}


@pytest.fixture(scope="module")
def per_benchmark():
    return {fit.benchmark: fit for fit in correlate_published("benchmark")}


@pytest.mark.parametrize(
    ("area", "n", "pearson", "rmse"),
    [
        ("overall", 19, -0.931, 0.031),
        ("knowledge", 19, -0.935, 0.019),
        ("coding", 28, -0.937, 0.040),
        ("math", 19, -0.953, 0.031),
    ],
)
def test_the_four_headline_correlations_come_back(per_area, area, n, pearson, rmse):
    fit = per_area[area]
    assert fit.n == n
    assert fit.pearson == pytest.approx(pearson, abs=TOLERANCE)
    assert fit.rmse == pytest.approx(rmse, abs=TOLERANCE)
    assert fit.interval_low < fit.pearson < fit.interval_high < 0
    assert fit.interval_by == "family"
    assert fit.reported_by == PAPER


def recomputed_fit(row, per_area, per_benchmark):
    """Return the fit that a row of correlations.csv speaks of, by what its columns say."""
    is_average = row["benchmark"] == "Average"
    if row["area"] in ("knowledge", "coding", "math"):
        return per_area[row["area"]] if is_average else per_benchmark[row["benchmark"]]
    if row["area"] == "overall":
        is_by_area = row["benchmark"] == "mean of the three area averages"
        assert is_by_area or row["benchmark"] == "mean of the 12 benchmarks"
        return fits_of(FitRules(overall_of="area" if is_by_area else "benchmark"))["overall"]
    if row["benchmark"].startswith("MMLU (default"):
        (fit,) = correlate_published("benchmark", reported_by=f"{PAPER} Table 11")
        return fit
    # The wrong corpus: an area's average on another source, nobody excluded (math on cc has the three Qwen models).
    area = row["benchmark"].removesuffix(" Average")
    source = {"cc": "common_crawl", "python": "github"}[row["corpus"]]
    return fits_of(FitRules(source=source), with_excluded=not row["excluded"])[area]


def fits_of(rules, **options):
    with published_tables() as connection:
        return {fit.area: fit for fit in correlate(gather_paper(connection, **options), rules, Bootstrap(draws=100))}


def test_every_recomputed_correlation_comes_back(shared_data, per_area, per_benchmark):
    with (shared_data / "paper" / "correlations.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["pearson_recomputed"]]
    assert len(rows) == 20
    for row in rows:
        fit = recomputed_fit(row, per_area, per_benchmark)
        assert fit.n == int(row["n_models"]), row
        assert fit.pearson == pytest.approx(float(row["pearson_recomputed"]), abs=TOLERANCE), row
        assert fit.rmse == pytest.approx(float(row["rmse_recomputed"]), abs=TOLERANCE), row
        # Who is excluded is named, and nobody else of the models that the fit could have had.
        excluded = {left.model_id for left in fit.left_out if left.reason.startswith("left out of every")}
        assert excluded == set(filter(None, row["excluded"].split(";"))), row


def test_what_is_not_recomputed_is_not_in_the_published_tables(shared_data):
    with (shared_data / "paper" / "correlations.csv").open(encoding="utf-8") as file:
        others = [row for row in csv.DictReader(file) if not row["pearson_recomputed"]]
    # Scores by program-aided solving and a corpus of textbooks: the paper prints neither per model.
    assert {(row["benchmark"], row["corpus"]) for row in others} == {
        ("PAL-GSM8K", "python + arxiv_math"),
        ("PAL-GSM8K", "python"),
        ("PAL-GSM8K", "arxiv_math"),
        ("MMLU-cloze", "textbooks"),
    }


def test_the_paper_does_not_tell_line_and_logarithm_apart(per_area, per_benchmark):
    for fit in per_area.values():
        assert fit.logarithm.gain_low < 0 < fit.logarithm.gain_high
        assert not fit.logarithm.is_told_apart
    told_apart = {name: fit.logarithm.gain < 0 for name, fit in per_benchmark.items() if fit.logarithm.is_told_apart}
    assert told_apart == {"TriviaQA": True}


def test_the_published_lines_come_back(per_area):
    # The lines of PAPER.md: knowledge 1.391 − 1.392 x, coding 1.021 − 2.409 x, math 1.485 − 2.527 x.
    lines = {
        "knowledge": (1.391, -1.392),
        "coding": (1.021, -2.409),
        "math": (1.485, -2.527),
        "overall": (1.411, -2.241),
    }
    for area, line in lines.items():
        # The stated lines run through the printed averages, which are rounded.
        assert (per_area[area].intercept, per_area[area].slope) == pytest.approx(line, abs=0.0025)
        assert per_area[area].slope_low < per_area[area].slope < per_area[area].slope_high < 0


def test_models_the_authors_leave_out_of_math_are_named_with_the_reason(per_area):
    assert {row.model_id for row in per_area["math"].left_out} == {"Qwen-7b", "Qwen-14b", "Qwen-72b"}
    assert all("unusually low loss" in row.reason for row in per_area["math"].left_out)
    assert {"Qwen-7b", "Qwen-14b", "Qwen-72b"} <= set(per_area["overall"].models)


def test_models_of_one_area_are_left_out_overall_with_what_is_missing(per_area):
    reasons = {row.model_id: row.reason for row in per_area["overall"].left_out}
    assert len(reasons) == 12
    assert reasons["Llemma-7b"] == (
        "no compression on common_crawl, no knowledge results, no compression on github, no coding results"
    )


def test_mmlu_with_option_letters_is_a_reporter_of_its_own():
    (fit,) = correlate_published("benchmark", reported_by=f"{PAPER} Table 11")
    assert (fit.benchmark, fit.n) == ("MMLU", 19)
    assert (fit.pearson, fit.rmse) == (pytest.approx(-0.6596, abs=TOLERANCE), pytest.approx(0.0982, abs=TOLERANCE))


def test_shipped_tables_are_the_papers_numbers(shared_data):
    models, names = read_models(FOLDER / "models.csv")
    aliases = {name.alias: name.model_id for name in names}
    compression, _ = read_compression(FOLDER / "compression.csv", aliases)
    benchmarks = read_benchmarks(FOLDER / "benchmarks.csv", aliases)
    with (shared_data / "paper" / "bpc.csv").open(encoding="utf-8") as file:
        cells = [float(row[c]) for row in csv.DictReader(file) for c in ("cc", "python", "arxiv_math") if row[c]]
    assert sorted(cells) == sorted(result.bits_per_character for result in compression)
    with (shared_data / "paper" / "benchmarks.csv").open(encoding="utf-8") as file:
        scores = [float(row["score"]) / 100 for row in csv.DictReader(file) if row["benchmark"] != "Average"]
    assert sorted(scores) == pytest.approx(sorted(result.value for result in benchmarks))
    assert {result.source for result in compression} == set(SOURCES)
    assert "Average" not in {result.benchmark for result in benchmarks}
    assert all(model.kind == "base" and not model.is_active for model in models)
