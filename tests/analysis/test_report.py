"""The page of a snapshot: answers that hold, and a whole page whatever is missing."""

import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from analysis.correlation import Bootstrap
from analysis.report import write_report
from analysis.report_answers import (
    Answer,
    alarm_sentence,
    benchmark_answer,
    compression_answer,
    cost_sentence,
    trust_answer,
)
from analysis.report_cells import heading, shown_value
from analysis.report_checks import Check as TrustCheck
from analysis.report_checks import scoring_machines, trust_checks
from analysis.report_figures import bits_figure
from analysis.report_leaderboard import standings
from analysis.report_material import gather_material
from analysis.report_tables import page_tables
from config import load_settings
from storage.errors import SnapshotError
from storage.records import (
    Check,
    CrawlLedger,
    CrawlRun,
    ModelAlias,
    ReferenceSet,
    Snapshot,
    Verdict,
)
from tests.analysis.conftest import SmallLake

PROTOCOL = "document@1"
SCRIPT = "<script>alert(1)</script>"
MEANINGS = {"too_old": "A witness dates the text before the window.", "http_status": "the page was not answered"}
SETTINGS = load_settings().analysis
QUICK = Bootstrap(draws=100)
# Bits per character of (g1, g2, a1, w1): 100 + 300, 200 and 400 characters.
FACTORS = {"best": 1.0, "second": 1.5, "third": 2.0}


def fill(small: SmallLake) -> SmallLake:
    """Add three models, two codecs, verdicts, crawls and benchmark results to snapshot S."""
    for name, factor in FACTORS.items():
        small.model(name, knowledge_cutoff_on="2025-01-31")
        small.score(name, {"g1": 100 * factor, "g2": 300 * factor, "a1": 400 * factor, "w1": 1200 * factor})
        for area, benchmark in (("knowledge", "MMLU"), ("coding", "MBPP"), ("math", "GSM8K")):
            small.result(name, benchmark, 1 - factor / 4 + len(name) / 100, area)
    for codec, bits in (("zstd@19", 6.0), ("xz@9e", 4.0)):
        small.model(codec, kind="codec", family="codec", location=None)
        small.score(codec, {"g1": 100 * bits, "g2": 300 * bits, "a1": 200 * bits, "w1": 400 * bits}, "codec@1")
    small.insert(ModelAlias(SCRIPT, "third"))
    judge(small)
    return small


def judge(small: SmallLake) -> None:
    """Give every kept text its verdict, one dropped text beside it, and crawls that balance."""
    kept = {"github": ["g1", "g2"], "arxiv": ["a1"], "common_crawl": ["w1"]}
    for source, names in kept.items():
        run = CrawlRun(
            source, source, date(2026, 10, 1), date(2026, 11, 1), 1, 1, 1, len(names) + 2, len(names) + 1, 1, 7, 0.5,
            datetime(2026, 11, 2), datetime(2026, 11, 2), True,
        )  # fmt: skip
        small.insert(run, CrawlLedger(source, source, "unit", f"item of {source}", "gone", "http_status", "404", "200"))
        small.insert(*(Verdict("S", name, source, True, "sample", None, None, None, None) for name in names))
        small.insert(Verdict("S", f"old-{source}", source, False, "freshness", "too_old", "2020-01-01", None, None))


def october() -> SmallLake:
    small = SmallLake()
    small.snapshot()
    small.text("g1", "github", 100, "2026-10-05")
    small.text("g2", "github", 300, "2026-10-20", byte_count=330)
    small.text("a1", "arxiv", 200, "2026-10-10")
    small.text("w1", "common_crawl", 400, "2026-10-25")
    return small


def material_of(small: SmallLake, protocol_id: str = PROTOCOL):
    (row,) = small.ask("SELECT * FROM snapshots WHERE snapshot_id = 'S'")
    return gather_material(small.connection, Snapshot(*row), protocol_id, QUICK)


def write(small: SmallLake, folder: Path, name: str = "S.html") -> str:
    """Write the report and return one of its pages."""
    index = write_report(small.connection, folder, None, SETTINGS, PROTOCOL, meanings=MEANINGS)
    assert index == folder / "index.html"
    return (folder / name).read_text(encoding="utf-8")


def words(page: str) -> str:
    """Return what a reader reads."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


# --- the answers ------------------------------------------------------------------------------------------


def test_the_best_compressor_leads_and_codecs_stand_below():
    table = standings(material_of(fill(october())))
    assert [(one.rank, one.model_id) for one in table] == [
        (1, "best"), (2, "second"), (3, "third"), (None, "xz@9e"), (None, "zstd@19"),
    ]  # fmt: skip
    # 400 bits over 400 characters of code, 400 over 200 of papers, 1200 over 400 of pages; the mean of 1, 2 and 3.
    assert table[0].bits_per_character == {"github": 1.0, "arxiv": 2.0, "common_crawl": 3.0}
    assert table[0].mean == 2.0
    assert table[0].bits_per_byte == pytest.approx(2000 / 1030)


def test_the_headline_names_the_best_the_next_and_the_floor():
    material = material_of(fill(october()))
    answer = compression_answer(material, standings(material, material.ranked))
    assert answer.headline == "best leads on fresh text, tied with 2 others"
    assert " ".join(answer.sentences) == (
        "It needs 2.000 bits per character, the mean of three sources: 50% less than xz@9e, "
        "the best general-purpose compressor (4.000). second comes next with 3.000."
    )


def test_a_best_model_that_is_told_apart_is_called_the_best():
    material = material_of(fill(october()))
    ranked = tuple(replace(one, rank_low=1, rank_high=1) for one in material.ranked if one.model_id == "best")
    answer = compression_answer(material, standings(material, ranked))
    assert answer.headline == "best compresses fresh text best"


def test_trust_is_a_matter_of_the_checks_that_do_not_hold():
    good, mind, bad = (TrustCheck(state, title, "") for state, title in (("good", "A"), ("mind", "B"), ("bad", "C")))
    assert trust_answer([good]).headline == "Yes"
    assert trust_answer([mind, good]) == Answer("Yes, with care", ("1 of 2 checks hold.", "Mind: b."))
    assert trust_answer([bad, mind, good]).headline == "Not yet: c"


def test_a_score_that_is_too_good_is_named_with_the_rate_of_false_alarms():
    small = october()
    for at in range(24):
        small.model(f"m{at:02d}", family=f"f{at % 8}", knowledge_cutoff_on="2025-01-31")
        small.score(f"m{at:02d}", {"g1": 100.0 + at, "g2": 300 + 3 * at, "a1": 200 + 2 * at, "w1": 400 + 4 * at})
        small.result(f"m{at:02d}", "MBPP", 0.8 - 0.02 * at + 0.003 * (at * 7 % 5 - 2) + (0.25 if at == 12 else 0))
    material = material_of(small)
    said = alarm_sentence(material, 0.05)
    assert said.startswith("Higher than compression predicts, and by more than chance explains: m12 (coding). ")
    assert said.endswith("A fit in which everybody is honest raises any alarm in at most 5% of cases.")
    listed = page_tables(material, standings(material), {})["residuals"].files.rows
    assert [(row[0], row[1], row[-2]) for row in listed if row[-2]] == [("coding", "m12", True)]


def test_few_families_alarm_nobody_and_it_is_said():
    small = october()
    for at in range(12):
        small.model(f"m{at:02d}", family=f"f{at % 2}", knowledge_cutoff_on="2025-01-31")
        small.score(f"m{at:02d}", {"g1": 100.0 + at, "g2": 300 + 3 * at, "a1": 200 + 2 * at, "w1": 400 + 4 * at})
        small.result(f"m{at:02d}", "MBPP", 0.8 - 0.02 * at + (0.25 if at == 6 else 0.001 * (at % 3)))
    said = alarm_sentence(material_of(small), 0.05)
    assert said == "No fit has 5 families, and with fewer no alarm keeps its rate: the table has what there is."


def test_what_a_snapshot_cost_is_summed():
    material = material_of(fill(october()))
    # Three crawls of 7 requests and half a second, five runs of 1 s; a score of the small lake has one token.
    assert cost_sentence(material) == (
        "The crawls made 21 requests and waited 2 s for their turn. Scoring took 5 s in 5 runs over 5 tokens."
    )
    assert [row[0] for row in page_tables(material, standings(material), {})["costs"].shown.rows][:3] == [
        "best", "second", "<script>alert(1)</script>",
    ]  # fmt: skip


def test_intervals_of_bits_per_byte_follow_those_of_bits_per_character():
    material = material_of(fill(october()))
    full = page_tables(material, standings(material, material.ranked), {})["by_source"].files
    columns = {name: at for at, name in enumerate(full.columns)}
    row = next(row for row in full.rows if row[:2] == ("github", "best"))
    # 400 bits over 400 characters and 430 bytes.
    assert row[columns["bits_per_character"]] == 1.0
    assert row[columns["bits_per_byte"]] == pytest.approx(400 / 430)
    assert row[columns["bits_per_byte_low"]] is None or row[columns["bits_per_byte_low"]] <= 400 / 430


def test_a_model_without_one_source_has_no_mean_and_no_rank():
    small = fill(october())
    small.model("half", knowledge_cutoff_on="2025-01-31")
    small.score("half", {"g1": 1, "g2": 1})
    half = next(one for one in standings(material_of(small)) if one.model_id == "half")
    assert (half.rank, half.mean, half.bits_per_character) == (None, None, {"github": 2 / 400})


def test_the_sign_of_a_fit_is_settled_only_by_its_interval():
    answer = benchmark_answer(material_of(fill(october())))
    assert answer.headline in {"Not settled: the interval includes zero", "Yes: fewer bits, higher scores"}
    assert answer.sentences[0] == "Over 3 models of 3 families, against the mean of the three areas as reported by me."


def test_the_reporter_of_most_models_makes_the_headline():
    small = fill(october())
    small.result("best", "MMLU", 0.5, "knowledge", by="a vendor")
    material = material_of(small)
    assert {fit.reported_by for fit in material.fits} == {"me"}
    assert {fit.reported_by for fit in material.other_fits} == {"a vendor"}
    shown = page_tables(material, standings(material), {})["correlation"].shown
    assert [row[:2] for row in shown.rows if row[0] == "a vendor"] == [("a vendor", "knowledge")]


def test_scores_by_another_protocol_are_shown_and_said_to_be(tmp_path):
    small = fill(october())
    write_report(small.connection, tmp_path, None, SETTINGS, "document_512@2")
    for name in ("index.html", "S.html"):
        said = words((tmp_path / name).read_text(encoding="utf-8"))
        assert "No model is scored here by document_512@2 , the configured one; shown is document@1" in said
    assert material_of(small).protocol_id == PROTOCOL


# --- trust ------------------------------------------------------------------------------------------------


def states(small: SmallLake) -> dict[str, str]:
    return {check.title: check.state for check in trust_checks(material_of(small))}


def test_a_sound_snapshot_has_no_bad_check():
    found = states(fill(october()))
    assert found == {
        "Complete": "good", "Balanced": "good", "Dated": "good", "Fresh to every model": "good", "Precise": "good",
        "Nothing altered": "good", "Nobody missing": "good", "Not coded": "mind", "Filters not measured": "mind",
    }  # fmt: skip
    said = {check.title: check.sentence for check in trust_checks(material_of(fill(october())))}
    assert said["Balanced"] == "Every landed text has one verdict: 7 landed = 4 kept + 3 dropped."
    assert (
        said["Fresh to every model"]
        == "All are judged on the texts published after 2025-03-02, 100% of the characters."
    )


def test_a_text_without_its_verdict_is_named_by_source():
    small = fill(october())
    small.ask("DELETE FROM verdicts WHERE document_id = 'a1'")
    first = trust_checks(material_of(small))[0]
    assert (first.state, first.title) == ("bad", "Does not balance")
    assert "differ on arxiv;" in first.sentence


def test_lower_precision_wants_its_audit():
    small = fill(october())
    assert scoring_machines(material_of(small))[0] == ("Scored on", "cpu, float32")
    small.ask("UPDATE scoring_runs SET dtype = 'bfloat16' WHERE model_id = 'best'")
    assert states(small)["Precision not audited"] == "mind"
    small.ask("UPDATE scoring_runs SET float32_difference = 2e-5 WHERE model_id = 'best'")
    assert states(small)["Precise"] == "good"


def test_audited_scores_say_how_many_bits_their_codes_have():
    small = fill(october())
    small.audit("best", "g1", scored_bits=1000.0, coded_bits=1040)
    said = {check.title: check.sentence for check in trust_checks(material_of(small))}
    assert said["Coded and decoded"] == (
        "Scores held against an entropy coder: 1; 1,040 bits coded for 1,000 scored, decoded whole."
    )
    small.audit("second", "g1", scored_bits=1000.0, coded_bits=1066)
    first = trust_checks(material_of(small))[0]
    assert (first.state, first.title) == ("bad", "Code and score differ")
    assert first.sentence.startswith("1 of 2 texts do not come back from their code, or not in as many bits: second.")


@pytest.mark.parametrize(
    ("found", "claimed", "title", "state"),
    [
        (19, 1, "Filters measured", "good"),
        (17, 1, "Filters miss or claim texts", "mind"),
        (19, 2, "Filters miss or claim texts", "mind"),
    ],
)
def test_the_filters_of_a_curation_are_told_by_the_one_that_finds_least(found, claimed, title, state):
    small = fill(october())
    small.insert(
        Check("S", "github", "contamination", "verbatim", True, 20, found),
        Check("S", "github", "contamination", "clean", False, 200, claimed),
        Check("S", "arxiv", "exact_duplicate", "copy", True, 4, 4),
    )
    check = next(check for check in trust_checks(material_of(small)) if check.title == title)
    least = {19: "95.0% (95 %: 76.4% to 99.1%)", 17: "85.0% (95 %: 64.0% to 94.8%)"}[found]
    assert check.state == state
    assert check.sentence == (
        f"Of 24 planted texts {found + 4} were found, of 200 clean ones {claimed} claimed."
        f" Least are found: {least} for contamination on github."
    )


def test_reference_sets_are_told_with_their_mode(tmp_path):
    small = fill(october())
    small.insert(ReferenceSet("gsm8k", "p", 3, "f", datetime(2026, 11, 1), "keep_oldest", date(2021, 10, 27)))
    page = words(write(small, tmp_path))
    assert "gsm8k 3 keep_oldest 2021-10-27" in page


def test_models_left_out_altered_text_and_an_incomplete_crawl_are_said():
    small = fill(october())
    small.model("undated")
    small.score("undated", {"g1": 1, "g2": 1, "a1": 1, "w1": 1})
    small.ask("UPDATE scores SET altered_byte_count = 5 WHERE model_id = 'second' AND document_id = 'g1'")
    small.ask("UPDATE snapshots SET is_complete = false")
    found = states(small)
    assert found["Some left out"] == "mind"
    assert found["Tokenizers alter text"] == "mind"
    assert found["Declared incomplete"] == "bad"
    material = material_of(small)
    left_out = page_tables(material, standings(material), {})["left_out"].files.rows
    assert ("comparison", "all", "never fresh: knowledge cutoff and release date are unknown", ("undated",)) in left_out


# --- whatever is missing ----------------------------------------------------------------------------------


def test_without_a_snapshot_the_page_says_so(tmp_path):
    small = SmallLake()
    assert "No snapshot is sealed yet" in words(write(small, tmp_path, "index.html"))
    with pytest.raises(SnapshotError, match="no snapshot is sealed yet"):
        write_report(small.connection, tmp_path, "2026-10", SETTINGS, PROTOCOL)


def test_without_scores_the_page_says_so(tmp_path):
    small = october()
    judge(small)
    said = words(write(small, tmp_path))
    assert "No model is compared on S yet Who compresses best? Not known yet No model is scored on it;" in said
    assert "No model is compared on this snapshot." in said
    assert "No fit has enough models to hold each of them against the others." in said
    assert "Nothing is known of it" not in said
    assert "There is no compression to compare with benchmark results yet." in said
    assert "7 landed = 4 kept + 3 dropped" in said


def test_a_model_without_a_name_is_called_by_its_id_with_the_hash_cut():
    small = october()
    small.model(f"tiny@{'0123456789abcdef' * 4}", released_on="2026-01-01")
    material = material_of(small)
    assert material.name(f"tiny@{'0123456789abcdef' * 4}") == "tiny@0123456789ab…"


@pytest.mark.slow
def test_without_benchmarks_the_page_says_so_and_an_earlier_figure_goes(tmp_path):
    small = fill(october())
    write(small, tmp_path)
    assert (tmp_path / "S" / "correlation.svg").exists()
    small.ask("DELETE FROM benchmark_results")
    said = words(write(small, tmp_path))
    assert "No benchmark result of a compared base model is imported; freshpress benchmarks import FILE brings" in said
    assert not {path.stem for path in (tmp_path / "S").iterdir()} & {"correlation", "fit_models"}
    assert (tmp_path / "S" / "bits_per_character.png").read_bytes().startswith(b"\x89PNG")


def test_with_codecs_alone_the_page_says_so():
    small = october()
    small.model("zstd@19", kind="codec", location=None)
    small.score("zstd@19", {"g1": 1, "g2": 1, "a1": 1, "w1": 1}, "codec@1")
    material = material_of(small)
    table = standings(material)
    assert compression_answer(material, table).headline == "No model is compared on S yet"
    assert bits_figure(table, ["github"]) is None
    assert [row[0] for row in page_tables(material, table, {})["all_scores"].files.rows] == ["zstd@19"]


# --- words and numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "column", "shown"),
    [
        (None, "mean", "–"),
        (True, "is_whole", "yes"),
        (1234567, "char_count", "1,234,567"),
        (2404, "seed", "2404"),
        (0.12345, "bits_per_character", "0.123"),
        (-0.9349, "pearson", "−0.935"),
        (0.00002, "float32_difference", "2.0e−05"),
        (0.3333, "char_share", "33.3%"),
        (float("nan"), "rmse", "–"),
        (1_500_000, "peak_memory_bytes", "2 MB"),
        (("a", "b"), "models", "a, b"),
        (date(2026, 10, 1), "window_start", "2026-10-01"),
        (datetime(2026, 10, 1, 3, 4, 5), "sealed_at", "2026-10-01 03:04"),
    ],
)  # fmt: skip
def test_values_are_printed_by_what_their_column_says(value, column, shown):
    assert shown_value(value, column) == shown


def test_headings_are_words():
    assert [heading(name) for name in ("bits_per_character", "is_complete", "sealed_at", "n", "landed_count")] == [
        "Bits per character", "Complete", "Sealed", "n", "Landed",
    ]  # fmt: skip
