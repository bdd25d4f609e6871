"""One request, asked again as often and as late as source and settings allow.

What comes back is an answer to use, or word that the thing is gone or too large: both settle a unit. What does
not come back is raised: `MissedError` leaves a hole, `CrawlError` ends the crawl.
"""

import asyncio
import time
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
from crawler import kept_answers
from crawler.answers import Judgement, asked_seconds, judge
from crawler.hops import RefusedHopError, shown
from crawler.kept_answers import KeptAnswer
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
        # By download slot, on the monotonic clock.
        self._renewed_at: dict[str, float] = {}

    async def fetch(
        self,
        url: str,
        *,
        slot: str,
        max_bytes: int,
        expected_bytes: int | None = None,
        headers: Mapping[str, str] | None = None,
        as_stored: bool = True,
        is_kept: bool = False,
        denial_passes: bool = False,
        usable: Callable[[Answer], str | None] = lambda _: None,
    ) -> Answer:
        """Return the answer to one GET. `usable` may find a fault in it that makes it worth asking again.

        `is_kept`: a listing, which is asked for by version when it was killed; `denial_passes`: see `judge`.
        """
        tries = self._settings.retry_count + 1
        timeout = self._settings.timeout_seconds + (expected_bytes or max_bytes) / _SLOWEST_BYTES_PER_SECOND
        meta = {
            "download_slot": slot,
            "download_maxsize": max_bytes,
            "download_timeout": timeout,
            "as_stored": as_stored,
        }
        for attempt in range(tries):
            await self._await_allowance(url, slot)
            kept = kept_answers.find(self._logbook.folder, url) if is_kept else None
            request = Request(url, headers={**(headers or {}), **(kept.conditions() if kept else {})}, meta=dict(meta))
            found = _take_kept(await self._ask(request, max_bytes, denial_passes=denial_passes), kept)
            fault = usable(found) if isinstance(found, Answer) and not found.refusal else None
            if is_kept:
                self._keep(url, found, fault)
            if isinstance(found, Answer) and not fault:
                return found
            judgement = found if isinstance(found, Judgement) else Judgement("later", fault or "")
            if judgement.meaning == "denied":
                raise MissedError(f"{shown(url)} {judgement.reason}", is_denial=True)
            if attempt + 1 < tries:
                await self._wait(url, judgement, attempt)
        raise MissedError(f"{shown(url)} {judgement.reason}, {tries} times")

    def _keep(self, url: str, found: Answer | Judgement, fault: str | None) -> None:
        if fault:
            kept_answers.forget(self._logbook.folder, url)
        elif isinstance(found, Answer) and found.status == 200 and not found.refusal:
            version = found.headers.get("etag"), found.headers.get("last-modified")
            kept_answers.keep(self._logbook.folder, url, KeptAnswer(*version, found.body))

    def note_allowance(self, slot: str, response: Response) -> None:
        """Remember when a rate limit that is now spent is renewed: no request is wasted on being told so."""
        headers = _header_values(response)
        if response.status < 400 and headers.get("x-ratelimit-remaining") == "0":
            self._renewed_at[slot] = time.monotonic() + (asked_seconds(headers, utc_now()) or 0.0)

    async def _await_allowance(self, url: str, slot: str) -> None:
        seconds = self._renewed_at.pop(slot, 0.0) - time.monotonic()
        if seconds > 0:
            await self._rest(seconds, f"{shown(url)} has spent its rate limit")

    async def _ask(self, request: Request, max_bytes: int, *, denial_passes: bool) -> Answer | Judgement:
        try:
            response = await self._download(request)
        except DownloadCancelledError:
            return Answer(200, {}, b"", "too_large", f">{max_bytes}", str(max_bytes))
        except RefusedHopError as error:
            return Judgement("denied", str(error))
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
        unstated_limit_seconds = _UNSTATED_LIMIT_WAITS * self._settings.retry_wait_seconds
        return _read(response, unstated_limit_seconds, denial_passes=denial_passes)

    async def _wait(self, url: str, judgement: Judgement, attempt: int) -> None:
        first = judgement.asked_seconds if judgement.names_no_end else self._settings.retry_wait_seconds
        # Ours grows up to the longest wait; what the source asks for is obeyed or ends the crawl.
        growing = min(self._settings.longest_wait_seconds, first * 2.0 ** min(attempt, 30))
        await self._rest(max(judgement.asked_seconds, growing), f"{shown(url)} {judgement.reason}")

    async def _rest(self, seconds: float, why: str) -> None:
        longest = self._settings.longest_wait_seconds
        if seconds > longest:
            raise CrawlError(
                self._logbook.sentence(
                    f"{why} and asks to wait {seconds:.0f} s, longer than longest_wait_seconds = {longest:.0f}"
                )
            )
        self._logbook.count_wait(seconds, why)
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


def _read(response: Response, unstated_limit_seconds: float, *, denial_passes: bool) -> Answer | Judgement:
    headers = _header_values(response)
    judgement = judge(
        response.status, headers, response.body, utc_now(), unstated_limit_seconds, denial_passes=denial_passes
    )
    if judgement.meaning == "taken":
        return Answer(response.status, headers, response.body)
    if judgement.meaning == "gone":
        return Answer(response.status, headers, b"", "gone", str(response.status))
    return judgement


def _header_values(response: Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }


def _take_kept(found: Answer | Judgement, kept: KeptAnswer | None) -> Answer | Judgement:
    """Put the kept answer in the place of "unchanged"; a server that says so unasked is asked again."""
    if isinstance(found, Answer) or found.meaning != "unchanged":
        return found
    return Answer(200, {}, kept.body) if kept else Judgement("later", "answered 304 and was not asked for a change")
