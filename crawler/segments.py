"""Segments of WARC files: the units of a Common Crawl crawl, from bytes to what lands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from config import CommonCrawlSettings
from crawler.reading import Item, Reading, pack
from crawler.warc_frames import cut_each, likely_end
from crawler.warc_pages import PageOrigin, read_frame


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


def local_bytes(file: str, offset: int, length: int) -> bytes:
    """Return so many bytes of a file of this machine from an offset, fewer at its end."""
    with Path(file).open("rb") as opened:
        opened.seek(offset)
        return opened.read(length)


@dataclass(frozen=True, slots=True)
class FetchedBytes:
    """A run of bytes of a file, whose first records will be a segment. `is_end` says that nothing follows them."""

    data: bytes
    file: str
    offset: int
    total_bytes: int | None
    is_end: bool

    def likely_segment(self) -> Segment:
        """Return the segment that these bytes probably are, without reading them."""
        end = self.offset + likely_end(self.data, is_end=self.is_end)
        return Segment(self.file, self.offset, end, self.total_bytes)


@dataclass(frozen=True, slots=True)
class SegmentReading:
    """What a segment holds. Where `is_short`, it ends before its first record does."""

    segment: Segment
    reading: Reading
    has_damage: bool
    is_short: bool


@dataclass(slots=True)
class _Progress:
    """How far a segment has been read."""

    settled_bytes: int = 0
    has_damage: bool = False


def read_segment(fetched: FetchedBytes, crawl_run_id: str, settings: CommonCrawlSettings) -> SegmentReading:
    """Read the records of a segment.

    Each page says which segment it is of, and is packed before the next one is read: so where the segment ends is
    guessed first, and only where that was wrong everything is read again.
    """
    likely = fetched.likely_segment()
    found = _read(fetched, likely, crawl_run_id, settings)
    if found.segment != likely and not found.is_short:
        found = _read(fetched, found.segment, crawl_run_id, settings)
    return found


def _read(fetched: FetchedBytes, segment: Segment, crawl_run_id: str, settings: CommonCrawlSettings) -> SegmentReading:
    progress = _Progress()
    origin = PageOrigin(segment.file, str(segment), crawl_run_id)
    reading = pack(_items(fetched, origin, settings, progress))
    end = fetched.offset + progress.settled_bytes
    is_short = not progress.settled_bytes and not fetched.is_end
    return SegmentReading(replace(segment, end=end), reading, progress.has_damage, is_short)


def _items(
    fetched: FetchedBytes, origin: PageOrigin, settings: CommonCrawlSettings, progress: _Progress
) -> Iterator[Item]:
    position = 0
    for found in cut_each(fetched.data, fetched.offset, is_end=fetched.is_end, max_bytes=settings.max_record_bytes):
        for frame in found.frames:
            progress.has_damage |= frame.fault is not None
            item = read_frame(frame, position, origin, settings)
            position += 1
            if item is not None:
                yield item
        progress.settled_bytes = found.settled_bytes
