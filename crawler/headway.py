"""How one process of a crawl gets on: what it has waited for, how fast it lands, and when it will be done."""

import re
import time
from collections import defaultdict

from storage.records import CrawlUnit


class Headway:
    """Counted from when the plan is there; waits are counted from the first request on."""

    def __init__(self) -> None:
        self.waits: defaultdict[str, float] = defaultdict(float)
        self._unit_count = self._content_bytes = 0
        self.begin_units()

    def begin_units(self) -> None:
        """Note that the listing is over: what it took says nothing about the units."""
        self._began_at = time.monotonic()

    def count(self, unit: CrawlUnit) -> None:
        """Count one settled unit."""
        self._unit_count += 1
        self._content_bytes += unit.content_bytes

    def seconds_left(self, left_bytes: int, left_units: int | None) -> float | None:
        """Return when budget or plan ends at the rate so far, whichever is first; None until there is a rate."""
        seconds = time.monotonic() - self._began_at
        left = [(left_bytes, self._content_bytes), (left_units, self._unit_count)]
        ends = [max(0, remaining) * seconds / done for remaining, done in left if remaining is not None and done]
        return min(ends, default=None)


def wait_cause(reason: str) -> str:
    """Return what a wait is summed under.

    >>> wait_cause("answered 403 (rate limit)"), wait_cause("answered 503"), wait_cause("broke the connection")
    ('rate limit', '503', 'broke the connection')
    """
    if "rate limit" in reason:
        return "rate limit"
    found = re.fullmatch(r"answered (\d+)(?: \((.+)\))?", reason)
    return (found[2] or found[1]) if found else reason
