"""Two models on the same texts, from rows put in by hand."""

import pytest

from analysis.comparison import compare_models
from analysis.comparison_listings import pair_answer, ranking_answer
from analysis.correlation import Bootstrap
from analysis.pairs import MEAN, compare_pair
from analysis.ranking import rank_models
from storage.errors import ComparisonError

BOOTSTRAP = Bootstrap(0.95, 2000, 2404)


@pytest.fixture
def pair(october):
    """Models a and b on two clusters of code, two of papers and one page."""
    for name in ("a", "b"):
        october.model(name, released_on="2026-01-01")
    october.text("a2", "arxiv", 200, "2026-10-11")
    october.connection.execute("UPDATE documents SET cluster_key = document_id")
    october.score("a", {"g1": 110.0, "g2": 300.0, "a1": 200.0, "a2": 240.0, "w1": 400.0}, difference=1e-6)
    october.score("b", {"g1": 100.0, "g2": 330.0, "a1": 210.0, "a2": 220.0, "w1": 500.0})
    return october


def pair_rows(small_lake, first="a", second="b", **options):
    comparison = compare_models(small_lake.connection, "S", "document@1", **options)
    return comparison, {
        row.source: row for row in compare_pair(small_lake.connection, comparison, first, second, BOOTSTRAP)
    }


def test_differences_are_of_the_first_less_the_second(pair):
    _, rows = pair_rows(pair)
    assert list(rows) == [MEAN, "arxiv", "common_crawl", "github"]
    assert {source: row.difference for source, row in rows.items()} == pytest.approx(
        {MEAN: (-20 / 400 + 10 / 400 - 100 / 400) / 3, "arxiv": 10 / 400, "common_crawl": -0.25, "github": -20 / 400}
    )
    github = rows["github"]
    assert (github.first_bits_per_character, github.second_bits_per_character) == (410 / 400, 430 / 400)
    assert (github.text_count, github.cluster_count, github.char_count) == (2, 2, 400)
    assert github.effective_cluster_count == pytest.approx(400**2 / (100**2 + 300**2))


def test_the_other_way_round_everything_is_mirrored(pair):
    (_, rows), (_, mirrored) = pair_rows(pair), pair_rows(pair, "b", "a")
    one, other = rows["arxiv"], mirrored["arxiv"]
    assert (one.difference, one.interval_low, one.p_value) == pytest.approx(
        (-other.difference, -other.interval_high, other.p_value)
    )


def test_one_cluster_tells_nothing_of_the_error_and_is_said_so(pair):
    comparison, rows = pair_rows(pair)
    page = rows["common_crawl"]
    assert (page.interval_low, page.p_value, page.is_separated, page.more_char_count) == (None, None, False, None)
    assert rows[MEAN].interval_low is None
    notes = " ".join(pair_answer(comparison, list(rows.values())).notes)
    assert "common_crawl: one cluster, so nothing is known of the error." in notes
    assert "few clusters: arxiv 2 (in effect 2.0), common_crawl 1 (in effect 1.0), github 2 (in effect 1.6)" in notes


def test_what_is_not_told_apart_comes_with_a_plan(pair):
    comparison, rows = pair_rows(pair)
    github = rows["github"]
    assert not github.is_separated
    assert github.more_char_count > 0
    assert github.more_text_count == pytest.approx(github.more_char_count * 2 / 400, abs=1)
    notes = " ".join(pair_answer(comparison, list(rows.values())).notes)
    assert f"If 0.05 is the true difference, {github.more_char_count:,} more characters of this mix" in notes
    assert "in 80% of cases" in notes


def test_what_is_told_apart_needs_no_more(pair):
    for at in range(12):
        pair.text(f"x{at}", "github", 100, "2026-10-20")
        pair.score("a", {f"x{at}": 100.0 + at / 10})
        pair.score("b", {f"x{at}": 150.0 - at / 10})
    pair.connection.execute("UPDATE documents SET cluster_key = document_id")
    github = pair_rows(pair)[1]["github"]
    assert github.is_separated
    assert github.interval_high < 0
    assert (github.more_char_count, github.more_text_count, github.more_cluster_count) == (0, 0, 0)


def test_precision_is_stated(pair):
    comparison, rows = pair_rows(pair)
    notes = pair_answer(comparison, list(rows.values())).notes
    assert "Relative differences from float32 are 1e-06 at most." in notes
    assert "Not audited against float32: b." in notes


def test_models_without_a_common_text_are_refused(pair):
    pair.model("web", released_on="2026-01-01")
    pair.model("code", released_on="2026-01-01")
    pair.score("web", {"w1": 400.0})
    pair.score("code", {"g1": 100.0, "g2": 300.0})
    with pytest.raises(ComparisonError, match="web and code have no text of S in common") as caught:
        pair_rows(pair, "web", "code")
    assert "web: scored 0 of 2 texts" in str(caught.value)


def test_codecs_can_be_compared(pair):
    pair.codec("xz@9e", {"g1": 300.0, "g2": 900.0, "a1": 800.0, "a2": 800.0, "w1": 1600.0})
    _, rows = pair_rows(pair, "a", "xz@9e")
    assert rows["common_crawl"].difference == pytest.approx((400 - 1600) / 400)


def test_the_ranking_names_ties_and_says_how_they_are_told(pair):
    pair.codec("xz@9e", {"g1": 300.0, "g2": 900.0, "a1": 800.0, "a2": 800.0, "w1": 1600.0})
    comparison = compare_models(pair.connection, "S", "document@1")
    answer = ranking_answer(comparison, rank_models(pair.connection, comparison, BOOTSTRAP), 0.95)
    tables = dict(answer.titled)
    assert list(tables) == [MEAN, "arxiv", "common_crawl", "github"]
    assert [row[:3] for row in tables[MEAN].rows] == [
        ("1–2", "a", "base"), ("1–2", "b", "base"), (None, "xz@9e", "codec"),
    ]  # fmt: skip
    assert {"rank_low", "rank_high", "source"} <= set(answer.whole.columns)
    assert len(answer.whole.rows) == 12
