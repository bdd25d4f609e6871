"""Watermarks: what is known of each source over each window. A hole has a reason; covered is what is sealed."""

from collections.abc import Sequence
from datetime import date

from storage import rows
from storage.lake import Connection
from storage.records import Watermark

# In the order in which a window goes through them.
HOLE, LANDED, COVERED = "hole", "landed", "covered"


def set_watermark(connection: Connection, watermark: Watermark) -> None:
    """Note what is known of a window now; what was noted of the same window before gives way."""
    rows.replace(connection, [watermark], Watermark)


def source_watermarks(connection: Connection, sources: Sequence[str]) -> list[Watermark]:
    """Return what is known of these sources, by source and window."""
    return [mark for mark in rows.select(connection, Watermark) if mark.source in sources]


def covered_until(connection: Connection, source: str) -> date | None:
    """Return the end of the latest covered window of a source."""
    ends = [mark.window_end for mark in source_watermarks(connection, [source]) if mark.state == COVERED]
    return max(ends, default=None)
