"""One request, asked again as often and as late as source and settings allow.

What comes back is an answer to use, or word that the thing is gone or too large: both settle a unit. What does
not come back is raised: `MissedError` leaves a hole, `CrawlError` ends the crawl.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response

from config import CrawlerSettings
from crawler.answers import Judgement, judge
from crawler.logbook import Logbook
from storage.errors import CrawlError
from storage.records import utc_now

# A slow but steady download of something large is not a source that does not answer.
_SLOWEST_BYTES_PER_SECOND = 1_000_000
# "If the Retry-After header is not present […] wait for at least one minute" (GitHub, Best practices for the REST API):
# this many times retry_wait_seconds.
_UNSTATED_LIMIT_WAITS = 30


class MissedError(CrawlError):
    """One request got no usable answer, however often it was asked: what it was for is a hole.

    A denial says something about that one thing, everything else about the source.
    """

    def __init__(self, message: str, *, is_denial: bool = False) -> None:
        super().__init__(message)
        self.is_denial = is_denial


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request brought. `refusal` is the ledger reason when it brought nothing to use."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    refusal: str | None = None
    measured_value: str | None = None
    limit_value: str | None = None


class Patience:
    """Asks one source, one request at a time."""

    def __init__(
        self, download: Callable[[Request], Awaitable[Response]], settings: CrawlerSettings, logbook: Logbook
    ) -> None:
        self._download = download
        self._settings = settings
        self._logbook = logbook

    async def fetch(
        self,
        url: str,
        *,
        slot: str,
        max_bytes: int,
        expected_bytes: int | None = None,
        headers: Mapping[str, str] | None = None,
        as_stored: bool = True,
        usable: Callable[[Answer], str | None] = lambda _: None,
    ) -> Answer:
        """Return the answer to one GET. `usable` may find a fault in it that makes it worth asking again."""
        tries = self._settings.retry_count + 1
        timeout = self._settings.timeout_seconds + (expected_bytes or max_bytes) / _SLOWEST_BYTES_PER_SECOND
        meta = {
            "download_slot": slot,
            "download_maxsize": max_bytes,
            "download_timeout": timeout,
            "as_stored": as_stored,
        }
        for attempt in range(tries):
            found = await self._ask(Request(url, headers=dict(headers or {}), meta=dict(meta)), max_bytes)
            fault = usable(found) if isinstance(found, Answer) and not found.refusal else None
            if isinstance(found, Answer) and not fault:
                return found
            judgement = found if isinstance(found, Judgement) else Judgement("later", fault or "")
            if judgement.meaning == "denied":
                raise MissedError(f"{_plain(url)} {judgement.reason}", is_denial=True)
            if attempt + 1 < tries:
                await self._wait(url, judgement, attempt)
        raise MissedError(f"{_plain(url)} {judgement.reason}, {tries} times")

    async def _ask(self, request: Request, max_bytes: int) -> Answer | Judgement:
        try:
            response = await self._download(request)
        except DownloadCancelledError:
            return Answer(200, {}, b"", "too_large", f">{max_bytes}", str(max_bytes))
        except IgnoreRequest as error:
            return _judge_ignored(str(error), max_bytes)
        except (
            DownloadConnectionRefusedError,
            CannotResolveHostError,
            DownloadTimeoutError,
            DownloadFailedError,
            ResponseDataLossError,
        ) as error:
            return Judgement("later", _FAULTS[type(error)])
        return _read(response, _UNSTATED_LIMIT_WAITS * self._settings.retry_wait_seconds)

    async def _wait(self, url: str, judgement: Judgement, attempt: int) -> None:
        seconds = max(judgement.asked_seconds, self._settings.retry_wait_seconds * 2**attempt)
        longest = self._settings.longest_wait_seconds
        if seconds > longest:
            raise CrawlError(
                self._logbook.sentence(
                    f"{_plain(url)} {judgement.reason} and asks to wait {seconds:.0f} s, "
                    f"longer than longest_wait_seconds = {longest:.0f}"
                )
            )
        self._logbook.count_wait(seconds, f"{_plain(url)} {judgement.reason}")
        await asyncio.sleep(seconds)


_FAULTS = {
    DownloadConnectionRefusedError: "refused the connection",
    CannotResolveHostError: "has a host name that cannot be resolved",
    DownloadTimeoutError: "gave no answer in time",
    DownloadFailedError: "broke the connection",
    ResponseDataLossError: "sent less than it announced",
}


def _judge_ignored(message: str, max_bytes: int) -> Answer | Judgement:
    """Sort what Scrapy's own middlewares turn down: robots.txt, redirect loops, bodies that unpack too far."""
    if "DOWNLOAD_MAXSIZE" in message:
        return Answer(200, {}, b"", "too_large", f">{max_bytes}", str(max_bytes))
    if "robots.txt" in message:
        return Judgement("denied", "is forbidden by the host's robots.txt")
    return Judgement("later", f"was given up ({message})")


def _read(response: Response, unstated_limit_seconds: float) -> Answer | Judgement:
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    judgement = judge(response.status, headers, response.body, utc_now(), unstated_limit_seconds)
    if judgement.meaning == "taken":
        return Answer(response.status, headers, response.body)
    if judgement.meaning == "gone":
        return Answer(response.status, headers, b"", "gone", str(response.status))
    return judgement


def _plain(url: str) -> str:
    """Return the address as it may be shown: no query, which could carry what is nobody's business."""
    return url.partition("?")[0]
