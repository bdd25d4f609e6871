"""`--dry-run`: one row per source and window, for people and programs, and not a byte asked for or written."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from schedules.workspace import create_workspace
from storage import lake, rows
from storage.records import Watermark
from tests.crawler.loopback import Origin
from tests.schedules.conftest import NOVEMBER_20
from tests.storage.builders import make


@pytest.fixture
def origin():
    server = Origin()
    yield server
    server.close()


@pytest.fixture
def home(tmp_path: Path, origin: Origin) -> Path:
    """Return a home that points at an origin, with settings whose views are not published yet."""
    root = tmp_path / "home"
    workspace, _ = create_workspace(root, "tests@example.org")
    (root / "freshpress.toml").write_text(
        f'[crawler.github]\napi_url = "{origin.url}"\n'
        f'[crawler.arxiv]\noai_url = "{origin.url}/oai"\nsource_url = "{origin.url}/e-print"\n'
        f'[crawler.common_crawl]\ncollinfo_url = "{origin.url}/c.json"\ndata_url = "{origin.url}"\n'
        "[analysis]\ncutoff_margin_days = 7\n"
    )
    mark = make(Watermark, source="arxiv", state="hole", window_end=NOVEMBER_20.date().replace(day=1), reason="503")
    lake.write(workspace.home, "test", lambda connection: rows.insert(connection, [mark], Watermark))
    return root


def contents(root: Path) -> dict[str, tuple[bytes, float]]:
    # A reader of a SQLite catalog touches its shared memory, which is no content.
    files = (path for path in root.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
    return {str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime) for path in files}


def dry_run(home: Path, *words: str, form: str) -> str:
    command = [sys.executable, "-m", "cli", "--home", str(home), *words, "--dry-run", "--format", form]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    return answer.stdout


@pytest.mark.parametrize(
    ("words", "sources"),
    [
        (("crawl", "github", "--name", "2026-10"), ["github"]),
        (("refresh", "--name", "2026-10"), ["github", "arxiv", "common_crawl"]),
        (("refresh", "--name", "2026-10", "--source", "common_crawl"), ["common_crawl"]),
    ],
)
def test_a_row_per_source_asks_nobody_and_writes_nothing(
    home: Path, origin: Origin, words: tuple[str, ...], sources: list[str]
) -> None:
    before = contents(home)
    as_json = json.loads(dry_run(home, *words, form="json"))
    as_csv = list(csv.DictReader(io.StringIO(dry_run(home, *words, form="csv"))))
    assert [list(row) for row in as_json] == [["source", "window", "requests", "bytes", "hours", "basis"]] * len(
        sources
    )
    assert [row["source"] for row in as_json] == [row["source"] for row in as_csv] == sources
    assert {row["window"] for row in as_csv} == {"2026-10-01_2026-11-01"}
    assert all(isinstance(row["requests"], int) and row["hours"] > 0 for row in as_json)
    assert origin.requests == []
    assert contents(home) == before


def test_without_a_window_every_open_one_has_its_row(home: Path) -> None:
    found = [(row["source"], row["window"]) for row in json.loads(dry_run(home, "crawl", "arxiv", form="json"))]
    assert found[0] == ("arxiv", "2026-10-01_2026-11-01")
    assert all(source == "arxiv" for source, _ in found)
