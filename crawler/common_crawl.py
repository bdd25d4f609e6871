"""Common Crawl: captured pages out of WARC files, read by ranges, one connection.

A unit is a segment: the records that begin within one ranged read. The plan lists files; where a segment ends is
known when it is settled, and its name says it, so that a killed crawl goes on from there.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from config import CommonCrawlSettings
from crawler import collinfo
from crawler.collinfo import Crawl
from crawler.damage import is_constant
from crawler.page_readers import PageReaders, Task
from crawler.patience import MissedError
from crawler.reading import pack
from crawler.reasons import Skipped
from crawler.segments import FetchedBytes, Segment, SegmentReading
from crawler.spider import WindowSpider
from crawler.warc_frames import is_warc, skip
from crawler.warc_source import Chunk, fetch_chunk, is_remote
from storage.errors import CrawlError

_MAX_LIST_BYTES = 100_000_000
# Pages rarely unpack to more: a segment may bring so many times its own bytes.
_MOST_UNPACKED_BYTES = 8
# So that a reader that is done finds the next segment fetched, while what it has read is written.
_UNITS_AHEAD = 2


class CommonCrawlSpider(WindowSpider):
    """Choose crawls and files, then one segment after another."""

    name = "common_crawl"
    _readers: PageReaders
    # The unit that is landed next: its ordinal, and the segment it comes after.
    _unit: tuple[int, Segment]
    _largest_bytes = 0

    @property
    def settings_here(self) -> CommonCrawlSettings:
        """Return `[crawler.common_crawl]`."""
        return self.spec.settings.common_crawl

    async def crawl(self) -> None:
        """List, plan, and then fetch, read and land segment after segment."""
        if not self.logbook.plan:
            await self._plan()
        # After which segment probably comes which one, and how many bytes were fetched for it.
        self._likely: dict[Segment, tuple[Segment, int]] = {}
        self._ahead: dict[Segment, asyncio.Task[SegmentReading]] = {}
        with PageReaders() as self._readers:
            try:
                await self._land_segments()
            finally:
                self._forget_ahead()

    async def _land_segments(self) -> None:
        for ordinal, before in self._outstanding():
            self._unit = ordinal, before
            begun = self._ahead.pop(before, None)
            if begun is None:
                self._forget_ahead()
            self._look_ahead()
            try:
                found = await (begun or self._read_after(before))
            except MissedError as error:
                # What follows in the file is not known: the crawl ends here and is taken up here.
                self.logbook.miss(f"{before.file} from byte {before.end}", str(error), is_denial=error.is_denial)
                return
            self._largest_bytes = max(self._largest_bytes, found.reading.content_bytes)
            self.logbook.settle_reading(str(found.segment), ordinal, found.reading)
            self._likely.pop(before, None)

    def _look_ahead(self) -> None:
        """Fetch and read the next units, each once the one before it is fetched, unless that one may be the last."""
        ordinal, segment = self._unit
        content_bytes = self.logbook.content_bytes
        for ahead in range(1, _UNITS_AHEAD + 1):
            if segment not in self._likely or self.logbook.is_settled(ordinal + ahead):
                return
            likely, byte_count = self._likely[segment]
            content_bytes += self._largest_bytes or _MOST_UNPACKED_BYTES * byte_count
            following = self._after(likely)
            if following is None or content_bytes >= self.logbook.budget_bytes:
                return
            if following not in self._ahead:
                self._ahead[following] = asyncio.create_task(self._read_after(following))
            segment = following

    def _forget_ahead(self) -> None:
        """Give up what was read ahead: the crawl has ended, or goes on at another place than was likely."""
        for task in self._ahead.values():
            task.cancel()
        self._ahead.clear()

    def _after(self, segment: Segment) -> Segment | None:
        """Return what the unit after this one begins at: its end, or the next file, where there is one."""
        if segment.end != segment.total_bytes:
            return segment
        assert self.logbook.plan is not None
        files = [entry["unit"] for entry in self.logbook.plan.entries]
        following = files[files.index(segment.file) + 1 :]
        return Segment(following[0], 0, 0, None) if following else None

    def _outstanding(self) -> Iterator[tuple[int, Segment]]:
        """Yield what is to be fetched until the budget is met: an ordinal, and the segment it comes after."""
        assert self.logbook.plan is not None
        ordinal, content_bytes = 0, 0
        for entry in self.logbook.plan.entries:
            segment = Segment(entry["unit"], 0, 0, None)
            while segment.end != segment.total_bytes:
                if content_bytes >= self.logbook.budget_bytes:
                    return
                ordinal += 1
                if not self.logbook.reach(ordinal):
                    yield ordinal, segment
                unit = self.logbook.reach(ordinal)
                assert unit is not None, "a missed segment ends the crawl"
                content_bytes += unit.content_bytes
                segment = Segment.parse(unit.unit)

    async def _read_after(self, before: Segment) -> SegmentReading:
        """Read the segment after this one. Damage is asked for again, and the source's own if it is always the same."""
        retry_count, bodies = self.spec.settings.retry_count, list[bytes]()
        for _ in range(retry_count + 1):
            found, digest = await self._fetch_segment(before)
            bodies.append(digest)
            if self._is_local(before.file) or not found.has_damage or is_constant(bodies, retry_count):
                return found
        raise MissedError(f"it came damaged, {retry_count + 1} times")

    async def _fetch_segment(self, before: Segment) -> tuple[SegmentReading, bytes]:
        """Fetch and read a segment, long enough to hold one whole record; tell it by the digest of its bytes."""
        file, offset = before.file, before.end
        chunk = await self._fetch(file, offset, self.settings_here.segment_bytes, before.total_bytes)
        if chunk.refusal:
            # The rest of the file is one row.
            row = Skipped(file, chunk.refusal, chunk.measured_value, chunk.limit_value)
            return _known(Segment(file, offset, offset, offset), row, has_damage=False), b""
        data = chunk.data
        if offset == 0 and not is_warc(data):
            return _refuse_file(file, chunk), _digest(data)
        while (found := await self._read(before, data, chunk)).is_short:
            if len(data) >= self.settings_here.max_record_bytes:
                return _give_up_record(file, offset, data, chunk), _digest(data)
            chunk = await self._fetch(file, offset + len(data), len(data), chunk.total_bytes)
            if chunk.refusal:
                raise MissedError(
                    f"its byte {offset + len(data)} was refused in the middle of a record: {chunk.refusal}"
                )
            data += chunk.data
        return found, _digest(data) if found.has_damage else b""

    async def _read(self, before: Segment, data: bytes, chunk: Chunk) -> SegmentReading:
        is_end = chunk.is_end_at(before.end + len(data))
        fetched = FetchedBytes(data, before.file, before.end, chunk.total_bytes, is_end)
        self._likely[before] = fetched.likely_segment(), len(data)
        self._look_ahead()
        local_bytes = len(data) if self._is_local(before.file) else 0
        return await self._readers.read(Task(fetched, self.spec.crawl_run_id, self.settings_here, local_bytes))

    def _is_local(self, file: str) -> bool:
        return bool(self.settings_here.warc_files) and not is_remote(file)

    async def _fetch(self, file: str, offset: int, length: int, promised_bytes: int | None) -> Chunk:
        """Return the bytes from here; a file that ends before the size it was said to have has not ended."""
        address = file if self.settings_here.warc_files else f"{self._data_url}/{file}"
        chunk = await fetch_chunk(self.patience, address, offset, length, self.settings_here.max_record_bytes)
        if chunk.total_bytes is not None and chunk.total_bytes < (promised_bytes or 0):
            raise MissedError(f"it ends at byte {chunk.total_bytes}, but had {promised_bytes} bytes before")
        return chunk

    @property
    def _data_url(self) -> str:
        return self.settings_here.data_url.rstrip("/")

    # --- the listing --------------------------------------------------------------------------------------

    async def _plan(self) -> None:
        if self.settings_here.warc_files:
            self.logbook.write_plan([{"unit": file} for file in self._given_files()], [])
            return
        crawls, listing = await self._list_crawls()
        files: dict[str, None] = {}
        for crawl in crawls:
            for path in await self._list_files(crawl):
                if isinstance(path, Skipped):
                    listing.append(path)
                else:
                    files[path] = None
        self.logbook.write_plan([{"unit": file} for file in files], listing)

    def _given_files(self) -> list[str]:
        missing = [file for file in self.settings_here.warc_files if not is_remote(file) and not Path(file).is_file()]
        if missing:
            raise CrawlError(
                f"crawler.common_crawl.warc_files names {missing[0]}, which is no file; correct the path or remove it."
            )
        return list(dict.fromkeys(self.settings_here.warc_files))

    async def _list_crawls(self) -> tuple[list[Crawl], list[Skipped]]:
        self.logbook.report("listing crawls")
        body = await self._fetch_list(self.settings_here.collinfo_url, collinfo.read_collinfo)
        entries = collinfo.read_collinfo(body) or []
        known = [entry for entry in entries if isinstance(entry, Crawl)]
        chosen = collinfo.choose_crawls(known, self.spec.since, self.spec.until, self.settings_here.crawl_count)
        if not chosen:
            raise CrawlError(
                self.logbook.sentence(
                    f"{self.settings_here.collinfo_url} lists no crawl that ends after {self.spec.since}"
                )
            )
        return chosen, [entry for entry in entries if isinstance(entry, Skipped)]

    async def _list_files(self, crawl: Crawl) -> list[str | Skipped]:
        self.logbook.report(f"listing the files of {crawl.name}")
        body = await self._fetch_list(collinfo.paths_url(self._data_url, crawl), collinfo.read_paths)
        return collinfo.read_paths(body) or []

    async def _fetch_list(self, url: str, read: Callable[[bytes], object]) -> bytes:
        answer = await self.patience.fetch(
            url,
            slot="all",
            max_bytes=_MAX_LIST_BYTES,
            as_stored=False,
            is_kept=True,
            denial_passes=True,
            usable=lambda answer: "answered something that is no list" if read(answer.body) is None else None,
        )
        if answer.refusal:
            raise CrawlError(self.logbook.sentence(f"{url} is not there ({answer.measured_value or answer.refusal})"))
        return answer.body


def _refuse_file(file: str, chunk: Chunk) -> SegmentReading:
    total = chunk.total_bytes if chunk.total_bytes is not None else len(chunk.data)
    reason = "unsupported_format" if chunk.data else "empty"
    row = Skipped(file, reason, chunk.data[:8].hex() or "0", "WARC")
    return _known(Segment(file, 0, total, total), row, has_damage=True)


def _give_up_record(file: str, offset: int, data: bytes, chunk: Chunk) -> SegmentReading:
    (frame,) = (found := skip(data, offset)).frames
    segment = Segment(file, offset, offset + found.settled_bytes, chunk.total_bytes)
    return _known(segment, Skipped(f"{file}@{offset}", "unreadable_member", frame.fault), has_damage=True)


def _known(segment: Segment, row: Skipped, *, has_damage: bool) -> SegmentReading:
    """Return a segment that nobody needs to read."""
    return SegmentReading(segment, pack([row]), has_damage, is_short=False)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
