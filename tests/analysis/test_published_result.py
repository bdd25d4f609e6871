"""The paper's correlations come back from the shipped tables."""

import csv

import pytest

from analysis.imports import read_benchmarks, read_compression, read_models
from analysis.published import FOLDER, PAPER, correlate_published
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


def test_every_recomputed_correlation_comes_back(shared_data, per_area, per_benchmark):
    with (shared_data / "paper" / "correlations.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["area"] in ("knowledge", "coding", "math")]
    assert len(rows) == 15
    for row in rows:
        fit = per_area[row["area"]] if row["benchmark"] == "Average" else per_benchmark[row["benchmark"]]
        assert fit.area == row["area"]
        assert fit.n == int(row["n_models"])
        assert fit.pearson == pytest.approx(float(row["pearson_recomputed"]), abs=TOLERANCE), row
        assert fit.rmse == pytest.approx(float(row["rmse_recomputed"]), abs=TOLERANCE), row


def test_the_published_lines_come_back(per_area):
    # The lines of PAPER.md: knowledge 1.391 − 1.392 x, coding 1.021 − 2.409 x, math 1.485 − 2.527 x.
    assert (per_area["coding"].intercept, per_area["coding"].slope) == (
        pytest.approx(1.021, abs=TOLERANCE),
        pytest.approx(-2.409, abs=TOLERANCE),
    )


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
    compression = read_compression(FOLDER / "compression.csv", aliases)
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
