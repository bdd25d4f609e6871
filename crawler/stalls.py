"""Downloads that stand still are given up; those that go on, however slowly, have the whole time of their request.

Scrapy knows one limit for a whole download. It must be long where something large may come slowly, and would let a
silent server hold a crawl for as long.
"""

import asyncio
import time
from typing import Any

from scrapy import Request, signals
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response


class WatchedDownloads(HTTP11DownloadHandler):
    """Waits DOWNLOAD_TIMEOUT seconds for the next byte, and `download_timeout` of the request for the last one."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._silence_seconds = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._heard_at: dict[int, float] = {}
        for signal in (signals.headers_received, signals.bytes_received):
            crawler.signals.connect(self._note, signal=signal)

    async def download_request(self, request: Request) -> Response:
        """Return the response, or raise once nothing has come for too long."""
        self._heard_at[id(request)] = time.monotonic()
        download = asyncio.ensure_future(super().download_request(request))
        try:
            while (silence_left := self._silence_left(request)) > 0:
                await asyncio.wait({download}, timeout=silence_left)
                if download.done():
                    return download.result()
        finally:
            download.cancel()
            del self._heard_at[id(request)]
        raise DownloadTimeoutError(f"Nothing came from {request.url} for {self._silence_seconds:g} s.")

    def _note(self, request: Request, **_: Any) -> None:
        if id(request) in self._heard_at:
            self._heard_at[id(request)] = time.monotonic()

    def _silence_left(self, request: Request) -> float:
        return self._heard_at[id(request)] + self._silence_seconds - time.monotonic()
