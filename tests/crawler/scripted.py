"""A spider in the test's own process, with a scripted answer to each request: no server, no reactor, no waiting."""

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlsplit

from scrapy import Request
from scrapy.http import Response

from crawler.logbook import Logbook
from crawler.patience import Patience
from crawler.spec import CrawlProgress, CrawlSpec
from crawler.spider import WindowSpider
from storage import landing
from storage.records import CrawlRun
from tests.crawler.loopback import Asked, Reply

Answers = Callable[[Asked], Reply]


def run_spider(
    spider_type: type[WindowSpider],
    spec: CrawlSpec,
    answer: Answers,
    on_progress: Callable[[CrawlProgress], None] = lambda _: None,
) -> list[Asked]:
    """Crawl as `python -m crawler` does, and return what was asked for; raise what the crawl failed with."""
    asked: list[Asked] = []

    async def download(request: Request) -> Response:
        parts = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.decode().lower(): values[0].decode() for name, values in request.headers.items()}
        asked.append(Asked(parts.path, query, headers, 0.0))
        reply = answer(asked[-1])
        assert reply.body is not None
        return Response(request.url, reply.status, dict(reply.headers), reply.body)

    logbook = Logbook(spec, on_progress)
    spider = spider_type(spec=spec, logbook=logbook)
    spider.patience = Patience(download, spec.settings, logbook)
    if not logbook.is_complete:
        asyncio.run(spider.crawl())
        logbook.finish()
    return asked


def run_of(spec: CrawlSpec) -> CrawlRun:
    """Return the run as it stands on disk."""
    run = landing.read_run(spec.folder)
    assert run is not None
    return run


def unit_names(spec: CrawlSpec) -> Sequence[str]:
    """Return what is settled after the listing, in plan order."""
    return [unit.unit for unit in landing.settled_units(spec.folder) if unit.ordinal]
