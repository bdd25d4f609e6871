"""The main job as a user meets it: the demo with a shorter ladder, then questions, then kills at any point."""

import csv
import io
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.reasons import REASONS as LEDGER_REASONS
from curation.reasons import REASONS
from demo.ladder import Family
from demo.material import OCTOBER, SETTINGS, make_material
from demo.origin import Origin, as_toml, serve
from demo.walk import walk

pytestmark = pytest.mark.slow

SHORT_LADDER = (Family("demo-llama", 4e-3, (1, 4)), Family("demo-neox", 8e-3, (2,)))


def freshpress(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "--home", str(home), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def ask(home: Path, query: str) -> list[dict[str, str]]:
    answer = freshpress(home, "sql", query, "--format", "csv")
    assert answer.returncode == 0, answer.stderr
    return list(csv.DictReader(io.StringIO(answer.stdout)))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "demo-home"
    walk(folder, SHORT_LADDER)
    return folder


def test_all_three_sources_are_in_the_snapshot(home: Path) -> None:
    query = "select source, count(*) as n from snapshot_documents join documents using (document_id) group by 1"
    assert {row["source"] for row in ask(home, query)} == {"github", "arxiv", "common_crawl"}


def test_verdicts_balance_with_what_landed(home: Path) -> None:
    rows = ask(home, "SELECT landed_count, kept_count + rejected_count AS judged, is_balanced FROM snapshot_balance")
    assert len(rows) == 6
    assert all(row["landed_count"] == row["judged"] and row["is_balanced"] == "true" for row in rows)


def test_scores_cover_every_kept_document_for_every_model_and_codec(home: Path) -> None:
    missing = ask(
        home,
        "SELECT members.document_id, models.model_id FROM snapshot_documents AS members CROSS JOIN models "
        "ANTI JOIN scores ON scores.document_id = members.document_id AND scores.model_id = models.model_id "
        "WHERE members.snapshot_id = '2026-10'",
    )
    assert missing == []
    assert len(ask(home, "SELECT DISTINCT model_id FROM scores")) == 7


def test_every_reason_for_dropping_a_text_shows_up(home: Path) -> None:
    shown = {row["reason"] for row in ask(home, "SELECT DISTINCT reason FROM verdicts WHERE NOT is_kept")}
    expected = {name for name, reason in REASONS.items() if not (reason.is_defect or reason.is_off_by_default)}
    assert shown == expected - {"forgotten"}, "nobody has asked this home to forget a text"


def test_the_ledger_shows_what_did_not_land_by_known_reasons(home: Path) -> None:
    shown = {row["reason"] for row in ask(home, "SELECT DISTINCT reason FROM crawl_ledger")}
    assert len(shown) >= 12
    assert shown <= set(LEDGER_REASONS)


def test_bits_are_between_nothing_and_plain_text(home: Path) -> None:
    rows = ask(home, "SELECT bits_per_byte FROM compression")
    assert rows
    assert all(0.2 < float(row["bits_per_byte"]) < 8.5 for row in rows)


def test_the_report_is_there_and_asks_nothing_of_the_outside(home: Path) -> None:
    page = (home / "report" / "index.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "2026-10" in page
    assert "<script src" not in page
    assert '<link rel="stylesheet"' not in page


def test_the_doctor_finds_a_sound_lake(home: Path) -> None:
    checked = freshpress(home, "doctor", "--format", "csv")
    assert checked.returncode == 0, checked.stderr
    assert {row["state"] for row in csv.DictReader(io.StringIO(checked.stdout))} == {"holds"}


def test_a_fit_of_own_scores_has_n_and_says_who_is_in(home: Path) -> None:
    fits = list(csv.DictReader(io.StringIO(freshpress(home, "correlate", "--format", "csv").stdout)))
    assert [fit["area"] for fit in fits] == ["overall", "knowledge", "coding", "math"]
    assert {fit["n"] for fit in fits} == {"3"}


def test_a_text_tells_its_life_by_id_and_by_url(home: Path) -> None:
    row = ask(home, "SELECT document_id, url FROM documents WHERE source = 'arxiv' ORDER BY 1 LIMIT 1")[0]
    for name in (row["document_id"], row["url"]):
        told = freshpress(home, "explain", name)
        assert told.returncode == 0, told.stderr
        assert "arxiv_v1" in told.stdout


def test_refreshing_again_with_the_same_settings_does_nothing(home: Path) -> None:
    again = freshpress(home, "refresh", "--name", OCTOBER)
    assert again.returncode == 0
    assert "already sealed" in again.stderr


def test_refreshing_a_sealed_snapshot_with_other_settings_is_refused(home: Path) -> None:
    other = freshpress(home, "refresh", "--name", OCTOBER, "--source", "github")
    assert other.returncode == 1
    assert "a sealed snapshot is never changed" in other.stderr


def test_scoring_again_scores_nothing_again(home: Path) -> None:
    before = ask(home, "SELECT scoring_run_id FROM scoring_runs ORDER BY 1")
    assert freshpress(home, "score").returncode == 0
    assert ask(home, "SELECT scoring_run_id FROM scoring_runs ORDER BY 1") == before


def test_a_node_without_the_lake_gives_the_same_bits(home: Path, tmp_path: Path) -> None:
    model = ask(home, "SELECT model_id, location FROM models WHERE kind = 'base' ORDER BY 1 LIMIT 1")[0]
    assert freshpress(home, "export-texts", OCTOBER, str(tmp_path / "texts")).returncode == 0
    node = [sys.executable, "-m", "scoring", str(tmp_path / "texts"), "--model", model["location"]]
    subprocess.run([*node, "--protocol", "document_512", "--out", str(tmp_path / "out.jsonl")], check=True, timeout=300)
    assert freshpress(home, "score-import", str(tmp_path / "out.jsonl")).returncode == 0
    counts = ask(
        home,
        "SELECT protocols.name, count(*) AS n FROM scores JOIN protocols ON protocols.protocol_id = scores.protocol_id "
        f"WHERE scores.model_id = '{model['model_id']}' GROUP BY 1",
    )
    assert len({row["n"] for row in counts}) == 1
    assert {row["name"] for row in counts} == {"document", "document_512"}


def test_a_plain_duckdb_file_holds_tables_and_views(home: Path, tmp_path: Path) -> None:
    exported = freshpress(home, "export", str(tmp_path / "out.duckdb"), "--format", "csv")
    assert exported.returncode == 0, exported.stderr
    counts = {row["table"]: int(row["rows"]) for row in csv.DictReader(io.StringIO(exported.stdout))}
    assert counts["scores"] > 0


# --- killed at any point ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with serve(make_material(OCTOBER)) as running:
        yield running


def new_home(folder: Path, origin: Origin) -> Path:
    assert freshpress(folder, "init", "--contact", "tests@example.org").returncode == 0
    tables = {**SETTINGS}
    for table, values in origin.overrides().items():
        tables[table] = {**tables.get(table, {}), **values}
    (folder / "freshpress.toml").write_text(as_toml(tables), encoding="utf-8")
    return folder


def test_killed_refreshes_end_at_the_fingerprint_of_an_uninterrupted_one(origin: Origin, tmp_path: Path) -> None:
    whole, killed = new_home(tmp_path / "whole", origin), new_home(tmp_path / "killed", origin)
    started = time.monotonic()
    assert freshpress(whole, "refresh", "--name", OCTOBER).returncode == 0
    seconds = time.monotonic() - started
    chance, kills = random.Random(2404), 0
    command = [sys.executable, "-m", "cli", "--home", str(killed), "refresh", "--name", OCTOBER]
    for attempt in range(40):
        # Ever later, so that every stage is hit and the job ends at last. What it says goes to a file: workers of a
        # killed job live a little longer and would hold a pipe open.
        with (tmp_path / "said").open("w") as said:
            job = subprocess.Popen(command, stderr=said)
        try:
            job.wait(timeout=seconds * (0.1 + 0.05 * attempt) * chance.uniform(0.5, 1.5))
        except subprocess.TimeoutExpired:
            os.kill(job.pid, signal.SIGKILL)
            job.wait()
            kills += 1
            continue
        assert job.returncode == 0, (tmp_path / "said").read_text()
        break
    assert kills >= 3
    assert ask(killed, "SELECT fingerprint FROM snapshots") == ask(whole, "SELECT fingerprint FROM snapshots")
    assert ask(killed, "SELECT is_balanced FROM snapshot_balance") == [{"is_balanced": "true"}] * 3
    counts = "SELECT source, landed_count, ledger_count FROM crawl_runs ORDER BY 1"
    assert ask(killed, counts) == ask(whole, counts)


def test_readers_are_answered_while_a_refresh_is_under_way(origin: Origin, tmp_path: Path) -> None:
    busy = new_home(tmp_path / "busy", origin)
    command = [sys.executable, "-m", "cli", "--home", str(busy), "refresh", "--name", OCTOBER]
    job = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    answered = 0
    while job.poll() is None:
        assert len(ask(busy, "SELECT count(*) AS n FROM verdicts")) == 1
        answered += 1
    assert job.returncode == 0
    assert answered >= 3
