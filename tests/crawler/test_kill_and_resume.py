"""A crawl that ends badly leaves nothing that misleads. That kills cost nothing: tests/bench/test_kills.py."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.spec import CrawlSpec
from storage import landing
from storage.errors import BusyError, CrawlError
from storage.locks import exclusive
from tests.conftest import ROOT
from tests.crawler.loopback import SINCE, UNTIL, Asked, Crawls, Origin, Reply
from tests.crawler.test_github_crawl import serve_repositories

# Each test starts processes.
pytestmark = pytest.mark.slow

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def spec_file(crawls: Crawls, source: str, settings: CrawlerSettings) -> Path:
    spec = CrawlSpec(source, SINCE, UNTIL, crawls.root, settings.seed, settings)
    spec.folder.mkdir(parents=True, exist_ok=True)
    path = spec.folder / "spec.json"
    path.write_text(spec.to_json())
    return path


def landed(crawls: Crawls, source: str) -> list[tuple[str, str, str]]:
    return [(document.unit, document.document_id, document.url) for document in crawls.documents(source)]


def test_what_a_killed_crawl_left_unsettled_is_not_read_and_is_removed(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve_repositories(origin, {"owner/a": {"a.py": b"x = 1\n"}, "owner/b": {"b.py": b"y = 1\n"}})
    crawls.run("github", settings)
    folder = crawls.folder("github")
    before = landed(crawls, "github")
    # As if killed before the last unit's commit point, and in the middle of a file.
    (folder / "units" / "000002.json").unlink()
    (folder / ".000003.parquet.99.partial").write_bytes(b"half")
    assert len(landing.document_files(folder)) == 1
    crawls.run("github", settings)
    assert landed(crawls, "github") == before
    assert not list(folder.rglob("*.partial"))


def test_a_crawl_ends_with_its_parent_and_the_next_one_can_begin(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve_repositories(origin, {"owner/a": {"a.py": b"x = 1\n"}})
    serve_now = origin.answer
    reached, released = threading.Event(), threading.Event()

    def hold(asked: Asked) -> Reply:
        if asked.path.startswith("/repos") and not released.is_set():
            reached.set()
            released.wait(30)
        return serve_now(asked)

    origin.answer = hold
    script = (
        "import sys; from pathlib import Path; from datetime import date; from crawler.spec import CrawlSpec; "
        "from crawler.process import crawl; s = CrawlSpec.from_json(Path(sys.argv[1]).read_text()); "
        "crawl(s.landing_dir, s.source, s.since, s.until, s.settings, lambda p: None)"
    )
    path = spec_file(crawls, "github", settings)
    with subprocess.Popen([sys.executable, "-c", script, str(path)], env=ENVIRONMENT) as parent:
        assert reached.wait(30)
        parent.send_signal(signal.SIGKILL)
    # Whoever held it is gone within the wait, or this is a BusyError.
    with exclusive(crawls.folder("github") / "crawl.lock", "test", wait_seconds=5.0):
        pass
    released.set()
    assert crawls.run("github", settings).is_complete


def test_two_crawls_of_one_window_do_not_run_together(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    crawls.folder("github").mkdir(parents=True)
    with (
        exclusive(crawls.folder("github") / "crawl.lock", "another crawl", wait_seconds=1.0),
        pytest.raises(BusyError, match="is held by another crawl"),
    ):
        crawls.run("github", settings)
    assert origin.requests == []


def crawler_child() -> int:
    """Return the crawler among this process's children: earlier tests may have left it helpers of Python's own."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    (crawler,) = [child for child in children if b"crawler" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return int(crawler)


def test_a_crawler_that_dies_is_told_with_its_log(origin: Origin, settings: CrawlerSettings, crawls: Crawls) -> None:
    def answer(asked: Asked) -> Reply:
        os.kill(crawler_child(), signal.SIGKILL)
        return Reply()

    origin.answer = answer
    with pytest.raises(CrawlError, match=r"github crawl .* broke off; .*crawl\.log says why; run it again"):
        crawls.run("github", settings)


def test_an_error_in_the_progress_callback_ends_the_crawl(
    origin: Origin, settings: CrawlerSettings, crawls: Crawls
) -> None:
    serve_repositories(origin, {"owner/a": {"a.py": b"x = 1\n"}})

    class NoiseError(Exception):
        pass

    class Loud(list):  # type: ignore[type-arg]
        def append(self, progress: object) -> None:
            raise NoiseError(progress)

    crawls.progress = Loud()
    with pytest.raises(NoiseError):
        crawls.run("github", settings)
    with exclusive(crawls.folder("github") / "crawl.lock", "test", wait_seconds=1.0):
        run = landing.read_run(crawls.folder("github"))
    assert run is None or not run.is_complete


@pytest.mark.parametrize(
    ("source", "since", "until"), [("gitlab", SINCE, UNTIL), ("github", UNTIL, SINCE), ("github", SINCE, SINCE)]
)
def test_a_crawl_that_makes_no_sense_is_refused(
    source: str, since: object, until: object, settings: CrawlerSettings, crawls: Crawls
) -> None:
    with pytest.raises(CrawlError, match="known sources are github, arxiv, common_crawl"):
        crawls.run(source, settings, since, until)  # type: ignore[arg-type]
