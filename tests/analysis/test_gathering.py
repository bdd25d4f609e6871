"""The material of a fit comes from one reporter, one protocol and base models; codecs stand beside."""

from dataclasses import replace

import pytest

from analysis.comparison import compare_models
from analysis.gathering import gather_published, gather_scores
from analysis.points import AREA_SOURCES, OVERALL, Exclusion, LeftOut
from storage.errors import ComparisonError
from storage.records import CompressionResult

EVERYTHING = {"g1": 50.0, "g2": 150.0, "a1": 100.0, "w1": 200.0}


@pytest.fixture
def scored(october):
    for name in ("a", "b", "c"):
        october.model(name, released_on="2026-01-01", family=f"family of {name}")
        october.score(name, EVERYTHING)
        october.result(name, "HumanEval", 0.5)
    return october


def test_scores_become_points_and_codecs_floors(scored):
    scored.model("xz@9e", kind="codec", family="codec")
    scored.score("xz@9e", EVERYTHING, "codec@1")
    found = gather_scores(scored.connection, "S", "document@1")
    assert found.reported_by == "me"
    assert {(p.model_id, p.bits_per_character) for p in found.compressions if p.source == "github"} == {
        ("a", 0.5), ("b", 0.5), ("c", 0.5),
    }  # fmt: skip
    assert {p.model_id for p in found.floors} == {"xz@9e"}
    assert len(found.benchmarks) == 3


def test_chat_models_are_left_out_of_fits(scored):
    scored.model("talker", released_on="2026-01-01", kind="chat")
    scored.score("talker", EVERYTHING)
    found = gather_scores(scored.connection, "S", "document@1")
    assert "talker" not in {p.model_id for p in found.compressions}
    assert LeftOut("talker", "all", "a chat model; fits compare base models only") in found.left_out


def test_a_comparison_that_has_been_made_serves_where_everybody_may_enter(scored):
    made = compare_models(scored.connection, "S", "document@1")
    again = gather_scores(scored.connection, "S", "document@1", everybody=made)
    assert again == gather_scores(scored.connection, "S", "document@1")
    narrower = replace(made, compressions=made.compressions[:1])
    assert len(gather_scores(scored.connection, "S", "document@1", everybody=narrower).compressions) == 1
    scored.model("talker", released_on="2026-01-01", kind="chat")
    assert len(gather_scores(scored.connection, "S", "document@1", everybody=narrower).compressions) == 9


def test_models_that_enter_no_fit_do_not_decide_its_texts(scored):
    for name, kind in (("talker", "chat"), ("unwanted", "base"), ("half wanted", "base")):
        scored.model(name, released_on="2026-09-12", kind=kind)  # fresh after 12 October: 700 of 1,000 characters
        scored.score(name, EVERYTHING)
    scored.codec("xz@9e", EVERYTHING)
    excluded = [Exclusion(area, "unwanted", "trained on it", None) for area in (*AREA_SOURCES, OVERALL)]
    excluded += [Exclusion("coding", "half wanted", "trained on code", None)]

    everybody = gather_scores(scored.connection, "S", "document@1", exclusions=excluded)
    assert {p.source for p in everybody.compressions} == {"github", "common_crawl"}  # half wanted has its say

    excluded += [Exclusion(area, "half wanted", "unwanted after all", None) for area in ("knowledge", "math", OVERALL)]
    found = gather_scores(scored.connection, "S", "document@1", exclusions=excluded)
    assert {(p.model_id, p.source) for p in found.compressions} == {
        (name, source) for name in ("a", "b", "c") for source in AREA_SOURCES.values()
    }
    assert {p.source for p in found.floors} == set(AREA_SOURCES.values())
    assert found.left_out == (
        LeftOut("half wanted", "all", "trained on code; unwanted after all"),
        LeftOut("talker", "all", "a chat model; fits compare base models only"),
        LeftOut("unwanted", "all", "trained on it"),
    )


def test_two_reporters_must_be_chosen_between(scored):
    scored.result("a", "HumanEval", 0.6, by="you")
    with pytest.raises(ComparisonError, match=r"by me \(3 models\), you \(1 models\).*--reported-by"):
        gather_scores(scored.connection, "S", "document@1")
    found = gather_scores(scored.connection, "S", "document@1", reported_by="you")
    assert [b.value for b in found.benchmarks] == [0.6]


def test_results_of_models_that_are_not_compared_force_no_choice(scored):
    scored.result("somebody else", "HumanEval", 0.6, by="paper")
    assert gather_scores(scored.connection, "S", "document@1").reported_by == "me"


def test_an_unknown_reporter_is_named_with_the_known_ones(scored):
    with pytest.raises(ComparisonError, match=r"no benchmark results here are reported by 'you'.*by me \(3 models\)"):
        gather_scores(scored.connection, "S", "document@1", reported_by="you")


def test_no_results_at_all_are_no_error(october):
    october.model("a", released_on="2026-01-01")
    october.score("a", EVERYTHING)
    found = gather_scores(october.connection, "S", "document@1")
    assert (found.reported_by, found.benchmarks) == (None, ())


def test_published_compression_of_two_ways_is_refused(small_lake):
    small_lake.model("a")
    small_lake.result("a", "HumanEval", 0.5)
    small_lake.insert(CompressionResult("a", "github", "python", 0.5, "paper", "me"))
    assert len(gather_published(small_lake.connection).compressions) == 1
    small_lake.insert(CompressionResult("a", "github", "python", 0.6, "document", "me"))
    with pytest.raises(ComparisonError, match="me reports github in 2 ways"):
        gather_published(small_lake.connection)


def test_published_compression_of_two_reporters_must_be_chosen_between(small_lake):
    small_lake.model("a")
    small_lake.result("a", "HumanEval", 0.5, by="third")
    for reporter in ("me", "you"):
        small_lake.insert(CompressionResult("a", "github", "python", 0.5, "paper", reporter))
    with pytest.raises(ComparisonError, match=r"compression results are reported by me \(1 models\), you"):
        gather_published(small_lake.connection)
    assert gather_published(small_lake.connection, compression_reported_by="you").reported_by == "third"
