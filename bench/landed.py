"""What a crawl of a small origin landed, item by item, and what it lands when nothing disturbs it."""

import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.material import SINCE, UNTIL, make_pages, make_papers, make_repositories
from config import CrawlerSettings, load_settings
from crawler.process import crawl
from crawler.spec import CrawlProgress
from demo.origin import Origin, serve
from demo.records import Material
from storage import landing
from storage.parquet import read_records
from storage.records import SOURCES, CrawlRun, RawDocument

# Documents that landed and ledger rows, each with all that should not depend on luck.
Items = Counter[tuple[str, ...]]


# What a listing and an item are asked for under.
LISTINGS = {"github": "/api/search/", "arxiv": "/oai", "common_crawl": r"collinfo|warc\.paths"}
ITEMS = {"github": "/api/repos/|/codeload/", "arxiv": "/e-print/", "common_crawl": r"\d\.warc\.gz"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One crawl against the undisturbed one: items it lacks, items it has twice, items the other does not have."""

    lost_count: int
    duplicate_count: int
    strange_count: int


@dataclass(frozen=True, slots=True)
class Whole:
    """An undisturbed crawl: its items, and how many requests its listing and its items took."""

    items: Items
    listing_request_count: int
    item_request_count: int


@cache
def make_source(source: str, item_count: int) -> Material:
    """Return material of one source with about so many items."""
    assert source in SOURCES
    if source == "github":
        return make_repositories(max(1, item_count // 4), files_each=3)
    return make_papers(item_count) if source == "arxiv" else make_pages(item_count, file_count=2)


def settings_for(origin: Origin, source: str, **changes: Any) -> CrawlerSettings:
    """Return settings that point at the origin, wait for next to nothing, and differ by `changes` from that.

    A key of the crawlers is taken as such, any other as one of the source's, where that has it.
    """
    values = load_settings().crawler.model_dump()
    for table, keys in origin.overrides().items():
        (values[table.removeprefix("crawler.")] if "." in table else values).update(keys)
    values |= {"timeout_seconds": 20.0, "retry_count": 2, "retry_wait_seconds": 0.01, "longest_wait_seconds": 5.0}
    # As small as it may be, so that small files have several segments; random words are no language.
    values["common_crawl"] |= {"segment_bytes": 65_536, "languages": []}
    for key, value in changes.items():
        section = values if key in values else values[source]
        if key in section:
            section[key] = value
    return CrawlerSettings.model_validate(values)


def run_crawl(
    root: Path, source: str, settings: CrawlerSettings, on_progress: Callable[[CrawlProgress], None] = lambda _: None
) -> CrawlRun:
    """Crawl the window of the material."""
    return crawl(root, source, SINCE, UNTIL, settings, on_progress)


def folder_of(root: Path, source: str) -> Path:
    """Return where the window of the material lands."""
    return landing.landing_folder(root, source, SINCE, UNTIL)


def items_of(folder: Path) -> Items:
    """Return everything a crawl landed or has a ledger row for."""
    documents = (document for path in landing.document_files(folder) for document in read_records(path, RawDocument))
    items: Items = Counter(
        (one.document_id, one.revision, hashlib.sha256(one.content).hexdigest()) for one in documents
    )
    items.update((row.unit, row.item, row.reason) for row in landing.read_ledger(folder))
    return items


def compare(found: Items, undisturbed: Items) -> Comparison:
    """Hold a crawl against the undisturbed one."""
    return Comparison(
        lost_count=sum((undisturbed - Counter(found.keys())).values()),
        duplicate_count=sum(count - 1 for count in found.values()),
        strange_count=len(found.keys() - undisturbed.keys()),
    )


@cache
def undisturbed(source: str, item_count: int) -> Whole:
    """Return what lands of this material when nothing goes wrong."""
    with serve(make_source(source, item_count)) as origin, tempfile.TemporaryDirectory() as root:
        run = run_crawl(Path(root), source, settings_for(origin, source))
        items = items_of(folder_of(Path(root), source))
        item_requests = [path for path, _ in origin.asked if re.search(ITEMS[source], path)]
    assert run.landed_count + run.ledger_count == items.total() == len(items), "the undisturbed crawl does not balance"
    return Whole(items, origin.requests.total() - len(item_requests), len(item_requests))
