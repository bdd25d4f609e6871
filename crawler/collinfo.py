"""Which crawls of Common Crawl cover a window, and which WARC files they have."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from crawler.reasons import Skipped, spelled

# A crawl is named after the week it begins in and runs for about two weeks.
_CRAWL_DAYS = timedelta(days=14)
# Later crawls still hold pages of the window, but fewer and fewer.
_NEAR_DAYS = timedelta(days=365)
# The longest list so far has 100,000 paths in 14 MB.
_MAX_UNPACKED_BYTES = 64_000_000
_MAX_LINES = 500_000
# Of a list that is one, hardly a line is no path.
_MAX_STRANGE_LINES = 1_000
_MAX_LINE_BYTES = 10_000
_CRAWL_NAME = re.compile(r"[A-Za-z0-9-]{1,100}")
_PATH = re.compile(r"[A-Za-z0-9_./=+-]{1,500}")


@dataclass(frozen=True, slots=True)
class Crawl:
    """One crawl of the web: first and last day of fetching, both inside."""

    name: str
    first_on: date
    last_on: date


def read_collinfo(body: bytes) -> list[Crawl | Skipped] | None:
    """Return the crawls of collinfo.json, or None when the answer is no list."""
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return [_read_crawl(entry) for entry in entries] if isinstance(entries, list) else None


def choose_crawls(crawls: list[Crawl], since: date, until: date, count: int) -> list[Crawl]:
    """Return the newest crawls that end in or after the window, newest first.

    Those that begin more than a year after the window's end are taken only where there is no nearer one.
    """
    covering = [crawl for crawl in crawls if crawl.last_on >= since]
    near = [crawl for crawl in covering if crawl.first_on - until <= _NEAR_DAYS]
    return sorted(near or covering, key=lambda crawl: (crawl.last_on, crawl.name), reverse=True)[:count]


def paths_url(data_url: str, crawl: Crawl) -> str:
    """Return the address of the list of WARC files of a crawl."""
    return f"{data_url.rstrip('/')}/crawl-data/{crawl.name}/warc.paths.gz"


def read_paths(body: bytes) -> list[str | Skipped] | None:
    """Return the paths of a warc.paths.gz, or None when it cannot be unpacked or is another kind of file."""
    found: list[str | Skipped] = []
    strange_count = 0
    try:
        for line in _lines(body):
            is_path = _is_path(line)
            strange_count += not is_path
            if strange_count > _MAX_STRANGE_LINES or len(found) >= _MAX_LINES:
                return None
            if line:
                found.append(line if is_path else Skipped(line[:200], "malformed_item"))
    except (OSError, EOFError, zlib.error):
        return None
    return found


def _lines(body: bytes) -> Iterator[str]:
    """Yield the lines, unpacked one after the other; raise OSError where they go on and on."""
    file: io.BufferedIOBase = io.BytesIO(body)
    if body.startswith(b"\x1f\x8b"):
        file = gzip.GzipFile(fileobj=io.BytesIO(body))
    seen_bytes = 0
    while line := file.readline(_MAX_LINE_BYTES):
        seen_bytes += len(line)
        if seen_bytes > _MAX_UNPACKED_BYTES or len(line) == _MAX_LINE_BYTES:
            raise OSError(f"more than {_MAX_UNPACKED_BYTES} bytes, or a line of {_MAX_LINE_BYTES}")
        yield line.decode("utf-8", "replace").strip()


def _read_crawl(entry: Any) -> Crawl | Skipped:
    name = entry.get("id") if isinstance(entry, Mapping) else None
    if not isinstance(name, str) or not _CRAWL_NAME.fullmatch(name):
        return Skipped(name if isinstance(name, str) and name else spelled(entry), "malformed_item")
    stated = _day(entry.get("from")), _day(entry.get("to"))
    derived = _days_of_name(name)
    first_on = stated[0] or (derived and derived[0])
    last_on = stated[1] or (derived and derived[1])
    return Crawl(name, first_on, last_on) if first_on and last_on else Skipped(name, "malformed_item")


def _days_of_name(name: str) -> tuple[date, date] | None:
    """Return about when a crawl ran: CC-MAIN-2024-22 by its week, CC-MAIN-2012 and CC-MAIN-2009-2010 by the year."""
    try:
        if found := re.fullmatch(r"CC-MAIN-(\d{4})-(\d{2})", name):
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return monday, monday + _CRAWL_DAYS
        if found := re.fullmatch(r"CC-MAIN-(?:\d{4}-)?(\d{4})", name):
            return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
    except (ValueError, OverflowError):
        # Week 60, year 0, or an end after the last day there is.
        return None
    return None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _is_path(line: str) -> bool:
    return bool(_PATH.fullmatch(line)) and not line.startswith("/") and ".." not in line
