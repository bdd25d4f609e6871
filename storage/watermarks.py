"""Watermarks: which windows of each source are covered, and which are declared holes."""

from datetime import date

from storage import rows
from storage.lake import Connection
from storage.records import Watermark

COVERED, HOLE = "covered", "hole"


def set_watermark(connection: Connection, watermark: Watermark) -> None:
    """Note what is known of a window now; what was noted of the same window before gives way."""
    rows.replace(connection, [watermark], Watermark)


def covered_until(connection: Connection, source: str) -> date | None:
    """Return the end of the latest covered window of a source."""
    row = connection.execute(
        "SELECT max(window_end) FROM watermarks WHERE source = $source AND state = 'covered'", {"source": source}
    ).fetchone()
    return row[0] if row else None


def holes(connection: Connection) -> list[Watermark]:
    """Return every declared hole."""
    return rows.select(connection, Watermark, "state = ?", [HOLE])
