"""Common Crawl: captured pages out of WARC files, read by ranges, one connection.

A unit is a segment: the records that begin within one ranged read. The plan lists files; where a segment ends is
known when it is settled, and its name says it, so that a killed crawl goes on from there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from config import CommonCrawlSettings
from crawler import collinfo
from crawler.collinfo import Crawl
from crawler.logbook import Item
from crawler.patience import MissedError
from crawler.reasons import Skipped
from crawler.spider import WindowSpider
from crawler.warc_frames import Cut, cut, is_warc, skip
from crawler.warc_pages import PageOrigin, read_frame
from crawler.warc_source import Chunk, fetch_chunk
from storage.errors import CrawlError

_MAX_LIST_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A settled run of bytes of one file, `end` outside; `total_bytes` None where the server does not say."""

    file: str
    start: int
    end: int
    total_bytes: int | None

    def __str__(self) -> str:
        total = "*" if self.total_bytes is None else self.total_bytes
        return f"{self.file}#{self.start}-{self.end}/{total}"

    @classmethod
    def parse(cls, name: str) -> "Segment":
        """Return the segment a unit is named after."""
        found = re.fullmatch(r"(.*)#(\d+)-(\d+)/(\d+|\*)", name)
        assert found is not None, f"{name} is no segment"
        return cls(found[1], int(found[2]), int(found[3]), None if found[4] == "*" else int(found[4]))


class CommonCrawlSpider(WindowSpider):
    """Choose crawls and files, then one segment after another."""

    name = "common_crawl"

    @property
    def settings_here(self) -> CommonCrawlSettings:
        """Return `[crawler.common_crawl]`."""
        return self.spec.settings.common_crawl

    async def crawl(self) -> None:
        """List, plan, and then fetch, parse and land segment after segment."""
        if not self.logbook.plan:
            await self._plan()
        for ordinal, before in self._outstanding():
            try:
                segment, items = await self._fetch_segment(before)
            except MissedError as error:
                # What follows in the file is not known: the crawl ends here and is taken up here.
                self.logbook.miss(f"{before.file} from byte {before.end}", str(error), is_denial=error.is_denial)
                return
            self.logbook.settle(str(segment), ordinal, items)

    def _outstanding(self) -> Iterator[tuple[int, Segment]]:
        """Yield what is still to be fetched until the budget is met: an ordinal, and the segment it comes after."""
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

    async def _fetch_segment(self, before: Segment) -> tuple[Segment, list[Item]]:
        """Return the segment that follows, long enough to hold one whole record."""
        file, offset = before.file, before.end
        chunk = await self._fetch(file, offset, self.settings_here.segment_bytes, before.total_bytes)
        if chunk.refusal:
            # The rest of the file is one row.
            whole = Segment(file, offset, offset, offset)
            return whole, [Skipped(file, chunk.refusal, chunk.measured_value, chunk.limit_value)]
        data = chunk.data
        if offset == 0 and not is_warc(data):
            return self._refuse_file(file, chunk)
        found = self._cut(data, offset, chunk)
        while not found.settled_bytes and not chunk.is_end_at(offset + len(data)):
            if len(data) >= self.settings_here.max_record_bytes:
                found = skip(data, offset)
                break
            chunk = await self._fetch(file, offset + len(data), len(data), chunk.total_bytes)
            if chunk.refusal:
                raise MissedError(
                    f"its byte {offset + len(data)} was refused in the middle of a record: {chunk.refusal}"
                )
            data += chunk.data
            found = self._cut(data, offset, chunk)
        segment = Segment(file, offset, offset + found.settled_bytes, chunk.total_bytes)
        return segment, self._read_pages(segment, found)

    def _refuse_file(self, file: str, chunk: Chunk) -> tuple[Segment, list[Item]]:
        total = chunk.total_bytes if chunk.total_bytes is not None else len(chunk.data)
        reason = "unsupported_format" if chunk.data else "empty"
        return Segment(file, 0, total, total), [Skipped(file, reason, chunk.data[:8].hex() or "0", "WARC")]

    def _cut(self, data: bytes, offset: int, chunk: Chunk) -> Cut:
        is_end = chunk.is_end_at(offset + len(data))
        return cut(data, offset, is_end=is_end, max_bytes=self.settings_here.max_record_bytes)

    def _read_pages(self, segment: Segment, found: Cut) -> list[Item]:
        origin = PageOrigin(segment.file, str(segment), self.spec.crawl_run_id)
        items = (read_frame(frame, n, origin, self.settings_here) for n, frame in enumerate(found.frames))
        return [item for item in items if item is not None]

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
        missing = [
            file
            for file in self.settings_here.warc_files
            if not file.startswith(("http://", "https://")) and not Path(file).is_file()
        ]
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
            usable=lambda answer: "answered something that is no list" if read(answer.body) is None else None,
        )
        if answer.refusal:
            raise CrawlError(self.logbook.sentence(f"{url} is not there ({answer.measured_value or answer.refusal})"))
        return answer.body
