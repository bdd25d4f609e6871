"""Run one crawl in a process of its own: `python -m crawler SPEC.json`.

Tells its progress as JSON lines on stdout, ends with one line that says how it went, and logs to stderr. Exit
status 0 means that the window is complete. Started again with the same specification it goes on where it was.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess

from crawler.arxiv import ArxivSpider
from crawler.common_crawl import CommonCrawlSpider
from crawler.github import GithubSpider
from crawler.logbook import Logbook
from crawler.parent import end_with_parent
from crawler.politeness import scrapy_settings
from crawler.spec import CrawlProgress, CrawlSpec
from crawler.spider import WindowSpider
from storage.durable_files import stated_trouble
from storage.errors import FreshpressError
from storage.locks import exclusive
from storage.parquet import leave_pandas_alone

_SPIDERS: dict[str, type[WindowSpider]] = {
    spider.name: spider for spider in (GithubSpider, ArxivSpider, CommonCrawlSpider)
}
# A killed parent's crawler needs a moment to notice and let go of the landing folder.
_LOCK_WAIT_SECONDS = 15.0


def main() -> int:
    """Read the specification, crawl, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m crawler", description=__doc__)
    parser.add_argument("spec", type=Path, help="the specification, as JSON")
    parser.add_argument("--parent", type=int, help="end when the process with this id is no longer the parent")
    arguments = parser.parse_args()
    if arguments.parent:
        end_with_parent(arguments.parent)
    leave_pandas_alone()
    spec = CrawlSpec.from_json(arguments.spec.read_text(encoding="utf-8"))
    try:
        with (
            stated_trouble(spec.folder),
            exclusive(spec.folder / "crawl.lock", f"crawl {spec.source}", _LOCK_WAIT_SECONDS),
        ):
            run_spider(spec)
    except FreshpressError as error:
        _tell({"error": type(error).__name__, "message": str(error)})
        return 1
    _tell({"done": True})
    return 0


def run_spider(spec: CrawlSpec) -> None:
    """Crawl one source over one window in this process; raise what it failed with."""
    logbook = Logbook(spec, _tell_progress)
    if logbook.is_complete:
        return
    process = AsyncCrawlerProcess(scrapy_settings(spec))
    crawler = process.create_crawler(_SPIDERS[spec.source])
    process.crawl(crawler, spec=spec, logbook=logbook)
    # No signal handlers: a crawl may be ended at any moment, and going on is cheaper than saying goodbye.
    process.start(install_signal_handlers=False)
    spider = crawler.spider
    assert isinstance(spider, WindowSpider), "Scrapy did not start the spider; the log says why"
    if spider.failure:
        raise spider.failure
    assert spider.is_done, "the spider ended early without saying why"


def _tell_progress(progress: CrawlProgress) -> None:
    _tell(asdict(progress))


def _tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
