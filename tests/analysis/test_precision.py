"""Bits of different formats, protocols or versions never meet in one number: every place where they could refuses."""

from dataclasses import replace

import pytest

from analysis.comparison import compare_models
from analysis.correlation import Bootstrap, correlate
from analysis.gathering import gather_published, gather_scores
from analysis.precision import MAX_FLOAT32_DIFFERENCE, why_apart
from analysis.questions import ask
from analysis.report_leaderboard import standings
from analysis.report_material import gather_material
from analysis.report_tables import page_tables
from storage import rows
from storage.errors import ComparisonError
from storage.records import CompressionResult, Score, ScoringRun, Snapshot
from tests.analysis.conftest import AT, DOCUMENT_PROTOCOL

BITS = {"g1": 200.0, "g2": 600.0, "a1": 400.0, "w1": 800.0}
AGGREGATES = ("compression", "compression_by_month", "compression_fresh")


@pytest.fixture
def lake(october):
    """Snapshot S and three models, none of which is scored yet."""
    for name in ("a", "b", "c"):
        october.model(name, released_on="2026-01-01")
    return october


def add_run(lake, model_id, dtype, difference, bits):
    """Score texts with a run of this format; several runs of one model may share the texts out among them."""
    run_id = f"{model_id}-{dtype}-{difference}"
    lake.insert(
        ScoringRun(run_id, "S", model_id, "document@1", "cuda", dtype, "sdpa", "", difference, 0, None, 1, 1.0, 1, AT)
    )
    for name, total_bits in bits.items():
        ((chars, byte_count),) = lake.ask(
            "SELECT char_count, byte_count FROM documents WHERE document_id = $name", name=name
        )
        lake.insert(
            Score("S", name, f"sha-{name}", model_id, "document@1", total_bits, 1, 1, chars, byte_count, 0, run_id)
        )


def split(lake, model_id, *runs):
    """Share the texts out among runs of one model, each (dtype, audited difference)."""
    for at, (dtype, difference) in enumerate(runs):
        add_run(lake, model_id, dtype, difference, {name: BITS[name] for name in list(BITS)[at :: len(runs)]})


def reasons(comparison):
    return {row.model_id: row.reason for row in comparison.left_out}


# --- several runs of one model --------------------------------------------------------------------------------


@pytest.mark.parametrize("view", AGGREGATES)
def test_no_view_sums_runs_of_two_formats(lake, view):
    split(lake, "a", ("float32", 0.0), ("bfloat16", None))
    split(lake, "b", ("float32", 0.0), ("float32", 1e-7))
    found = lake.ask(f"SELECT model_id, total_bits, bits_per_character, bits_per_byte, precision FROM {view}")
    assert {row[4] for row in found if row[0] == "a"} == {"bfloat16 not audited, float32"}
    assert all(row[1:4] == (None, None, None) for row in found if row[0] == "a")
    assert {row[4] for row in found if row[0] == "b"} == {"float32"}
    assert all(None not in row for row in found if row[0] == "b")


def test_runs_of_two_formats_are_summed_once_both_are_audited_close_to_float32(lake):
    split(lake, "a", ("float32", 0.0), ("bfloat16", 0.0009))
    found = lake.ask("SELECT sum(total_bits), any_value(precision) FROM compression WHERE model_id = 'a'")
    assert found == [(sum(BITS.values()), "float32")]
    assert {m.model_id for m in compare_models(lake.connection, "S", "document@1").models} == {"a"}


def test_a_model_of_two_formats_is_left_out_of_comparisons_and_says_which(lake):
    split(lake, "a", ("float32", 0.0), ("bfloat16", None))
    add_run(lake, "b", "float32", 0.0, BITS)
    comparison = compare_models(lake.connection, "S", "document@1")
    assert [model.model_id for model in comparison.models] == ["b"]
    assert reasons(comparison)["a"] == (
        "its runs are of several formats (bfloat16 not audited, float32), which are not summed"
    )


def test_an_audited_run_does_not_vouch_for_one_that_is_not(lake):
    split(lake, "a", ("bfloat16", 0.0001), ("bfloat16", None))
    add_run(lake, "b", "float32", 0.0, BITS)
    assert "bfloat16 not audited, float32" in reasons(compare_models(lake.connection, "S", "document@1"))["a"]


# --- several models -------------------------------------------------------------------------------------------


def test_a_format_that_nobody_audited_does_not_stand_beside_float32(lake):
    add_run(lake, "a", "bfloat16", None, BITS)
    add_run(lake, "b", "float32", None, BITS)
    add_run(lake, "c", "bfloat16", 0.0004, BITS)
    comparison = compare_models(lake.connection, "S", "document@1")
    assert [model.model_id for model in comparison.models] == ["b", "c"]
    assert reasons(comparison) == {
        "a": "measured in bfloat16 not audited, and formats differ here (bfloat16 not audited, float32)"
    }


def test_models_of_one_format_that_nobody_audited_compare_with_one_another(lake):
    for name in ("a", "b"):
        add_run(lake, name, "bfloat16", None, BITS)
    assert [m.model_id for m in compare_models(lake.connection, "S", "document@1").models] == ["a", "b"]


def test_codecs_have_no_format_and_split_nobody(lake):
    add_run(lake, "a", "bfloat16", None, BITS)
    lake.codec("xz@9e", BITS)
    assert [m.model_id for m in compare_models(lake.connection, "S", "document@1").models] == ["a", "xz@9e"]


def test_a_model_that_is_left_out_anyway_splits_nobody(lake):
    add_run(lake, "a", "bfloat16", None, BITS)
    add_run(lake, "b", "float32", None, {"g1": 200.0})
    lake.model("never")
    add_run(lake, "never", "float32", None, BITS)
    comparison = compare_models(lake.connection, "S", "document@1", outsiders={"b": "excluded"})
    assert [model.model_id for model in comparison.models] == ["a"]


def test_correlate_leaves_out_what_is_measured_otherwise_and_says_it(lake):
    for name, dtype in (("a", "bfloat16"), ("b", "float32"), ("c", "float32")):
        add_run(lake, name, dtype, None, BITS)
        lake.result(name, "MBPP", 0.5)
    fits = correlate(gather_scores(lake.connection, "S", "document@1"))
    coding = next(fit for fit in fits if fit.area == "coding")
    assert coding.models == ("b", "c")
    assert [row.reason for row in coding.left_out if row.model_id == "a"] == [
        "measured in bfloat16 not audited, and formats differ here (bfloat16 not audited, float32)"
    ]


def test_points_of_fits_say_their_format_and_have_no_number_of_two(lake):
    split(lake, "a", ("float32", 0.0), ("bfloat16", None))
    add_run(lake, "b", "float32", 0.0, BITS)
    for name in ("a", "b"):
        lake.result(name, "MBPP", 0.5)
    found = lake.ask("SELECT model_id, bits_per_character, precision FROM correlation_points ORDER BY model_id")
    assert found == [("a", None, "bfloat16 not audited, float32"), ("b", 2.0, "float32")]


def test_the_table_of_a_scoring_run_has_no_number_of_two_formats(lake):
    split(lake, "a", ("float32", 0.0), ("float16", None))
    answer = ask(lake.connection, "compression", {"snapshot_id": "S", "protocol_id": "document@1"})
    told = dict(zip(answer.columns, *answer.rows, strict=True))
    assert (told["mean_of_sources"], told["bits_per_byte"]) == (None, None)
    assert told["precision"] == "float16 not audited, float32"


def test_the_page_ranks_one_format_and_lists_who_is_of_another(lake):
    for name, dtype in (("a", "bfloat16"), ("b", "float32"), ("c", "float32")):
        add_run(lake, name, dtype, None, BITS)
    (snapshot,) = rows.select(lake.connection, Snapshot)
    material = gather_material(lake.connection, snapshot, "document@1", Bootstrap(draws=100))
    ranked = standings(material)
    assert [(one.rank, one.model_id) for one in ranked] == [(1, "b"), (2, "c")]
    left_out = page_tables(material, ranked, {})["left_out"].files.rows
    assert ("comparison", "all", reasons(material.comparison)["a"], ("a",)) in left_out


# --- several protocols and versions ---------------------------------------------------------------------------


@pytest.mark.parametrize("view", [*AGGREGATES, "fresh_only"])
def test_no_view_joins_two_protocols_or_two_versions_of_one(lake, view):
    lake.insert(replace(DOCUMENT_PROTOCOL, protocol_id="document@2", score_version=2))
    for protocol_id, factor in (("document@1", 1.0), ("document@2", 2.0), ("paper@1", 3.0)):
        lake.score("a", {name: bits * factor for name, bits in BITS.items()}, protocol_id)
    found = dict(lake.ask(f"SELECT protocol_id, sum(total_bits) FROM {view} GROUP BY protocol_id"))
    whole = sum(BITS.values())
    assert found == {"document@1": whole, "document@2": 2 * whole, "paper@1": 3 * whole}


def test_a_comparison_takes_one_version_and_says_who_is_scored_by_another(lake):
    lake.insert(replace(DOCUMENT_PROTOCOL, protocol_id="document@2", score_version=2))
    lake.score("a", BITS)
    lake.score("b", BITS, "document@2")
    comparison = compare_models(lake.connection, "S", "document@2")
    assert [model.model_id for model in comparison.models] == ["b"]
    assert reasons(comparison)["a"] == "not scored on this snapshot by this protocol"


def test_published_compression_by_two_protocols_is_refused_although_each_source_has_one(lake):
    for source, protocol in (("github", "1900/512"), ("arxiv", "2048/2048")):
        lake.insert(CompressionResult("a", source, "corpus", 0.5, protocol, "them"))
    with pytest.raises(ComparisonError, match=r"them reports by 2 protocols \(.*arxiv by 2048/2048.*\), which do not"):
        gather_published(lake.connection)


# --- the rule itself ------------------------------------------------------------------------------------------


def test_the_limit_of_the_view_is_that_of_comparisons(lake):
    add_run(lake, "a", "bfloat16", MAX_FLOAT32_DIFFERENCE, BITS)
    add_run(lake, "b", "bfloat16", MAX_FLOAT32_DIFFERENCE * 1.0001, BITS)
    assert dict(lake.ask("SELECT model_id, precision FROM score_precisions")) == {
        "a": "float32",
        "b": "bfloat16 over 1e-3 from float32",
    }


def test_formats_none_of_which_is_float32_stand_apart_all():
    assert set(why_apart({"a": "bfloat16 not audited", "b": "float16 not audited"})) == {"a", "b"}
    assert why_apart({"a": None, "b": "float32"}) == {}
