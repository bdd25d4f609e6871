"""The questions the command line prints: rows in, rows out, and one text's life from its id or URL."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from analysis.questions import QUERIES, ask, explain
from storage.errors import InputError
from storage.records import (
    Check,
    CrawlLedger,
    CrawlRun,
    Evidence,
    JobRun,
    ModelAlias,
    SharedSpan,
    SnapshotDocument,
    Tombstone,
    Verdict,
    Watermark,
    utc_now,
)
from tests.analysis.conftest import AT, CODEC_PROTOCOL, DOCUMENT

PAPER = "https://arxiv.org/abs/2610.00001"


def records(table) -> list[dict]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def life(small, name: str) -> dict[str, list[dict]]:
    return {title: records(table) for title, table in explain(small.connection, name)}


def drop(small, name: str, source: str, step: str, reason: str, related: str | None = None) -> None:
    small.insert(Verdict("S", name, source, False, step, reason, "0.9", "0.8", related))


def test_every_query_states_itself_in_its_first_line():
    for path in QUERIES.glob("*.sql"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("-- "), path.name
        assert "?" in first or path.name in {"candidate_models.sql", "scored_sums.sql"}, path.name


def test_an_unknown_question_names_the_known_ones(october):
    with pytest.raises(InputError, match=r"there is no question 'nothing'; there are: .*verdicts"):
        ask(october.connection, "nothing")


def test_snapshots_are_listed_with_window_size_and_fingerprint(october):
    assert ask(october.connection, "snapshots").rows == (
        ("S", date(2026, 10, 1), date(2026, 11, 1), ["github", "arxiv", "common_crawl"], 0, 0, 0, True,
         datetime(2026, 11, 5), "f"),
    )  # fmt: skip


def test_snapshots_say_how_many_of_their_texts_were_forgotten(october):
    october.insert(SnapshotDocument("S", "gone", "t"))
    october.insert(Tombstone("gone", "t", "github", None, 7, AT, None))
    (snapshot,) = records(ask(october.connection, "snapshots"))
    assert snapshot["forgotten_count"] == 1


def test_verdicts_put_what_was_kept_on_top_and_then_follow_the_steps(october):
    october.insert(*(Verdict("S", name, "github", True, "sample", None, None, None, None) for name in ("g1", "g2")))
    drop(october, "late", "github", "sample", "over_budget")
    drop(october, "old", "github", "freshness", "too_old")
    drop(october, "empty", "arxiv", "extract", "no_text")
    drop(october, "older", "github", "freshness", "too_old")
    assert ask(october.connection, "verdicts", {"snapshot_id": "S"}).rows == (
        ("github", "kept", None, 2),
        ("arxiv", "extract", "no_text", 1),
        ("github", "freshness", "too_old", 2),
        ("github", "sample", "over_budget", 1),
    )


def test_compression_has_a_column_per_source_and_codecs_below(october):
    october.model("m@1", knowledge_cutoff_on="2026-09-01")
    october.insert(ModelAlias("model-m", "m@1"), ModelAlias("m", "m@1"))
    october.score("m@1", {"g1": 100, "g2": 700, "a1": 200, "w1": 1600})
    october.model("partial")
    october.score("partial", {"g1": 10})
    october.model("zstd@19", kind="codec")
    october.score("zstd@19", {"g1": 1, "g2": 1, "a1": 1, "w1": 1}, "codec@1")
    first, second, last = records(
        ask(october.connection, "compression", {"snapshot_id": "S", "protocol_id": "document@1"})
    )
    assert (first["model"], first["model_id"], first["kind"]) == ("m", "m@1", "base")
    # 800 bits over 400 characters of code, 200 over 200, 1600 over 400: 2, 1 and 4; 2600 bits over 1030 bytes.
    assert (first["github"], first["arxiv"], first["common_crawl"]) == (2.0, 1.0, 4.0)
    assert first["mean_of_sources"] == pytest.approx(7 / 3)
    assert first["bits_per_byte"] == pytest.approx(2600 / 1030)
    # Fresh from 2026-10-30 on: none of the texts is new to it.
    assert (first["fresh_char_share"], first["is_whole"]) == (0.0, True)
    assert (second["model"], second["mean_of_sources"], second["is_whole"]) == ("partial", None, False)
    assert (last["model"], last["kind"], last["fresh_char_share"]) == ("zstd@19", "codec", 1.0)


def test_compression_leaves_other_protocols_away(october):
    october.model("m")
    october.score("m", {"g1": 100}, "paper@1")
    assert ask(october.connection, "compression", {"snapshot_id": "S", "protocol_id": "document@1"}).rows == ()


def test_codecs_of_two_score_versions_stand_with_the_latest_alone(october):
    october.model("m")
    october.score("m", {"g1": 100})
    october.codec("xz@9e", {"g1": 100}, 9)
    october.codec("xz@9e", {"g1": 300}, 10)
    values = {"snapshot_id": "S", "protocol_id": "document@1"}
    found = {row["model"]: row["github"] for row in records(ask(october.connection, "compression", values))}
    assert found == {"m": 1.0, "xz@9e": 3.0}
    runs = [row["scoring_run_id"] for row in records(ask(october.connection, "report_scoring_runs", values))]
    assert runs == ["m-document@1", "xz@9e-codec@10"]


def test_codecs_as_a_stream_stand_alone_and_are_no_floor_of_models(october):
    october.insert(replace(CODEC_PROTOCOL, protocol_id="codec_stream@1", name="codec_stream", packing="source_stream"))
    october.model("m")
    october.score("m", {"g1": 100})
    october.codec("xz@9e", {"g1": 300})
    october.score("xz@9e", {"g1": 200}, "codec_stream@1")

    def asked(name: str, protocol_id: str) -> list[dict]:
        values = {"snapshot_id": "S", "protocol_id": protocol_id}
        return records(ask(october.connection, name, values))

    assert {row["model"]: row["github"] for row in asked("compression", "document@1")} == {"m": 1.0, "xz@9e": 3.0}
    assert {row["model"]: row["github"] for row in asked("compression", "codec_stream@1")} == {"xz@9e": 2.0}
    assert [row["scoring_run_id"] for row in asked("report_scoring_runs", "codec_stream@1")] == ["xz@9e-codec_stream@1"]
    shown_by = records(ask(october.connection, "report_protocols", {"snapshot_id": "S"}))
    assert [row["protocol_id"] for row in shown_by] == ["document@1"]


def test_status_tells_what_was_audited_on_the_latest_snapshot(october):
    october.model("m")
    october.score("m", {"g1": 100})
    assert ask(october.connection, "status_audits").rows == ()
    october.audit("m", "g1", scored_bits=100.04, coded_bits=128)
    assert records(ask(october.connection, "status_audits")) == [
        {"model": "m", "protocol_id": "document@1", "audited_count": 1, "sound_count": 1, "token_count": 10,
         "scored_bits": 100.0, "coded_bits": 128, "last_audited_at": AT},
    ]  # fmt: skip


def test_models_say_from_when_text_is_new_and_why(small_lake):
    small_lake.model("dated", released_on="2026-01-10")
    small_lake.model("undated")
    small_lake.insert(ModelAlias("short", "dated"))
    found = {row["model"]: row for row in records(ask(small_lake.connection, "models"))}
    assert (found["short"]["fresh_from_on"], found["short"]["fresh_by"]) == (date(2026, 2, 9), "released_on")
    assert found["undated"]["fresh_by"] == "knowledge cutoff and release date are unknown"


def test_status_lists_windows_and_the_last_run_of_each_job(small_lake):
    hole = Watermark("arxiv", date(2026, 9, 1), date(2026, 10, 1), "hole", "503 for an hour", AT)
    small_lake.insert(hole, Watermark("arxiv", date(2026, 8, 1), date(2026, 9, 1), "covered", None, AT))
    job = JobRun("1", "refresh", "cron", datetime(2026, 10, 1), None, "failed", None, "no route", "c", "v")
    small_lake.insert(job, replace(job, job_run_id="2", started_at=datetime(2026, 10, 2), outcome="done", error=None))
    small_lake.insert(replace(job, job_run_id="3", job="score"))
    windows = [(row["state"], row["reason"]) for row in records(ask(small_lake.connection, "status_watermarks"))]
    assert windows == [("covered", None), ("hole", "503 for an hour")]
    before = utc_now().date()
    ages = [row["age_days"] for row in records(ask(small_lake.connection, "status_watermarks"))]
    assert ages[0] is None
    assert ages[1] in {(day - date(2026, 10, 1)).days for day in (before, utc_now().date())}
    jobs = [(row["job"], row["outcome"], row["error"]) for row in records(ask(small_lake.connection, "status_jobs"))]
    assert jobs == [("refresh", "done", None), ("score", "failed", "no route")]


def test_a_texts_life_is_told_from_its_url(october):
    url = "https://github.com/o/r/blob/c/f.py"
    october.ask("UPDATE documents SET url = $url, licence = 'mit' WHERE document_id = 'g1'", url=url)
    october.insert(Evidence("g1", "commit_authored", datetime(2026, 10, 5), True))
    october.insert(Verdict("S", "g1", "github", True, "sample", None, None, None, None))
    drop(october, "copy", "github", "near_duplicate", "near_duplicate", "g1")
    october.model("m@1")
    october.insert(ModelAlias("m", "m@1"))
    october.score("m@1", {"g1": 50})
    told = life(october, url)
    assert list(told) == ["text", "evidence", "verdicts", "dropped because of it", "scores"]
    facts = {row["fact"]: row["value"] for row in told["text"]}
    assert (facts["document_id"], facts["licence"], facts["published_at"]) == ("g1", "mit", datetime(2026, 10, 5))
    assert told["evidence"] == [{"witness": "commit_authored", "dated_at": datetime(2026, 10, 5), "may_admit": True}]
    assert [row["is_kept"] for row in told["verdicts"]] == [True]
    assert [(row["document_id"], row["measured_value"]) for row in told["dropped because of it"]] == [("copy", "0.9")]
    assert [(row["model"], row["bits_per_character"]) for row in told["scores"]] == [("m", 0.5)]


def test_a_duplicate_names_the_url_of_the_text_it_repeats(october):
    october.ask("UPDATE documents SET url = 'https://example.org/kept' WHERE document_id = 'w1'")
    drop(october, "copy", "common_crawl", "near_duplicate", "near_duplicate", "w1")
    (verdict,) = life(october, "copy")["verdicts"]
    assert (verdict["related"], verdict["related_url"]) == ("w1", "https://example.org/kept")
    assert (verdict["measured_value"], verdict["limit_value"]) == ("0.9", "0.8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Said: a\x1b[31m\u202eb\n\tc here", "a [31m b c"),
        ("Said: a" + "b" * 400, "a" + "b" * 299),
    ],
)
def test_what_a_text_shares_is_shown_in_its_own_words_bounded_and_harmless(october, text, told):
    october.insert(replace(DOCUMENT, document_id="leaky", text=text))
    drop(october, "leaky", "github", "contamination", "contaminated", "reference:gsm8k/7")
    chars = len(text) - 6 - (5 if "here" in text else 0)
    october.insert(SharedSpan("S", "leaky", "reference:gsm8k/7", 6, chars, 2))
    assert life(october, "leaky")["what it shares with another"] == [
        {"snapshot_id": "S", "related": "reference:gsm8k/7", "start_char": 6, "char_count": chars, "word_count": 2,
         "excerpt": told},
    ]  # fmt: skip


def test_of_a_forgotten_text_only_the_place_is_told(october):
    drop(october, "gone", "github", "near_duplicate", "near_duplicate", "g1")
    october.insert(SharedSpan("S", "gone", "g1", 6, 40, 8))
    assert [row["excerpt"] for row in life(october, "gone")["what it shares with another"]] == [None]


def test_a_paper_without_its_version_means_every_version(small_lake):
    for version in (1, 2):
        small_lake.insert(
            replace(DOCUMENT, document_id=f"p{version}", text_sha256="s", source="arxiv", url=f"{PAPER}v{version}")
        )
    assert [title for title in life(small_lake, PAPER) if title.startswith("text")] == ["text of p1", "text of p2"]
    assert "text" in life(small_lake, f"{PAPER}v2/")


def test_an_item_that_did_not_land_has_only_its_reason(small_lake):
    run = CrawlRun("run", "arxiv", date(2026, 10, 1), date(2026, 11, 1), 1, 1, 1, 1, 0, 1, 1, 0.0, AT, AT, True)
    small_lake.insert(run, CrawlLedger("run", "arxiv", "unit", "oai:1", "gone", "withdrawn", None, None))
    told = life(small_lake, "oai:1")
    assert list(told) == ["not landed"]
    assert [(row["outcome"], row["reason"]) for row in told["not landed"]] == [("gone", "withdrawn")]


def test_a_text_that_could_not_be_extracted_is_told_by_its_id_alone(october):
    drop(october, "torn", "arxiv", "extract", "broken_archive", None)
    told = life(october, "torn")
    assert list(told) == ["verdicts"]
    assert [(row["step"], row["reason"]) for row in told["verdicts"]] == [("extract", "broken_archive")]


def test_an_unknown_text_is_an_input_error_that_says_where_to_look(october):
    said = "of id or URL 'https://nowhere' is in this lake.*known by id only.*FROM verdicts WHERE step = 'extract'"
    with pytest.raises(InputError, match=said):
        explain(october.connection, "https://nowhere")


def test_status_tells_recall_and_precision_of_the_latest_curation(october):
    counts = {"verbatim": (10, 9), "edited": (10, 6), "clean": (30, 5)}
    october.insert(
        *(Check(name, "github", "contamination", planted, planted != "clean", texts, rejected)
          for name in ("S", "earlier") for planted, (texts, rejected) in counts.items()),
        Check("S", "github", "exact_duplicate", "copy", True, 4, 0),
    )  # fmt: skip
    assert records(ask(october.connection, "status_checks")) == [
        {"snapshot_id": "S", "source": "github", "step": "contamination", "planted_count": 20, "found_count": 15,
         "recall": 0.75, "recall_low": 0.5313, "recall_high": 0.8881,
         "clean_count": 30, "claimed_count": 5, "precision": 0.75, "precision_low": 0.5313, "precision_high": 0.8881},
        {"snapshot_id": "S", "source": "github", "step": "exact_duplicate", "planted_count": 4, "found_count": 0,
         "recall": 0.0, "recall_low": 0.0, "recall_high": 0.4899,
         "clean_count": 0, "claimed_count": 0, "precision": None, "precision_low": None, "precision_high": None},
    ]  # fmt: skip
