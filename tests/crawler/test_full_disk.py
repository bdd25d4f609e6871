"""A disk that fills up, a power cut, a signal: what has landed stays, nothing half is read, one sentence says so."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.spec import CrawlSpec
from storage import landing
from tests.conftest import ROOT
from tests.crawler.loopback import SINCE, UNTIL, Asked, Crawls, Origin, Reply, assert_balanced
from tests.crawler.test_github_crawl import serve_repositories

# Each test starts processes.
pytestmark = pytest.mark.slow

SMALL = {f"owner/s{n}": {"a.py": b"x = %d\n" % n} for n in range(6)}
CRAWL = (
    "import resource, sys; from pathlib import Path; from crawler.spec import CrawlSpec; "
    "from crawler.process import crawl; s = CrawlSpec.from_json(Path(sys.argv[1]).read_text()); "
    "crawl(s.landing_dir, s.source, s.since, s.until, s.settings, lambda p: None)"
)


def spec_of(crawls: Crawls, settings: CrawlerSettings) -> CrawlSpec:
    return CrawlSpec("github", SINCE, UNTIL, crawls.root, settings.seed, settings)


def limit_files(limit_bytes: int) -> None:
    """Let no file grow beyond this: a write that would fails as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))


def test_a_full_disk_is_one_sentence_and_what_has_landed_stays(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls, tmp_path: Path
) -> None:
    # Noise does not pack: the file of this one repository passes the limit, wherever it stands in the plan.
    serve_repositories(origin, SMALL | {"owner/large": {"a.py": os.urandom(300_000).hex().encode()}})
    path = tmp_path / "spec.json"
    path.write_text(spec_of(crawls, settings).to_json())
    limited = subprocess.run(
        [sys.executable, "-c", CRAWL, str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: limit_files(100_000),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    folder = crawls.folder("github")
    assert limited.returncode == 1
    last = limited.stderr.strip().splitlines()[-1]
    assert last.startswith(f"storage.errors.DiskError: {folder} could not be written (File too large), ")
    assert last.endswith(" bytes are free there; make room and run this again; what was written before stays.")
    assert not list(folder.rglob("*.partial"))
    before = {unit.unit for unit in landing.settled_units(folder)}
    assert "owner/large" not in before
    fetched = Counter(origin.paths())
    assert crawls.run("github", settings).is_complete
    assert_balanced(folder)
    again = Counter(origin.paths()) - fetched
    assert not any(f"/repos/{name}/tarball/main" in again for name in before)
    assert len(crawls.documents("github")) == len(SMALL) + 1


def test_a_damaged_unit_of_a_whole_crawl_is_fetched_again_and_nothing_else(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve_repositories(origin, SMALL)
    crawls.run("github", settings)
    before = crawls.documents("github")
    folder = crawls.folder("github")
    # As a disk that lied about its flushes leaves them after a power cut: empty, torn, gone.
    (folder / "000002.parquet").write_bytes(b"")
    (folder / "000003.parquet").write_bytes((folder / "000003.parquet").read_bytes()[:100])
    (folder / "000004.parquet").unlink()
    (folder / "units" / "000005.json").write_bytes(b"")
    (folder / "run.json").write_bytes(b"")
    origin.requests.clear()
    run = crawls.run("github", settings)
    assert run.is_complete
    assert len([path for path in origin.paths() if path.startswith("/repos")]) == 4
    assert "/search/repositories" not in origin.paths()
    assert [(d.document_id, d.content) for d in crawls.documents("github")] == [
        (d.document_id, d.content) for d in before
    ]
    assert_balanced(folder)
    assert "is taken back and fetched again: 000002.parquet cannot be read" in (folder / "crawl.log").read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_crawl_at_once_and_what_has_landed_stays(
    origin: Origin, settings: CrawlerSettings, tmp_path: Path, number: int
) -> None:
    home = tmp_path / "home"
    command = [sys.executable, "-m", "cli", "--home", str(home)]
    subprocess.run([*command, "init", "--contact", "tests@example.org"], check=True, capture_output=True, timeout=60)
    spell = {"crawler.github": {"api_url": origin.url, "search_delay_seconds": 0.0, "archive_delay_seconds": 0.0}}
    (home / "freshpress.toml").write_text(
        "".join(
            f"[{table}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in keys.items())
            for table, keys in spell.items()
        )
    )
    serve_repositories(origin, SMALL)
    serve_now, reached, released = origin.answer, threading.Event(), threading.Event()

    def hold_the_fourth(asked: Asked) -> Reply:
        if sum(path.startswith("/repos") for path in origin.paths()) == 4:
            reached.set()
            released.wait(60)
        return serve_now(asked)

    origin.answer = hold_the_fourth
    window = ["--since", str(SINCE), "--until", str(UNTIL)]
    # A shell lets what it starts in the background ignore SIGINT, and a program inherits that.
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    job = subprocess.Popen([*command, "crawl", "github", *window], stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    assert reached.wait(60)
    job.send_signal(number)
    _, said = job.communicate(timeout=30)
    released.set()
    assert job.returncode == 128 + number
    assert said.splitlines()[-1].endswith("what was done stays, run it again to go on.")
    assert "Traceback" not in said
    folder = landing.landing_folder(home / "landing", "github", SINCE, UNTIL)
    assert len(landing.settled_units(folder)) == 4
    rows = subprocess.run(
        [*command, "sql", "SELECT job, outcome FROM job_runs", "--format", "csv"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert rows.stdout.split() == ["job,outcome", "crawl", "github,interrupted"]
    origin.requests.clear()
    assert (
        subprocess.run([*command, "crawl", "github", *window], capture_output=True, timeout=60, check=False).returncode
        == 0
    )
    assert len([path for path in origin.paths() if path.startswith("/repos")]) == 3
