"""One request at a time, and the source's pause between two, over every crawl this user runs on this machine.

A small file per group of hosts says when it was asked last. It is locked while a request is under way, so parallel
crawls of other windows and homes take turns, and a restart waits for the rest of the pause. The kernel lets go of
the lock of a process that dies. Without a pause there is no file.
"""

import asyncio
import fcntl
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.stated_limits import public_domain
from storage.errors import ConfigError, CrawlError

# How often a crawl looks whether another one's request has ended.
_LOOK_SECONDS = 0.05
# Whoever asked last lets another crawl that waits as well go first; without one it is so much later.
_COURTESY_SECONDS = 0.02
# A turn of another crawl that takes longer is worth a word.
_NOTABLE_SECONDS = 5.0
# These ask for one connection over all their hosts.
_ONE_QUEUE_DOMAINS = frozenset({"arxiv.org", "commoncrawl.org"})
# Requests of no kind of their own, such as those for robots.txt, keep their distance from every other.
_ANY = ""

State = dict[str, float | None]


def state_folder() -> Path:
    """Return this user's folder of what outlives a crawl and belongs to no home."""
    if own := os.environ.get("FRESHPRESS_STATE"):
        return Path(own)
    root = os.environ.get("XDG_STATE_HOME")
    return (Path(root) if root else Path.home() / ".local" / "state") / "freshpress"


def host_group(url: str) -> str:
    """Return whom a request is asked of: `arxiv.org` for all its hosts, `api.github.com_443`, `127.0.0.1_8080`."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    domain = public_domain(host)
    if domain in _ONE_QUEUE_DOMAINS:
        return str(domain)
    return re.sub(r"[^a-z0-9.-]", "_", f"{host}_{parts.port or (443 if parts.scheme == 'https' else 80)}")


@dataclass(slots=True)
class Turn:
    """The right to ask one group of hosts, from `take_turn` until `end`."""

    descriptor: int
    slot: str
    asked_at: float | None = None

    def note_answer(self, now: float) -> None:
        """Count the pause from here: the source has the request and begins to answer."""
        _write(self.descriptor, _read(self.descriptor, now) | {self.slot: now})
        self.asked_at = now

    def end(self, now: float) -> None:
        """Let the next one ask. A request that was not answered counts from now."""
        if _read(self.descriptor, now, keep_open_end=True).get(self.slot) is None:
            self.note_answer(now)
        os.close(self.descriptor)


def take_turn(
    path: Path, slot: str, delay_seconds: float, now: float, own_at: float | None = None
) -> Turn | float | None:
    """Return the turn, or the seconds to wait before trying again, or None while another process has its turn.

    `own_at` is when this process asked last: if nobody has since, whoever waits as well goes first.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    state = _read(descriptor, now)
    seconds = _rest_seconds(state, slot, delay_seconds, now, own_at)
    _write(descriptor, state if seconds else state | {slot: None})
    if seconds:
        os.close(descriptor)
        return seconds
    return Turn(descriptor, slot)


def _rest_seconds(
    state: Mapping[str, float | None], slot: str, delay_seconds: float, now: float, own_at: float | None
) -> float:
    kinds = state.keys() if slot == _ANY else {slot, _ANY}
    asked_at = max((at for kind, at in state.items() if kind in kinds and at is not None), default=None)
    if asked_at is None:
        return 0.0
    courtesy = _COURTESY_SECONDS if asked_at == own_at else 0.0
    return max(0.0, asked_at + delay_seconds + courtesy - now)


def _read(descriptor: int, now: float, *, keep_open_end: bool = False) -> State:
    """Return when each kind of request was made last. Whatever cannot be, was made just now, which bounds every wait:

    a request under way when its process died, a time that a clock put back has made future, a file that was damaged.
    """
    text = os.pread(descriptor, 65_536, 0)
    if not text:
        return {}
    try:
        state = {str(slot): at for slot, at in json.loads(text).items()}
    except (ValueError, AttributeError, RecursionError):
        return {_ANY: now}
    if keep_open_end:
        return state
    return {slot: at if isinstance(at, int | float) and at <= now else now for slot, at in state.items()}


def _write(descriptor: int, state: State) -> None:
    text = json.dumps(state).encode()
    # Never empty on the way: an empty file says that nothing was ever asked.
    os.pwrite(descriptor, text, 0)
    os.ftruncate(descriptor, len(text))


class OnePace:
    """Scrapy's downloader middleware nearest to the network: redirects and robots.txt requests pass it too."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._folder = state_folder() / "pace"
        self._turns: dict[Request, Turn] = {}
        self._own_at: float | None = None
        slots = crawler.settings.getdict("DOWNLOAD_SLOTS")
        self._delays = {str(slot): float(values["delay"]) for slot, values in slots.items()}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "OnePace":
        """Build the middleware and let it know when an answer begins."""
        middleware = cls(crawler)
        crawler.signals.connect(middleware.note_answer, signal=signals.headers_received)
        return middleware

    async def process_request(self, request: Request) -> None:
        """Wait for the turn of this request."""
        slot = str(request.meta.get("download_slot", _ANY))
        delay = self._delays.get(slot, max(self._delays.values(), default=0.0))
        if delay:
            slot = slot if slot in self._delays else _ANY
            self._turns[request] = await self._wait_for_turn(host_group(request.url), slot, delay)

    def note_answer(self, request: Request) -> None:
        """Count the pause from the beginning of the answer."""
        if turn := self._turns.get(request):
            turn.note_answer(time.time())

    def process_response(self, request: Request, response: Response) -> Response:
        """Let the next one ask."""
        self._end_turn(request)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:  # noqa: ARG002 - Scrapy's signature
        """Let the next one ask."""
        self._end_turn(request)

    def _end_turn(self, request: Request) -> None:
        if turn := self._turns.pop(request, None):
            turn.end(time.time())
            self._own_at = turn.asked_at

    async def _wait_for_turn(self, group: str, slot: str, delay_seconds: float) -> Turn:
        path = self._path(group)
        ours_ends_at = time.monotonic() + delay_seconds + _NOTABLE_SECONDS
        tell: Callable[[str], None] | None = self._crawler.spider.logbook.report  # type: ignore[union-attr]
        while not isinstance(turn := take_turn(path, slot, delay_seconds, time.time(), self._own_at), Turn):
            await asyncio.sleep(_LOOK_SECONDS if turn is None else turn)
            queued_seconds = time.monotonic() - ours_ends_at
            if queued_seconds > 0 and tell:
                tell(f"waiting for another crawl of this user to let go of {group}")
                tell = None
            self._refuse_to_queue_longer(group, queued_seconds)
        return turn

    def _refuse_to_queue_longer(self, group: str, queued_seconds: float) -> None:
        spider = self._crawler.spider
        longest = spider.spec.settings.longest_wait_seconds  # type: ignore[union-attr]
        if queued_seconds > longest:
            raise CrawlError(
                spider.logbook.sentence(  # type: ignore[union-attr]
                    f"other crawls of this user have kept {group} busy for longer than "
                    f"longest_wait_seconds = {longest:.0f}"
                )
            )

    def _path(self, group: str) -> Path:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"{self._folder}, where the pauses between requests are kept, cannot be made ({error.strerror}); "
                f"set FRESHPRESS_STATE to a folder that can be written."
            ) from None
        return self._folder / group
