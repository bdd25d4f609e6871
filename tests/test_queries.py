"""The ten questions of docs/queries.md, asked as they stand: on a small home each has rows of the columns it states."""

import re
from pathlib import Path

import pytest

from storage.query import ask
from tests.analysis.small_home import CODE, TOKENS, make_small_home

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "queries.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## (\d+)\. (.*?)\n(?:.*?)^```sql\n(.*?)^```\n\nColumns: (.*?)\.$", re.DOTALL | re.MULTILINE)
QUESTIONS = {
    int(number): (query, re.findall(r"`(\w+)`", columns)) for number, _, query, columns in SECTION.findall(PAGE)
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_small_home(tmp_path_factory.mktemp("queries") / "home").home


@pytest.fixture
def rows(home):
    def answered(number):
        query, stated = QUESTIONS[number]
        columns, found = ask(home, query)
        assert columns == stated
        return [dict(zip(columns, row, strict=True)) for row in found]

    return answered


def test_there_are_ten_questions_each_with_its_columns():
    assert list(QUESTIONS) == list(range(1, 11))
    assert len(re.findall(r"^## ", PAGE, re.MULTILINE)) == 10


@pytest.mark.parametrize("number", QUESTIONS)
def test_every_question_has_an_answer(rows, number):
    assert rows(number)


def test_places_go_by_bits_and_savings_by_the_codec(rows):
    october = [row for row in rows(1) if (row["snapshot_id"], row["source"]) == ("2026-10", "github")]
    assert [(row["place"], row["model_id"], row["bits_per_character"], row["saved_percent"]) for row in october] == [
        (1, "large-8b@1", 1.0, 75.0),
        (2, "mid-3b@1", 1.5, 62.5),
        (3, "small-1b@1", 2.0, 50.0),
    ]


def test_a_dropped_text_names_what_it_repeats(rows):
    (first, *_) = rows(2)
    assert first == {
        "snapshot_id": "2026-09", "url": "https://github.com/o/r/2026-09/0/copy", "step": "near_duplicate",
        "outcome": "near_duplicate", "measured_value": "0.91", "limit_value": "0.8",
        "repeats": "https://github.com/o/r/2026-09/0",
    }  # fmt: skip
    assert sum(row["outcome"] == "kept" for row in rows(2)) == 6


def test_grades_are_shares_of_characters(rows):
    shares = {(row["source"], row["freshness_grade"]): row["char_percent"] for row in rows(3)}
    assert shares["arxiv", "A"] == pytest.approx(200 / 3)
    assert shares["arxiv", "B"] == pytest.approx(100 / 3)


def test_the_gap_is_told_licence_by_licence(rows):
    licences = [row["licence"] for row in rows(4) if (row["snapshot_id"], row["source"]) == ("2026-10", "arxiv")]
    assert sorted(licences) == ["apache-2.0", "mit", "not stated"]
    assert {(r["small_bits_per_character"], r["large_bits_per_character"], r["gap"]) for r in rows(4)} == {
        (2.0, 1.0, 1.0)
    }


def test_costs_are_summed_over_the_months(rows):
    (large,) = [row for row in rows(5) if row["model_id"] == "large-8b@1"]
    chars = 2 * 3 * (100 + 100 + len(CODE))
    assert (large["run_count"], large["char_count"], large["peak_gib"]) == (2, chars, 2.0)
    assert large["seconds_per_million_chars"] == pytest.approx(1e6 * 6 / chars)
    assert large["tokens_per_second"] == pytest.approx(30)


def test_tokens_of_code_are_told_apart(rows):
    large = {row["class"]: row for row in rows(6) if row["model_id"] == "large-8b@1"}
    # def area r return r; 3.14; of a circle, and the line break that ends it; the sign itself is not behind a sign.
    assert {name: row["token_count"] / 6 for name, row in large.items()} == {
        "identifier or keyword": 5, "number": 1, "comment": 2, "white space": 1, "punctuation and the rest": 5,
    }  # fmt: skip
    assert sum(row["token_count"] for row in large.values()) == 6 * len(TOKENS)
    assert {row["bits_per_byte"] for row in large.values()} == {1.0}
    assert sum(row["bits_percent"] for row in large.values()) == pytest.approx(100)


def test_the_curve_goes_up_in_powers_of_two(rows):
    steps = [row["min_context_tokens"] for row in rows(7) if row["model_id"] == "large-8b@1"]
    assert steps == [0, 1, 2, 4, 8]
    assert sum(row["token_count"] for row in rows(7) if row["model_id"] == "large-8b@1") == 6 * len(TOKENS)


def test_the_points_of_october_lie_on_a_line(rows):
    coding = [row for row in rows(8) if row["area"] == "coding"]
    assert [(row["snapshot_id"], row["model_count"]) for row in coding] == [("2026-10", 3)]
    assert coding[0]["pearson"] == pytest.approx(-1)
    assert (coding[0]["slope"], coding[0]["intercept"]) == (pytest.approx(-0.25), pytest.approx(1))


def test_months_are_counted_from_the_day_from_which_a_text_is_new(rows):
    months = {(row["model_id"], row["months_since_fresh"]) for row in rows(9) if row["source"] == "arxiv"}
    # New are texts of 30 September and later to the small one, of 30 July and later to the large one.
    assert {month for name, month in months if name == "small-1b@1"} == {0, 1}
    assert {month for name, month in months if name == "large-8b@1"} == {2, 3}


def test_copies_are_counted_at_the_text_that_stays(rows):
    assert len(rows(10)) == 6
    assert {(row["copy_count"], row["least_similarity"], row["most_similarity"]) for row in rows(10)} == {
        (1, 0.91, 0.91)
    }
