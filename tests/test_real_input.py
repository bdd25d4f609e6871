"""The main job on real input: recorded answers, e-prints, tarballs and WARC files, scored by a trained model."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.origin import Origin, as_toml, serve
from tests.replay import OAI_SETS, replay_material
from tests.scoring.stories260k import convert

pytestmark = pytest.mark.slow

WINDOW = ("--name", "real", "--since", "2000-01-01", "--until", "2026-11-01")


def freshpress(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", "--home", str(home), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stderr
    return done


def ask(home: Path, query: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(freshpress(home, "sql", query, "--format", "csv").stdout)))


@pytest.fixture(scope="module")
def origin(shared_data: Path) -> Iterator[Origin]:
    with serve(replay_material(shared_data)) as running:
        yield running


@pytest.fixture(scope="module")
def home(origin: Origin, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "home"
    freshpress(folder, "init", "--contact", "tests@example.org")
    tables = origin.overrides()
    tables["crawler.github"] |= {"min_stars": 0}
    # All of what is recorded, whatever its field.
    tables["crawler.arxiv"] |= {"sets": OAI_SETS, "primary_categories": []}
    # Old captures carry no publication metadata: judged on quality, not on age.
    tables["curation"] = {"accept_undated": True}
    tables["curation.sampling"] = {"budget_chars": 150_000}
    (folder / "freshpress.toml").write_text(as_toml(tables), encoding="utf-8")
    model = convert(shared_data / "models" / "stories260K", folder / "stories260K")
    freshpress(folder, "models", "add", str(model), "--family", "stories", "--released-on", "1999-01-01")
    freshpress(folder, "refresh", *WINDOW)
    freshpress(folder, "score", "--protocol", "document_512")
    return folder


def test_every_landed_item_has_one_verdict_and_every_other_a_ledger_row(home: Path) -> None:
    balance = ask(home, "SELECT source, landed_count, is_balanced FROM snapshot_balance")
    assert {row["source"] for row in balance} == {"github", "arxiv", "common_crawl"}
    assert all(row["is_balanced"] == "true" and int(row["landed_count"]) > 0 for row in balance)
    assert ask(home, "SELECT unit FROM crawl_units WHERE expected_count <> landed_count + ledger_count") == []


def test_texts_of_all_three_sources_are_kept(home: Path) -> None:
    kept = ask(home, "SELECT source, document_count FROM snapshot_characters")
    assert {row["source"] for row in kept} == {"github", "arxiv", "common_crawl"}


def test_what_cannot_be_read_is_in_the_ledger_by_its_reason(home: Path) -> None:
    reasons = {
        row["reason"] for row in ask(home, "SELECT DISTINCT reason FROM crawl_ledger WHERE outcome = 'unreadable'")
    }
    assert reasons


def test_every_kept_text_is_scored_by_the_trained_model_and_the_codecs(home: Path) -> None:
    scored = ask(home, "SELECT model_id, count(*) AS n FROM scores GROUP BY 1")
    kept = ask(home, "SELECT count(*) AS n FROM snapshot_documents")[0]["n"]
    assert len(scored) == 5
    assert {row["n"] for row in scored} == {kept}


def test_the_story_model_spells_every_byte_and_loses_to_the_codecs(home: Path) -> None:
    rows = {row["model_id"].partition("@")[0]: float(row["b"]) for row in ask(
        home, "SELECT model_id, sum(total_bits) / sum(byte_count) AS b FROM compression GROUP BY 1"
    )}  # fmt: skip
    # Trained on children's stories, it knows English letters but neither code nor TeX.
    assert rows["brotli"] < rows["stories260K"] < 8.0
    assert ask(home, "SELECT document_id FROM scores WHERE altered_byte_count > 0 AND model_id LIKE 'stories%'") == []


def test_the_lake_is_sound(home: Path) -> None:
    freshpress(home, "doctor")


def test_doing_it_again_changes_nothing(home: Path) -> None:
    assert "already sealed" in freshpress(home, "refresh", *WINDOW).stderr
