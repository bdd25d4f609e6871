"""Which texts of each source make up its budget of characters: whole segments in seeded order, until it is full.

A segment is one text, but of code a few neighbouring files of one repository, as in the paper, which does not give
their number. Segments are taken in the order of a hash of seed and name, up to the first that does not fit; only what
is larger than the whole budget is passed over. So a text that is added lets no other one in, and pushes out at most
the last ones: filling the rest with whatever fits would change the sample's end at random, and favour short texts.
"""

from pathlib import Path

from config import SamplingSettings
from storage.lake import Connection
from storage.parquet import write_records
from storage.records import SamplingStratum

STRATA_FILE = "strata.parquet"


def drop_over_budget(
    connection: Connection, documents: list[str], snapshot_id: str, settings: SamplingSettings
) -> None:
    """Reject what lies beyond the budget, with the characters that it and all before it make."""
    values = {
        "documents": documents,
        "snapshot_id": snapshot_id,
        "seed": str(settings.seed),
        "segment_files": settings.segment_files,
        "budget_chars": settings.budget_chars,
    }
    connection.execute(_sql("reduce_sample"), values)


def write_strata(connection: Connection, snapshot_id: str, path: Path) -> None:
    """Write down how much of every stratum there was, and how much of it was drawn."""
    rows = connection.execute(_sql("reduce_strata"), {"snapshot_id": snapshot_id}).fetchall()
    write_records(path, [SamplingStratum(*row) for row in rows], SamplingStratum)


def _sql(step: str) -> str:
    return Path(__file__).with_name(f"{step}.sql").read_text(encoding="utf-8")
