"""Which models are compared, on which texts, and who is left out and why."""

from dataclasses import replace
from datetime import date

import pytest

from analysis.comparison import compare_models
from analysis.points import LeftOut
from storage.errors import ComparisonError
from tests.analysis.conftest import CODEC_PROTOCOL, DOCUMENT_PROTOCOL, PAPER_PROTOCOL

EVERYTHING = {"g1": 50.0, "g2": 450.0, "a1": 100.0, "w1": 200.0}


def reasons(comparison) -> dict[tuple[str, str], str]:
    return {(row.model_id, row.scope): row.reason for row in comparison.left_out}


def test_all_models_are_measured_after_the_latest_day_among_them(october):
    october.model("early", released_on="2026-01-01", family="f")
    october.model("late", released_on="2026-09-12", family="g")  # fresh after 12 October: g2 and w1, 700 of 1,000
    october.score("early", EVERYTHING)
    october.score("late", {name: bits * 2 for name, bits in EVERYTHING.items()})
    comparison = compare_models(october.connection, "S", "document@1")
    assert comparison.after_on == date(2026, 10, 12)
    assert [(m.model_id, m.fresh_char_share) for m in comparison.models] == [("early", 1.0), ("late", 0.7)]
    assert {(c.model_id, c.source): c.bits_per_character for c in comparison.compressions} == {
        ("early", "github"): 1.5,
        ("early", "common_crawl"): 0.5,
        ("late", "github"): 3.0,
        ("late", "common_crawl"): 1.0,
    }
    assert reasons(comparison) == {
        ("early", "arxiv"): "no text after 2026-10-12",
        ("late", "arxiv"): "no text after 2026-10-12",
    }
    assert comparison.note is None


def test_ratios_follow_from_sums(october):
    october.model("m", released_on="2026-01-01")
    october.score("m", EVERYTHING)
    (github,) = (c for c in compare_models(october.connection, "S", "document@1").compressions if c.source == "github")
    assert (github.bits_per_character, github.bits_per_byte) == (500 / 400, 500 / 430)
    assert github.rate_percent == pytest.approx(100 * 500 / (8 * 430))


def test_a_model_that_would_leave_too_little_is_left_out(october):
    october.model("early", released_on="2026-01-01")
    october.model("newest", released_on="2026-09-28")  # fresh after 28 October: nothing is left
    october.score("early", EVERYTHING)
    october.score("newest", EVERYTHING)
    comparison = compare_models(october.connection, "S", "document@1")
    assert comparison.after_on == date(2026, 1, 31)
    assert reasons(comparison) == {
        ("newest", "all"): "fresh after 2026-10-28, which leaves 0.0% of the characters, limit 20%"
    }


def test_codecs_stand_beside_on_the_same_texts(october):
    october.model("late", released_on="2026-09-12")
    october.model("xz@9e", kind="codec")
    october.score("late", EVERYTHING)
    october.score("xz@9e", EVERYTHING, "codec@1")
    rows = compare_models(october.connection, "S", "document@1").compressions
    assert [(c.model_id, c.kind, c.source, c.char_count) for c in rows if c.kind == "codec"] == [
        ("xz@9e", "codec", "common_crawl", 400),
        ("xz@9e", "codec", "github", 300),
    ]


def test_codecs_of_two_score_versions_are_never_joined(october):
    october.model("m", released_on="2026-01-01")
    october.score("m", EVERYTHING)
    october.codec("xz@9e", EVERYTHING, 9)
    october.codec("xz@9e", {name: 2 * bits for name, bits in EVERYTHING.items()}, 10)
    october.codec("zstd@19", EVERYTHING, 9)
    comparison = compare_models(october.connection, "S", "document@1")
    assert {
        (c.model_id, c.source): (c.total_bits, c.char_count) for c in comparison.compressions if c.kind == "codec"
    } == {
        ("xz@9e", "github"): (1000, 400),
        ("xz@9e", "arxiv"): (200, 200),
        ("xz@9e", "common_crawl"): (400, 400),
    }
    assert "zstd@19" not in {model.model_id for model in comparison.models}


def test_a_later_codec_protocol_of_another_snapshot_takes_no_floor_away(october):
    october.model("m", released_on="2026-01-01")
    october.score("m", EVERYTHING)
    october.codec("xz@9e", EVERYTHING, 9)
    october.insert(replace(CODEC_PROTOCOL, protocol_id="codec@10", score_version=10))
    comparison = compare_models(october.connection, "S", "document@1")
    assert "xz@9e" in {compression.model_id for compression in comparison.compressions}


def test_scores_of_another_protocol_are_not_joined(october):
    october.model("m", released_on="2026-01-01")
    october.score("m", EVERYTHING, "paper@1")
    comparison = compare_models(october.connection, "S", "document@1")
    assert comparison.compressions == ()
    assert reasons(comparison) == {("m", "all"): "not scored on this snapshot by this protocol"}


def test_a_model_scored_in_part_is_left_out_of_that_source(october):
    october.model("whole", released_on="2026-01-01")
    october.model("part", released_on="2026-01-01")
    october.score("whole", EVERYTHING)
    october.score("part", {"g1": 1, "a1": 1, "w1": 1})
    comparison = compare_models(october.connection, "S", "document@1")
    assert reasons(comparison) == {("part", "github"): "scored 1 of 2 texts"}
    assert ("part", "github") not in {(c.model_id, c.source) for c in comparison.compressions}


def test_a_model_whole_on_no_source_is_left_out_of_all(october):
    october.model("part", released_on="2026-01-01")
    october.score("part", {"g1": 1})
    comparison = compare_models(october.connection, "S", "document@1")
    assert comparison.left_out == (LeftOut("part", "all", "scored 1 of 4 texts"),)


def test_runs_far_from_float32_are_not_compared(october):
    for name, difference in (("near", 0.0009), ("far", 0.002), ("unaudited", None)):
        october.model(name, released_on="2026-01-01")
        october.score(name, EVERYTHING, difference=difference)
    comparison = compare_models(october.connection, "S", "document@1")
    assert {m.model_id: m.float32_difference for m in comparison.models} == {"near": 0.0009, "unaudited": None}
    assert reasons(comparison) == {("far", "all"): "differs by 0.002 from float32, limit 0.001"}


def test_only_unknown_cutoffs_are_said_rather_than_nothing_printed(october):
    october.model("m")
    october.model("xz@9e", kind="codec")
    october.score("m", EVERYTHING)
    october.score("xz@9e", EVERYTHING, "codec@1")
    comparison = compare_models(october.connection, "S", "document@1")
    assert reasons(comparison) == {("m", "all"): "never fresh: knowledge cutoff and release date are unknown"}
    assert comparison.note == (
        "no model can be compared on S: never fresh: knowledge cutoff and release date are unknown."
    )
    assert {c.model_id for c in comparison.compressions} == {"xz@9e"}


def test_a_lake_without_models_is_said(october):
    october.model("inactive", released_on="2026-01-01", is_active=False)
    comparison = compare_models(october.connection, "S", "document@1")
    assert comparison.note == "no model can be compared on S; none is scored on it and none is active."


def test_without_fresh_only_every_text_counts(october):
    october.model("m")
    october.score("m", EVERYTHING)
    comparison = compare_models(october.connection, "S", "document@1", fresh_only=False)
    assert (comparison.after_on, comparison.left_out) == (None, ())
    assert sum(c.char_count for c in comparison.compressions) == 1000


def test_only_asked_for_models_decide_the_texts(october):
    october.model("early", released_on="2026-01-01")
    october.model("late", released_on="2026-09-12")
    october.score("early", EVERYTHING)
    october.score("late", EVERYTHING)
    comparison = compare_models(october.connection, "S", "document@1", model_ids=["early"])
    assert comparison.after_on == date(2026, 1, 31)
    assert {c.model_id for c in comparison.compressions} == {"early"}


def test_outsiders_are_named_and_decide_nothing(october):
    october.model("early", released_on="2026-01-01")
    october.model("late", released_on="2026-09-12")
    october.score("early", EVERYTHING)
    october.score("late", EVERYTHING)
    comparison = compare_models(october.connection, "S", "document@1", outsiders={"late": "not wanted", "unknown": "x"})
    assert comparison.after_on == date(2026, 1, 31)
    assert reasons(comparison) == {("late", "all"): "not wanted"}


def test_a_packed_stream_is_known_by_its_packing_whatever_its_name(october):
    october.insert(replace(PAPER_PROTOCOL, protocol_id="mine@1", name="mine"))
    october.insert(replace(DOCUMENT_PROTOCOL, protocol_id="paper@2", name="paper"))
    october.model("late", released_on="2026-09-12")  # of github one text of two is fresh
    october.score("late", EVERYTHING, "mine@1")
    october.score("late", EVERYTHING, "paper@2")
    for protocol_id, sources in (("mine@1", {"common_crawl"}), ("paper@2", {"common_crawl", "github"})):
        comparison = compare_models(october.connection, "S", protocol_id)
        assert {compression.source for compression in comparison.compressions} == sources
        query = "SELECT DISTINCT source FROM fresh_only WHERE protocol_id = $protocol_id"
        assert {source for (source,) in october.ask(query, protocol_id=protocol_id)} == sources


def test_a_packed_stream_counts_whole_or_not_at_all(october):
    october.model("late", released_on="2026-09-12")  # github half fresh, arxiv old, common_crawl whole: 400 of 1,000
    october.score("late", EVERYTHING, "paper@1")
    comparison = compare_models(october.connection, "S", "paper@1")
    assert [m.fresh_char_share for m in comparison.models] == [0.4]
    assert [(c.source, c.char_count) for c in comparison.compressions] == [("common_crawl", 400)]
    assert reasons(comparison) == {
        ("late", "arxiv"): "no text after 2026-10-12",
        ("late", "github"): "only 1 of 2 texts of the packed stream are after 2026-10-12",
    }


@pytest.mark.parametrize(
    ("snapshot_id", "protocol_id", "said"),
    [("S", "nope@1", "protocol 'nope@1' has no score"), ("2020-01", "document@1", "snapshot '2020-01' holds no text")],
)
def test_what_is_not_there_is_named(october, snapshot_id, protocol_id, said):
    with pytest.raises(ComparisonError, match=said):
        compare_models(october.connection, snapshot_id, protocol_id)


def test_a_lake_without_settings_is_named(october):
    october.connection.execute("DELETE FROM settings")
    with pytest.raises(ComparisonError, match="no setting 'min_fresh_share'"):
        compare_models(october.connection, "S", "document@1")


def stop_early(lake, model_id: str) -> None:
    lake.connection.execute(
        "UPDATE scoring_runs SET until_se = 0.01 WHERE model_id = $model_id", {"model_id": model_id}
    )


def test_all_are_compared_on_the_texts_that_a_stopped_model_has(october):
    for name in ("whole", "part"):
        october.model(name, released_on="2026-01-01")
    october.model("xz@9e", kind="codec")
    october.score("whole", EVERYTHING)
    october.score("part", {"g2": 300.0, "a1": 50.0, "w1": 100.0})
    october.score("xz@9e", EVERYTHING, "codec@1")
    stop_early(october, "part")
    comparison = compare_models(october.connection, "S", "document@1")
    assert comparison.sampled == ("part",)
    assert comparison.left_out == ()
    github = {c.model_id: (c.total_bits, c.char_count) for c in comparison.compressions if c.source == "github"}
    assert github == {"whole": (450.0, 300), "part": (300.0, 300), "xz@9e": (450.0, 300)}


def test_a_stopped_model_that_is_left_out_holds_nobody_to_its_texts(october):
    for name in ("whole", "part"):
        october.model(name, released_on="2026-01-01")
    october.score("whole", EVERYTHING)
    october.score("part", {"g2": 300.0, "a1": 50.0, "w1": 100.0})
    stop_early(october, "part")
    comparison = compare_models(october.connection, "S", "document@1", outsiders={"part": "not wanted"})
    assert comparison.sampled == ()
    assert sum(c.char_count for c in comparison.compressions) == 1000


def test_a_source_without_a_common_text_is_told(october):
    for name in ("one", "other"):
        october.model(name, released_on="2026-01-01")
    october.score("one", {"g1": 50.0, "a1": 50.0, "w1": 100.0})
    october.score("other", {"g2": 50.0, "a1": 50.0, "w1": 100.0})
    for name in ("one", "other"):
        stop_early(october, name)
    comparison = compare_models(october.connection, "S", "document@1")
    assert comparison.sampled == ("one", "other")
    assert set(reasons(comparison)) == {("one", "github"), ("other", "github")}
    assert "no text that all compared models are scored on" in reasons(comparison)["one", "github"]
    assert {c.source for c in comparison.compressions} == {"arxiv", "common_crawl"}


def test_a_source_that_a_stopped_model_has_not_begun_is_partial(october):
    october.model("part", released_on="2026-01-01")
    october.score("part", {"g1": 50.0})
    stop_early(october, "part")
    comparison = compare_models(october.connection, "S", "document@1")
    assert reasons(comparison) == {
        ("part", "arxiv"): "scored 0 of 1 texts",
        ("part", "common_crawl"): "scored 0 of 1 texts",
    }
