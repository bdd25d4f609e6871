"""`--dry-run`: what crawls will cost, from the settings and what lies in landing/. Asks nobody and writes nothing."""

from collections.abc import Iterable
from pathlib import Path

from analysis.tables import Table
from crawler.estimate import Crawled, Estimate, estimate
from crawler.github_token import read_token
from crawler.spec import CrawlSpec
from schedules.periods import Period
from schedules.workspace import Workspace
from storage.landing import landing_folders, read_plan, read_run, settled_units
from storage.records import utc_now


def estimate_crawls(workspace: Workspace, windows: Iterable[tuple[Period, str]]) -> Table:
    """Return what the crawl of each window of a source will cost, one row each."""
    estimates = [_estimate(workspace, period, source) for period, source in windows]
    rows = (
        (e.source, f"{e.window_start}_{e.window_end}", e.request_count, e.download_bytes, e.hours, e.basis)
        for e in estimates
    )
    return Table(("source", "window", "requests", "bytes", "hours", "basis"), tuple(rows))


def _estimate(workspace: Workspace, period: Period, source: str) -> Estimate:
    settings, root = workspace.settings.crawler, workspace.home.landing
    spec = CrawlSpec(source, period.since, period.until, root, settings.seed, settings)
    earlier = [_read(folder) for folder in landing_folders(root, source) if folder != spec.folder]
    has_token = read_token() is not None
    return estimate(spec, _read(spec.folder), earlier, has_token=has_token, today=utc_now().date())


def _read(folder: Path) -> Crawled:
    return Crawled(read_plan(folder), read_run(folder), tuple(settled_units(folder)))
