"""What a crawl is said to cost, by its plan, by earlier crawls, and by typical sizes whose origin is real."""

import gzip
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from config import CrawlerSettings, load_settings
from crawler import estimate as module
from crawler.estimate import Crawled, Estimate, estimate
from crawler.spec import CrawlSpec
from storage.landing import Plan
from storage.records import CrawlRun, CrawlUnit
from tests.crawler.loopback import SINCE, UNTIL, changed
from tests.storage.builders import make

TODAY = date(2026, 11, 20)
BEGUN_AT = datetime(2026, 11, 2, 3)
NOTHING = Crawled(None, None, ())


@pytest.fixture
def shipped() -> CrawlerSettings:
    return load_settings().crawler


def spec_of(settings: CrawlerSettings, source: str) -> CrawlSpec:
    return CrawlSpec(source, SINCE, UNTIL, Path("landing"), settings.seed, settings)


def told(spec: CrawlSpec, begun: Crawled = NOTHING, *earlier: Crawled, has_token: bool = True) -> Estimate:
    return estimate(spec, begun, earlier, has_token=has_token, today=TODAY)


def crawled(
    spec: CrawlSpec, entries: int, settled: int, content_bytes: int, *, seconds: float = 10.0, whole: bool = False
) -> Crawled:
    """Return a crawl that has settled the first units of its plan, each so large and after so many seconds."""
    plan = make(Plan, entries=[{"unit": f"u{n}"} for n in range(1, entries + 1)])
    names = ["listing", *(f"u{n}" for n in range(1, settled + 1))]
    if spec.source == "common_crawl":
        names[1:] = [f"file#{1000 * n}-{1000 * n + 1000}/9000" for n in range(settled)]
    units = tuple(
        make(
            CrawlUnit, unit=name, ordinal=n, content_bytes=content_bytes if n else 0,
            finished_at=BEGUN_AT + timedelta(seconds=n * seconds),
        )
        for n, name in enumerate(names)
    )  # fmt: skip
    run = make(
        CrawlRun, is_complete=whole, started_at=BEGUN_AT, request_count=settled + 3, landed_count=settled,
        window_start=SINCE, window_end=UNTIL,
    )  # fmt: skip
    return Crawled(plan, run, units)


# --- by the plan ------------------------------------------------------------------------------------------


def test_a_whole_crawl_costs_nothing_more(shipped: CrawlerSettings) -> None:
    spec = spec_of(shipped, "arxiv")
    found = told(spec, crawled(spec, 9, 9, 100, whole=True))
    assert (found.request_count, found.download_bytes, found.hours) == (0, 0, 0.0)
    assert found.basis == "whole: 9 items have landed"


def test_of_a_plan_the_units_that_are_left_are_counted(shipped: CrawlerSettings) -> None:
    spec = spec_of(shipped, "arxiv")
    found = told(spec, crawled(spec, 20, 5, 30_000))
    assert (found.request_count, found.download_bytes) == (15, 15 * 30_000)
    assert found.hours == round(15 * 3.0 / 3600, 3)
    assert found.basis.startswith("the plan: 20 entries, 5 units settled; 30000 bytes a unit landed so far")


def test_of_a_plan_no_more_is_counted_than_the_budget_takes(shipped: CrawlerSettings) -> None:
    spec = spec_of(changed(shipped, "arxiv", budget_bytes=100_000), "arxiv")
    assert told(spec, crawled(spec, 20, 2, 30_000)).request_count == 2


def test_a_plan_without_a_unit_is_counted_by_earlier_crawls(shipped: CrawlerSettings) -> None:
    spec = spec_of(changed(shipped, "arxiv", budget_bytes=100_000), "arxiv")
    found = told(spec, crawled(spec, 20, 0, 0), crawled(spec, 9, 9, 10_000, whole=True))
    assert found.request_count == 10
    assert told(spec, crawled(spec, 7, 0, 0), crawled(spec, 9, 9, 10_000, whole=True)).request_count == 7


def test_segments_are_counted_by_what_they_fetched_and_what_landed_of_them(shipped: CrawlerSettings) -> None:
    spec = spec_of(changed(shipped, "common_crawl", budget_bytes=10_000), "common_crawl")
    found = told(spec, crawled(spec, 1, 4, 500))
    assert (found.request_count, found.download_bytes) == (16, 16 * 1000)


# --- by earlier crawls ------------------------------------------------------------------------------------


def test_earlier_crawls_say_what_a_landed_byte_costs(shipped: CrawlerSettings) -> None:
    spec = spec_of(changed(shipped, "arxiv", budget_bytes=1_000_000), "arxiv")
    found = told(spec, NOTHING, crawled(spec, 50, 50, 20_000, seconds=12.0, whole=True))
    assert (found.request_count, found.download_bytes) == (53, 1_000_000)
    assert found.hours == round(50 * 12.0 / 3600, 3)
    assert found.basis.startswith("1 earlier crawls, 1.0 MB expected to land")


def test_where_earlier_windows_had_less_than_the_budget_the_days_count(shipped: CrawlerSettings) -> None:
    spec = replace(spec_of(shipped, "arxiv"), until=SINCE + timedelta(days=62))
    found = told(spec, NOTHING, crawled(spec, 50, 50, 20_000, whole=True))
    assert (found.request_count, found.download_bytes) == (106, 2_000_000)


def test_a_night_without_the_crawler_is_not_counted_and_the_pause_between_requests_is(shipped: CrawlerSettings) -> None:
    spec = spec_of(changed(shipped, "arxiv", budget_bytes=1_000_000), "arxiv")
    by_night = told(spec, NOTHING, crawled(spec, 50, 50, 20_000, seconds=40_000.0, whole=True))
    assert by_night.hours == round(53 * 3.0 / 3600, 3)


# --- by typical sizes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["github", "arxiv", "common_crawl"])
def test_without_any_crawl_the_origin_of_the_figures_is_named(shipped: CrawlerSettings, source: str) -> None:
    found = told(spec_of(shipped, source))
    assert found.basis.startswith("typical: ")
    assert found.request_count > 0
    assert found.hours >= found.download_bytes / module.BYTES_PER_SECOND / 3600 * 0.99


def test_the_budget_decides_how_many_eprints_and_the_pause_how_long_they_take(shipped: CrawlerSettings) -> None:
    found = told(spec_of(shipped, "arxiv"))
    eprints = 117  # 200,000,000 bytes by 1,713,920
    listing = 46  # two datestamps for each of 443.5 papers a day, over 50 days, by pages of 1000, and one
    assert found.request_count == eprints + listing
    assert found.hours == round(3.0 * (eprints + listing) / 3600, 3)


def test_without_a_token_sixty_archives_an_hour_decide(shipped: CrawlerSettings) -> None:
    spec = spec_of(shipped, "github")
    assert told(spec, has_token=False).hours > 1000 / 60 > 5 * told(spec, has_token=True).hours
    enterprise = spec_of(changed(shipped, "github", api_url="https://github.example.org/api/v3"), "github")
    assert told(enterprise, has_token=False).hours == told(spec, has_token=True).hours


def test_local_files_are_asked_of_nobody(shipped: CrawlerSettings) -> None:
    local = told(spec_of(changed(shipped, "common_crawl", warc_files=["/data/a.warc.gz"]), "common_crawl"))
    assert (local.request_count, local.download_bytes, local.hours) == (0, 0, 0.0)
    assert "read from local files" in local.basis
    bulk = told(spec_of(changed(shipped, "arxiv", bulk_dir="/data/arxiv"), "arxiv"))
    assert bulk.request_count == 46


def test_the_size_of_an_eprint_is_that_of_arxivs_own_manifest(shared_data: Path) -> None:
    path = shared_data / "arxiv" / "manifest" / "arXiv_src_manifest-2020.xml.gz"
    count = size = 0
    for part in re.findall(r"<file>(.*?)</file>", gzip.decompress(path.read_bytes()).decode(), re.DOTALL):
        values = dict(re.findall(r"<(\w+)>([^<]*)</", part))
        if "1906" <= values["yymm"] <= "2005":
            count, size = count + int(values["num_items"]), size + int(values["size"])
    assert (count, size) == (162_328, 278_217_178_398)
    assert round(size / count) == module._EPRINT_BYTES
