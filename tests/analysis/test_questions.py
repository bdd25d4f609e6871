"""The published questions: rows in, rows out, expectations computed by hand."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from analysis.questions import VIEWS, questions
from scoring.windows import document_windows, lm_eval_windows
from storage.records import CrawlLedger, CrawlRun, TokenBits, Verdict
from tests.analysis.conftest import DOCUMENT_PROTOCOL


def test_every_question_states_itself_in_its_first_line():
    assert len(questions()) == len(list(VIEWS.glob("*.sql"))) >= 14
    for name, question in questions().items():
        assert "?" in question, name


def test_compression_is_a_sum_of_sums(october):
    october.model("m")
    october.score("m", {"g1": 50, "g2": 450, "a1": 100})
    (github,) = october.ask(
        "SELECT snapshot_id, document_count, total_bits, char_count, byte_count, bits_per_character, bits_per_byte, "
        "rate_percent, is_whole, is_complete_snapshot FROM compression WHERE source = 'github'"
    )
    # 500 bits over 400 characters and 430 bytes; the mean of the two texts' ratios would be 1.0.
    assert github == ("S", 2, 500.0, 400, 430, 1.25, 500 / 430, pytest.approx(100 * 500 / 3440), True, True)


def test_compression_says_when_scoring_is_under_way(october):
    october.model("m")
    october.score("m", {"g1": 50})
    assert october.ask("SELECT document_count, snapshot_document_count, is_whole FROM compression") == [(1, 2, False)]


def test_compression_says_when_the_snapshot_was_sealed_incomplete(small_lake):
    small_lake.snapshot(is_complete=False)
    small_lake.text("g1", "github", 10, None)
    small_lake.model("m")
    small_lake.score("m", {"g1": 5})
    assert small_lake.ask("SELECT is_complete_snapshot FROM compression") == [(False,)]


@pytest.mark.parametrize(
    ("fields", "fresh_from_on", "rests_on"),
    [
        # The cutoff counts to the end of its month, leap years included, and 30 days are added.
        ({"knowledge_cutoff_on": "2026-08-01"}, date(2026, 9, 30), "knowledge_cutoff_on"),
        ({"knowledge_cutoff_on": "2024-02-10", "released_on": "2026-01-01"}, date(2024, 3, 30), "knowledge_cutoff_on"),
        ({"released_on": "2026-09-12"}, date(2026, 10, 12), "released_on"),
        ({"kind": "codec"}, None, "codec"),
    ],
)
def test_texts_are_new_to_a_model_from_its_cutoff_or_release_on(small_lake, fields, fresh_from_on, rests_on):
    small_lake.model("m", **fields)
    assert small_lake.ask("SELECT fresh_from_on, rests_on, why_never FROM model_freshness") == [
        (fresh_from_on, rests_on, None)
    ]


def test_a_model_without_dates_is_never_fresh_and_listed(october):
    october.model("m")
    october.score("m", {"g1": 1, "g2": 1, "a1": 1, "w1": 1})
    assert october.ask("SELECT fresh_from_on, why_never FROM model_freshness") == [
        (None, "knowledge cutoff and release date are unknown")
    ]
    assert october.ask("SELECT * FROM fresh_only") == []


def test_only_texts_after_the_day_are_fresh(october):
    october.model("m", released_on="2026-09-10")  # fresh from 10 October on, the day of a1, which is not after it
    october.score("m", {"g1": 1, "g2": 1, "a1": 1, "w1": 1})
    assert october.ask("SELECT document_id FROM fresh_only ORDER BY 1") == [("g2",), ("w1",)]


def test_the_hour_of_publication_does_not_make_a_text_fresh(small_lake):
    small_lake.snapshot()
    small_lake.text("noon", "github", 10, "2026-10-10T12:00:00")
    small_lake.text("next", "github", 10, "2026-10-11T00:00:00")
    small_lake.model("m", released_on="2026-09-10")
    small_lake.score("m", {"noon": 1, "next": 1})
    assert small_lake.ask("SELECT document_id FROM fresh_only") == [("next",)]


def test_undated_texts_are_fresh_for_codecs_alone(small_lake):
    small_lake.snapshot()
    small_lake.text("undated", "github", 10, None)
    small_lake.model("m", released_on="2000-01-01")
    small_lake.model("zstd@19", kind="codec")
    small_lake.score("m", {"undated": 1})
    small_lake.score("zstd@19", {"undated": 1}, "codec@1")
    assert small_lake.ask("SELECT model_id FROM fresh_only") == [("zstd@19",)]


def test_fresh_compression_counts_fresh_texts_only(october):
    october.model("m", released_on="2026-09-10")
    october.score("m", {"g1": 50, "g2": 450, "a1": 100, "w1": 200})
    assert october.ask(
        "SELECT source, document_count, bits_per_character, snapshot_char_share FROM compression_fresh ORDER BY 1"
    ) == [("common_crawl", 1, 0.5, 1.0), ("github", 1, 1.5, 0.75)]


def test_a_packed_stream_with_one_old_text_is_not_fresh(october):
    october.model("m", released_on="2026-09-10")
    october.score("m", {"g1": 1, "g2": 1, "a1": 1, "w1": 1}, "paper@1")
    # g1 is too old, so github is out; a1 too; the one page is a whole stream of fresh text.
    assert october.ask("SELECT document_id FROM fresh_only") == [("w1",)]


def test_a_packed_stream_scored_in_part_is_not_fresh(october):
    october.model("m", released_on="2026-01-01")
    october.score("m", {"g2": 1, "a1": 1}, "paper@1")
    assert october.ask("SELECT document_id FROM fresh_only") == [("a1",)]


def test_snapshot_freshness_says_how_much_is_new(october):
    october.model("m", released_on="2026-09-10")
    assert october.ask(
        "SELECT source, document_count, fresh_document_count, fresh_char_count, fresh_char_share "
        "FROM snapshot_freshness ORDER BY 1"
    ) == [("arxiv", 1, 0, 0, 0.0), ("common_crawl", 1, 1, 400, 1.0), ("github", 2, 1, 300, 0.75)]


def test_snapshot_characters_are_counted_per_source(october):
    assert october.ask(
        "SELECT document_count, char_count, byte_count, cluster_count, earliest_published_at, latest_published_at "
        "FROM snapshot_characters WHERE source = 'github'"
    ) == [(2, 400, 430, 1, datetime(2026, 10, 5), datetime(2026, 10, 20))]


def test_freshness_grades_are_counted_per_source(october):
    october.text("g3", "github", 50, None)
    assert october.ask(
        "SELECT freshness_grade, document_count, char_count FROM freshness_grades WHERE source = 'github' ORDER BY 1"
    ) == [("A", 2, 400), ("D", 1, 50)]


def test_compression_by_month_parts_old_from_new(small_lake):
    small_lake.snapshot()
    small_lake.text("old", "github", 100, "2025-03-09")
    small_lake.text("new", "github", 100, "2026-10-09")
    small_lake.model("m", released_on="2026-01-01")
    small_lake.score("m", {"old": 50, "new": 80})
    assert small_lake.ask(
        "SELECT published_month_on, bits_per_character, fresh_from_on FROM compression_by_month ORDER BY 1"
    ) == [(date(2025, 3, 1), 0.5, date(2026, 1, 31)), (date(2026, 10, 1), 0.8, date(2026, 1, 31))]


def crawl_run(source: str, landed: int, ledger: int = 0, *, is_complete: bool = True) -> CrawlRun:
    at = datetime(2026, 11, 1)
    return CrawlRun(
        f"run-{source}", source, date(2026, 10, 1), date(2026, 11, 1), 1, 1, 1, landed + ledger, landed, ledger, 1, 0.0,
        at, at, is_complete,
    )  # fmt: skip


def test_a_balanced_snapshot_says_so_per_source(october):
    october.insert(crawl_run("github", 3, 2), crawl_run("arxiv", 1), crawl_run("common_crawl", 2))
    for name, source in (("g1", "github"), ("g2", "github"), ("a1", "arxiv"), ("w1", "common_crawl")):
        october.insert(Verdict("S", name, source, True, "sample", None, None, None, None))
    october.insert(Verdict("S", "g3", "github", False, "quality", "too_short", "3", "50", None))
    # One page landed without a verdict.
    assert october.ask(
        "SELECT source, expected_count, ledger_count, landed_count, verdict_count, kept_count, rejected_count, "
        "snapshot_document_count, is_balanced FROM snapshot_balance ORDER BY 1"
    ) == [
        ("arxiv", 1, 0, 1, 1, 1, 0, 1, True),
        ("common_crawl", 2, 0, 2, 1, 1, 0, 1, False),
        ("github", 5, 2, 3, 3, 2, 1, 2, True),
    ]


def test_verdicts_without_a_crawl_do_not_balance(october):
    october.insert(Verdict("S", "g1", "github", True, "sample", None, None, None, None))
    assert october.ask("SELECT landed_count, verdict_count, is_balanced, is_complete_crawl FROM snapshot_balance") == [
        (0, 1, False, False)
    ]


def test_verdicts_are_counted_by_step_and_reason(october):
    october.insert(
        Verdict("S", "g1", "github", True, "sample", None, None, None, None),
        Verdict("S", "x", "github", False, "quality", "too_short", "3", "50", None),
        Verdict("S", "y", "github", False, "quality", "too_short", "9", "50", None),
    )
    assert october.ask("SELECT step, is_kept, reason, document_count FROM verdict_summary ORDER BY 1") == [
        ("quality", False, "too_short", 2),
        ("sample", True, None, 1),
    ]


def test_what_did_not_land_is_counted_by_reason(october):
    october.insert(crawl_run("github", 0, 2))
    for item in ("a", "b"):
        october.insert(CrawlLedger("run-github", "github", "unit", item, "skipped", "too_large", "9", "1"))
    assert october.ask("SELECT source, outcome, reason, item_count FROM ledger_summary") == [
        ("github", "skipped", "too_large", 2)
    ]


def test_audits_are_counted_and_those_that_fail_are_not_sound(october):
    october.model("m")
    october.score("m", {"g1": 1000, "g2": 100_000, "a1": 50, "w1": 10})
    october.audit("m", "g1", scored_bits=1000.0, coded_bits=1065)
    october.audit("m", "g2", scored_bits=100_000.0, coded_bits=100_164)
    october.audit("m", "a1", scored_bits=50.0, coded_bits=0)
    october.audit("m", "w1", scored_bits=10.0, coded_bits=80)
    asked = "SELECT snapshot_id, model, protocol_id, audited_count, sound_count, coded_bits FROM audit_sums"
    assert october.ask(asked) == [("S", "m", "document@1", 4, 3, 101_309)]
    october.ask("UPDATE audits SET is_restored = false WHERE document_id = 'a1'")
    assert october.ask("SELECT sound_count FROM audit_sums") == [(2,)]


def test_points_pair_each_area_with_its_source(october):
    october.model("m", released_on="2026-01-01", family="f")
    october.score("m", {"g1": 40, "g2": 120, "a1": 20, "w1": 200})
    october.result("m", "HumanEval", 0.3, "coding")
    october.result("m", "MMLU", 0.6, "knowledge")
    assert october.ask(
        "SELECT area, benchmark, source, model_id, family, bits_per_character, value FROM correlation_points ORDER BY 1"
    ) == [
        ("coding", "HumanEval", "github", "m", "f", 0.4, 0.3),
        ("knowledge", "MMLU", "common_crawl", "m", "f", 0.5, 0.6),
    ]


def test_benchmark_coverage_names_the_reporters(small_lake):
    for model, value in (("a", 0.1), ("b", 0.3)):
        small_lake.result(model, "HumanEval", value, by="me")
    assert small_lake.ask(
        "SELECT reported_by, area, benchmark, model_count, lowest_value, highest_value FROM benchmark_coverage"
    ) == [("me", "coding", "HumanEval", 2, 0.1, 0.3)]


def token_bits(lake, model_id, protocol_id, document_id, bits, byte_ends) -> None:
    identity = ("S", document_id, f"sha-{document_id}", model_id, protocol_id)
    lake.insert(TokenBits(*identity, tuple(bits), tuple(byte_ends), "run"))


def test_every_token_has_its_place_and_its_context(october):
    # Windows of 4 every 3: tokens 0–3 | 4–6, context from 3 | 7–8, context from 5.
    october.insert(replace(DOCUMENT_PROTOCOL, protocol_id="small@1", window_tokens=4, stride_tokens=3))
    token_bits(october, "m", "small@1", "g1", range(9), [1, 1, 3, 4, 5, 6, 7, 8, 10])
    found = october.ask(
        "SELECT ordinal, bits, byte_start, byte_end, context_tokens, source FROM tokens ORDER BY ordinal"
    )
    assert [row[:2] for row in found] == [(i, float(i)) for i in range(9)]
    assert [row[2:4] for row in found[:4]] == [(0, 1), (1, 1), (1, 3), (3, 4)]
    assert [row[4] for row in found] == [0, 1, 2, 3, 1, 2, 3, 2, 3]
    assert {row[5] for row in found} == {"github"}


@pytest.mark.parametrize(("window", "stride", "count"), [(4, 3, 23), (5, 5, 17), (3, 1, 9), (6, 2, 6), (4, 4, 1)])
@pytest.mark.parametrize("is_lm_eval", [False, True])
def test_the_context_of_a_token_is_what_the_scorer_shows(october, window, stride, count, is_lm_eval):
    start = "bos_else_eos_first_window" if is_lm_eval else "bos_else_eos_every_window"
    stride = window if is_lm_eval else stride
    fields = {"window_tokens": window, "stride_tokens": stride, "start_token": start}
    october.insert(replace(DOCUMENT_PROTOCOL, protocol_id="some@1", **fields))
    token_bits(october, "m", "some@1", "g1", [1.0] * count, range(1, count + 1))
    windows = lm_eval_windows(count, window) if is_lm_eval else document_windows(count, window, stride)
    expected = [i - some.context_from for some in windows for i in range(some.score_from, some.score_to)]
    assert [row[0] for row in october.ask("SELECT context_tokens FROM tokens ORDER BY ordinal")] == expected


def test_a_token_of_a_packed_stream_has_no_context_of_its_own(october):
    token_bits(october, "m", "paper@1", "g1", [1.0, 2.0], [3, 5])
    assert october.ask("SELECT byte_start, byte_end, context_tokens FROM tokens ORDER BY ordinal") == [
        (None, 3, None),
        (3, 5, None),
    ]
    assert october.ask("SELECT count(*) FROM context_length_curve") == [(0,)]


def test_the_context_length_curve_sums_by_doubling_lengths(october):
    token_bits(october, "m", "document@1", "g1", [8.0, 4.0, 2.0, 2.0, 1.0], [1, 2, 4, 6, 10])
    token_bits(october, "m", "document@1", "g2", [10.0], [2])
    assert october.ask(
        "SELECT source, min_context_tokens, token_count, total_bits, byte_count, bits_per_token, bits_per_byte "
        "FROM context_length_curve ORDER BY min_context_tokens"
    ) == [
        ("github", 0, 2, 18.0, 3, 9.0, 6.0),
        ("github", 1, 1, 4.0, 1, 4.0, 4.0),
        ("github", 2, 2, 4.0, 4, 2.0, 1.0),
        ("github", 4, 1, 1.0, 4, 1.0, 0.25),
    ]
