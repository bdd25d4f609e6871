"""Which texts say little of their own, since most of what they hold stands on many pages: licences, notices, forms?

A long line that stands in texts of many clusters (repositories, first authors, registered domains), of this snapshot or
of history, is boilerplate in every text but the one that had it first. So of an article that many sites have taken over
with changes the original stays, as with duplicates, while a single site or author that repeats itself proves nothing.
A text is dropped as a whole or stays as it is: lines are never cut out of it.
"""

from collections.abc import Sequence
from pathlib import Path

from config import BoilerplateSettings
from curation.outcomes import plain
from storage.lake import Connection


def drop_boilerplate(
    connection: Connection, documents: Sequence[str], snapshot_id: str, settings: BoilerplateSettings
) -> None:
    """Reject texts of which too large a share stands in boilerplate lines that others had first."""
    if not settings.min_clusters:
        return
    connection.execute(_sql("reduce_lines"), {"documents": documents, "min_line_chars": settings.min_line_chars})
    connection.execute(_sql("reduce_boilerplate_lines"), {"min_clusters": settings.min_clusters})
    values = {"max_char_share": settings.max_char_share, "limit_value": plain(settings.max_char_share)}
    connection.execute(_sql("reduce_boilerplate"), {"snapshot_id": snapshot_id, **values})
    # The largest table of the reduce side; nothing that follows needs it.
    connection.execute("DROP TABLE lines")


def _sql(step: str) -> str:
    return Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8")
