"""What a crawl will cost, before its source is asked anything: requests, bytes to fetch, hours, and what that rests on.

Best first: the plan of the window and what has landed of it; the operator's own earlier crawls of the source; sizes
that are typical of it, each with its origin. No wait that a source may ask for is in the hours.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from config import ArxivSettings, CommonCrawlSettings, GithubSettings
from crawler.spec import CrawlSpec
from crawler.stated_limits import pauses
from storage.landing import Plan
from storage.records import CrawlRun, CrawlUnit

# What a good line brings; the sources serve about as much to one connection.
BYTES_PER_SECOND = 5_000_000
# "60 requests per hour" (docs.github.com, Rate limits for the REST API, without a token): archives are among them.
_ANONYMOUS_ARCHIVE_SECONDS = 60.0

# arXiv_src_manifest.xml, months 2019-06 to 2020-05: 162,328 e-prints in 278,217,178,398 bytes.
_EPRINT_BYTES = 1_713_920
_EPRINTS_A_DAY = 162_328 / 366
# A recorded ListRecords answer of arXiv goes on at record 1001, and has 1,784 bytes a record.
_RECORDS_A_PAGE, _RECORD_BYTES = 1000, 1_784
# The datestamp moves with every new version and is the only date to ask by: about one more for every new paper.
_DATESTAMPS_A_PAPER = 2

# HTML with status 200 over the packed bytes of the genuine Common Crawl records we have: 1,348,406 of 374,151.
_HTML_A_PACKED_BYTE = 3.6
# commoncrawl.github.io/cc-crawl-statistics, languages: English 0.44, every other at most 0.06.
_ENGLISH_SHARE, _OTHER_LANGUAGE_SHARE = 0.44, 0.06
_LIST_BYTES = 500_000

# Assumptions, there is no count to cite: five stars or more, one language, a day; a small young repository.
_REPOSITORIES_A_DAY = 250
_TARBALL_BYTES, _SOURCE_BYTES = 1_000_000, 200_000
# The search shows 1,000 results by pages of 100; recorded answers have 4,790 bytes a repository.
_SEARCH_RESULTS, _SEARCH_PAGE_RESULTS, _SEARCH_ITEM_BYTES = 1000, 100, 4_790


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one crawl will cost from now on."""

    source: str
    window_start: date
    window_end: date
    request_count: int
    download_bytes: int
    hours: float
    basis: str


@dataclass(frozen=True, slots=True)
class Crawled:
    """One crawl as it lies in its landing folder: begun, or whole."""

    plan: Plan | None
    run: CrawlRun | None
    units: tuple[CrawlUnit, ...]

    @property
    def content_bytes(self) -> int:
        """Bytes that have landed."""
        return sum(unit.content_bytes for unit in self.units)

    @property
    def fetched_units(self) -> tuple[CrawlUnit, ...]:
        """The settled units but the listing."""
        return tuple(unit for unit in self.units if unit.ordinal)


@dataclass(frozen=True, slots=True)
class Unit:
    """What one unit of a source costs and brings, on average. `seconds` is the least until the next one."""

    request_count: int
    download_bytes: float
    content_bytes: float
    seconds: float


def estimate(spec: CrawlSpec, begun: Crawled, earlier: Sequence[Crawled], *, has_token: bool, today: date) -> Estimate:
    """Say what a crawl will cost, from the best that is known about it."""
    if begun.run and begun.run.is_complete:
        return _told(spec, 0, 0, 0.0, f"whole: {begun.run.landed_count} items have landed")
    if begun.plan:
        return _by_plan(spec, begun, begun.plan, earlier, has_token=has_token)
    if sum(crawl.content_bytes for crawl in earlier):
        return _by_earlier(spec, earlier, has_token=has_token)
    return _by_typical(spec, has_token=has_token, today=today)


def _by_plan(spec: CrawlSpec, begun: Crawled, plan: Plan, earlier: Sequence[Crawled], *, has_token: bool) -> Estimate:
    unit, origin = _known_unit(spec, [begun] if begun.content_bytes else earlier, has_token=has_token)
    left_count = _count_until_budget(spec, unit, begun.content_bytes)
    if spec.source != "common_crawl":
        left_count = min(left_count, len(plan.entries) - len(begun.fetched_units))
    seconds = left_count * unit.seconds
    basis = f"the plan: {len(plan.entries)} entries, {len(begun.fetched_units)} units settled; {origin}"
    return _told(spec, left_count * unit.request_count, left_count * unit.download_bytes, seconds, basis)


def _by_earlier(spec: CrawlSpec, earlier: Sequence[Crawled], *, has_token: bool) -> Estimate:
    unit, origin = _known_unit(spec, earlier, has_token=has_token)
    content_bytes = sum(crawl.content_bytes for crawl in earlier)
    expected_bytes = _expected_bytes(spec, earlier)
    share = expected_bytes / content_bytes
    request_count = share * sum(crawl.run.request_count for crawl in earlier if crawl.run)
    unit_count = share * sum(len(crawl.fetched_units) for crawl in earlier)
    took_seconds = share * sum(_active_seconds(spec, crawl) for crawl in earlier)
    seconds = max(took_seconds, unit_count * unit.seconds, request_count * min(pauses(spec.source_settings).values()))
    basis = f"{len(earlier)} earlier crawls, {expected_bytes / 1e6:.1f} MB expected to land; {origin}"
    return _told(spec, math.ceil(request_count), unit_count * unit.download_bytes, seconds, basis)


def _by_typical(spec: CrawlSpec, *, has_token: bool, today: date) -> Estimate:
    unit, origin = _known_unit(spec, [], has_token=has_token)
    listing_count, listing_bytes = _typical_listing(spec, today)
    unit_count = min(_count_until_budget(spec, unit, 0), _typical_unit_count(spec))
    listing_seconds = max(listing_count * max(pauses(spec.source_settings).values()), listing_bytes / BYTES_PER_SECOND)
    return _told(
        spec,
        listing_count + unit_count * unit.request_count,
        listing_bytes + unit_count * unit.download_bytes,
        listing_seconds + unit_count * unit.seconds,
        f"typical: {origin}",
    )


# --- one unit ---------------------------------------------------------------------------------------------


def _known_unit(spec: CrawlSpec, crawls: Sequence[Crawled], *, has_token: bool) -> tuple[Unit, str]:
    """Return what one unit costs by these crawls, or typically where they have none, and where that is from."""
    units = [unit for crawl in crawls for unit in crawl.fetched_units]
    content_bytes, download_bytes, origin = _typical_bytes(spec)
    if units:
        content_bytes = sum(unit.content_bytes for unit in units) / len(units)
        origin = f"{content_bytes:.0f} bytes a unit landed so far"
        if spec.source == "arxiv":
            download_bytes = content_bytes
        elif spec.source == "common_crawl":
            download_bytes = sum(map(_segment_bytes, units)) / len(units)
        else:
            origin += f", {download_bytes:.0f} bytes a tarball assumed"
    if _is_local(spec):
        return Unit(0, 0, content_bytes, 0.0), f"{origin}; read from local files"
    pause = _unit_pause(spec, has_token=has_token)
    seconds = max(pause, download_bytes / BYTES_PER_SECOND)
    pace = f"{pause:g} s or more a request, {BYTES_PER_SECOND / 1e6:g} MB/s"
    return Unit(1, download_bytes, content_bytes, seconds), f"{origin}; {pace}"


def _typical_bytes(spec: CrawlSpec) -> tuple[float, float, str]:
    """Return what lands of a typical unit, what is fetched for it, and who says so."""
    settings = spec.source_settings
    if isinstance(settings, CommonCrawlSettings):
        shares = [_ENGLISH_SHARE if name == "en" else _OTHER_LANGUAGE_SHARE for name in settings.languages]
        landed = _HTML_A_PACKED_BYTE * (min(1.0, sum(shares)) if shares else 1.0)
        origin = f"{landed:.2f} bytes land of a WARC's packed byte (genuine excerpts; Common Crawl's language shares)"
        return landed * settings.segment_bytes, settings.segment_bytes, origin
    if isinstance(settings, ArxivSettings):
        origin = f"{_EPRINT_BYTES} bytes an e-print (arXiv_src_manifest.xml, 2019-06 to 2020-05, every archive)"
        return _EPRINT_BYTES, _EPRINT_BYTES, origin
    origin = f"{_TARBALL_BYTES} bytes a tarball, {_SOURCE_BYTES} of them landed (assumed)"
    return _SOURCE_BYTES, _TARBALL_BYTES, origin


def _unit_pause(spec: CrawlSpec, *, has_token: bool) -> float:
    settings = spec.source_settings
    pause = pauses(settings)["archive" if isinstance(settings, GithubSettings) else "all"]
    is_anonymous = isinstance(settings, GithubSettings) and "//api.github.com" in settings.api_url and not has_token
    return max(pause, _ANONYMOUS_ARCHIVE_SECONDS) if is_anonymous else pause


def _is_local(spec: CrawlSpec) -> bool:
    settings = spec.source_settings
    if isinstance(settings, ArxivSettings):
        return bool(settings.bulk_dir)
    files = settings.warc_files if isinstance(settings, CommonCrawlSettings) else []
    return bool(files) and not any(file.startswith(("http://", "https://")) for file in files)


def _segment_bytes(unit: CrawlUnit) -> int:
    """Return how many bytes a segment's name says it has: `FILE#START-END/TOTAL`."""
    found = re.search(r"#(\d+)-(\d+)/(?:\d+|\*)$", unit.unit)
    return int(found[2]) - int(found[1]) if found else 0


# --- how many ---------------------------------------------------------------------------------------------


def _count_until_budget(spec: CrawlSpec, unit: Unit, landed_bytes: int) -> int:
    left_bytes = max(0, spec.source_settings.budget_bytes - landed_bytes)
    return math.ceil(left_bytes / max(1.0, unit.content_bytes))


def _expected_bytes(spec: CrawlSpec, earlier: Sequence[Crawled]) -> int:
    """Return what will land: the budget, unless earlier windows had less to give, by the day."""
    budget_bytes = spec.source_settings.budget_bytes
    whole = [(crawl.run, crawl.content_bytes) for crawl in earlier if crawl.run and crawl.run.is_complete]
    if not whole or any(content_bytes >= budget_bytes for _, content_bytes in whole):
        return budget_bytes
    day_count = sum((run.window_end - run.window_start).days for run, _ in whole)
    a_day = sum(content_bytes for _, content_bytes in whole) / day_count
    return min(budget_bytes, math.ceil(a_day * _days(spec)))


def _typical_unit_count(spec: CrawlSpec) -> int:
    if spec.source == "arxiv":
        return math.ceil(_EPRINTS_A_DAY * _days(spec))
    if spec.source == "github":
        return _REPOSITORIES_A_DAY * _days(spec) * len(spec.settings.github.languages)
    # A crawl of Common Crawl has some 100,000 files of a gigabyte: the budget ends it.
    return _count_until_budget(spec, Unit(1, 1, 1, 0), 0)


def _typical_listing(spec: CrawlSpec, today: date) -> tuple[int, int]:
    """Return how many requests a listing takes, and their bytes."""
    if spec.source == "github":
        found_count = _REPOSITORIES_A_DAY * _days(spec)
        # Windows are halved until they hold fewer than a search shows: each has at least a page of its own.
        window_count = 2 ** math.ceil(math.log2(max(1, found_count / _SEARCH_RESULTS)))
        page_count = math.ceil(found_count / _SEARCH_PAGE_RESULTS) + 2 * window_count - 1
        language_count = len(spec.settings.github.languages)
        return language_count * page_count, language_count * found_count * _SEARCH_ITEM_BYTES
    if spec.source == "arxiv":
        record_count = _EPRINTS_A_DAY * _DATESTAMPS_A_PAPER * max(timedelta(1), today - spec.since).days
        page_count = math.ceil(record_count / _RECORDS_A_PAGE) + len(spec.settings.arxiv.sets)
        return page_count, math.ceil(record_count) * _RECORD_BYTES
    list_count = 0 if spec.settings.common_crawl.warc_files else 1 + spec.settings.common_crawl.crawl_count
    return list_count, list_count * _LIST_BYTES


def _active_seconds(spec: CrawlSpec, crawl: Crawled) -> float:
    """Return how long a crawl was at work: a pause longer than any wait was a night it did not run."""
    if not crawl.run:
        return 0.0
    moments = sorted([crawl.run.started_at, *(unit.finished_at for unit in crawl.units)])
    gaps = [(later - before).total_seconds() for before, later in pairwise(moments)]
    return sum(gap for gap in gaps if gap <= spec.settings.longest_wait_seconds)


def _days(spec: CrawlSpec) -> int:
    return (spec.until - spec.since).days


def _told(spec: CrawlSpec, request_count: int, download_bytes: float, seconds: float, basis: str) -> Estimate:
    hours = round(seconds / 3600, 3)
    return Estimate(spec.source, spec.since, spec.until, request_count, math.ceil(download_bytes), hours, basis)
