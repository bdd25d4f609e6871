"""A home with a real lake, and a crawler that lands what a test says."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from config import CrawlerSettings
from crawler.spec import CrawlProgress, CrawlSpec
from schedules import crawls, due
from schedules.workspace import Workspace, create_workspace
from storage import landing
from storage.errors import CrawlError
from storage.forgotten import Forgotten
from storage.records import CrawlRun
from tests.storage.builders import make

NOVEMBER_20 = datetime(2026, 11, 20)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Return a home on the 20th of November 2026."""
    monkeypatch.setattr(due, "utc_now", lambda: NOVEMBER_20)
    return create_workspace(tmp_path / "home", "tests@example.org")[0]


class FakeCrawler:
    """Lands an empty whole run for every window, or fails where it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.failing: dict[tuple[str, str], Exception] = {}

    def __call__(
        self,
        root: Path,
        source: str,
        since: date,
        until: date,
        settings: CrawlerSettings,
        on_progress: Callable[[CrawlProgress], None],
        forgotten: Forgotten,
    ) -> CrawlRun:
        window = (source, f"{since:%Y-%m}")
        self.asked.append(window)
        spec = CrawlSpec(source, since, until, root, settings.seed, settings)
        run = make(
            CrawlRun, crawl_run_id=spec.crawl_run_id, source=source, window_start=since, window_end=until,
            landed_count=0 if window in self.failing else 3, is_complete=window not in self.failing,
        )  # fmt: skip
        landing.write_run(spec.folder, run)
        on_progress(make(CrawlProgress, source=source, waits={"rate limit": 300.0, "503": 40.0}, note="unit"))
        if error := self.failing.get(window):
            raise error
        return run


@pytest.fixture
def crawler(monkeypatch: pytest.MonkeyPatch) -> FakeCrawler:
    fake = FakeCrawler()
    monkeypatch.setattr(crawls, "crawl", fake)
    return fake


def failed(source: str, month: str) -> CrawlError:
    return CrawlError(f"The {source} crawl of {month} is incomplete; run it again.")
