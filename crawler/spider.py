"""The frame of a spider: a straight line of awaits in `crawl`, and one way to fail.

Every request goes through Scrapy's downloader and its middlewares (slots, delays, robots.txt, redirects), one
after another.
"""

import logging
from abc import abstractmethod
from collections.abc import AsyncIterator
from typing import Any

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler import kept_answers
from crawler.logbook import Logbook
from crawler.patience import MissedError, Patience
from crawler.spec import CrawlSpec
from storage.errors import CrawlError, FreshpressError

logger = logging.getLogger(__name__)


class WindowSpider(scrapy.Spider):
    """Fetches one source over one window."""

    spec: CrawlSpec
    logbook: Logbook
    patience: Patience
    failure: Exception | None = None
    is_done = False

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> "WindowSpider":
        """Build the spider and let it count what really leaves this machine, redirects included."""
        spider: WindowSpider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.note_request, signal=signals.request_reached_downloader)
        crawler.signals.connect(spider.note_response, signal=signals.response_downloaded)
        return spider

    def note_request(self) -> None:
        """Count one request."""
        self.logbook.count_request()

    def note_response(self, request: Request, response: Response) -> None:
        """Heed what is left of the source's rate limit; a redirect says it too."""
        self.patience.note_allowance(str(request.meta.get("download_slot")), response)

    async def start(self) -> AsyncIterator[Any]:
        """Run the crawl. Scrapy swallows what is raised here, so it is kept for whoever started the spider."""
        self.patience = Patience(self.crawler.engine.download_async, self.spec.settings, self.logbook)
        if self.logbook.plan:
            # Killed between the two steps of write_plan.
            kept_answers.forget_all(self.logbook.folder)
        try:
            await self.crawl()
            self.logbook.finish()
            self.is_done = True
        except MissedError as error:
            # Outside a unit: the listing itself, without which there is no plan.
            self.failure = CrawlError(self.logbook.sentence(str(error)))
            self.logbook.give_up()
        except FreshpressError as error:
            self.failure = error
            self.logbook.give_up()
        except Exception as error:
            # Any defect must reach whoever started the spider, and is raised again there.
            logger.exception("The crawl broke down")
            self.failure = error
        no_requests: tuple[Any, ...] = ()
        for request in no_requests:
            yield request  # makes this the asynchronous generator that Scrapy expects

    @abstractmethod
    async def crawl(self) -> None:
        """List, plan, and then fetch, parse and land unit after unit."""
