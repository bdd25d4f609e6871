"""The shipped table of areas: it agrees with the published tables, and names are found however they are spelled."""

import csv
from collections import Counter

import pytest

from analysis.benchmark_formats.areas import AREA_WORDS, SHIPPED, folded, load_areas
from analysis.published import FOLDER


@pytest.fixture(scope="module")
def areas():
    return load_areas()


def test_every_row_is_there_once_with_its_source():
    with SHIPPED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["area"] for row in rows} == set(AREA_WORDS)
    assert all(row["source"] for row in rows)
    # Case and punctuation do not tell names apart.
    twice = [
        name
        for name, count in Counter((folded(row["benchmark"]), row["benchmark"][-1] == "*") for row in rows).items()
        if count > 1
    ]
    assert not twice


def test_the_published_benchmarks_have_the_areas_of_the_paper(areas):
    with (FOLDER / "benchmarks.csv").open(encoding="utf-8") as file:
        published = {(row["benchmark"], row["area"]) for row in csv.DictReader(file)}
    # Which subjects of MMLU are math the paper does not say, so the table does not either.
    expected = {name: area for name, area in published if not name.startswith("MMLU:")}
    assert len(expected) == 13
    assert {name: areas.find(name).area for name in expected} == expected


@pytest.mark.parametrize(
    ("name", "area"),
    [
        ("gsm8k", "math"), ("GSM8K", "math"), ("MMLU-PRO", "knowledge"), ("mmlu_pro", "knowledge"),
        ("hellaswag", "knowledge"), ("openai_humaneval", "coding"), ("leaderboard_math_hard", "math"),
        ("bbh-date_understanding", "none"), ("lukaemon_mmlu_virology", "none"), ("IFEval", "none"),
    ],
)  # fmt: skip
def test_a_name_is_found_as_its_harness_spells_it(areas, name, area):
    assert areas.find(name).area == area


@pytest.mark.parametrize("name", ["mmlu_virology", "", "gsm", "my_gsm8k"])
def test_what_no_table_knows_is_not_guessed(areas, name):
    assert areas.find(name) is None
