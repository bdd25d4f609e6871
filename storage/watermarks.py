"""Watermarks: what is known of each source over each window. A hole has a reason; covered is what is sealed."""

from datetime import date

from storage import rows
from storage.lake import Connection
from storage.records import Watermark

# In the order in which a window goes through them.
HOLE, LANDED, COVERED = "hole", "landed", "covered"


def set_watermark(connection: Connection, watermark: Watermark) -> None:
    """Note what is known of a window now; what was noted of the same window before gives way."""
    rows.replace(connection, [watermark], Watermark)


def covered_until(connection: Connection, source: str) -> date | None:
    """Return the end of the latest covered window of a source."""
    row = connection.execute(
        "SELECT max(window_end) FROM watermarks WHERE source = $source AND state = 'covered'", {"source": source}
    ).fetchone()
    return row[0] if row else None
