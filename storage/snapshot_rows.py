"""The rows of some snapshots, copied into memory without their texts.

A page asks dozens of questions of one snapshot. Each would open the lake's catalog and its files anew, which takes
longer than the answer; of a copy all of them are answered in milliseconds. Copies are of a few snapshots at a time.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

from storage import lake, rows
from storage import records as r
from storage.tables import TABLES

# A score takes some 300 bytes in memory, so a copy takes 150 MB, or what one snapshot takes that has more.
MOST_SCORES = 500_000

_ALL = "true"
_OF_SNAPSHOTS = "snapshot_id IN (SELECT unnest($snapshot_ids))"
_OF_THEIR_CRAWLS = """crawl_run_id IN (
    SELECT crawl_runs.crawl_run_id
    FROM crawl_runs
    JOIN snapshots ON snapshots.window_start = crawl_runs.window_start AND snapshots.window_end = crawl_runs.window_end
    WHERE snapshots.snapshot_id IN (SELECT unnest($snapshot_ids))
)"""
_OF_THEIR_RUNS = """scoring_run_id IN (
    SELECT scoring_runs.scoring_run_id FROM scoring_runs
    WHERE scoring_runs.snapshot_id IN (SELECT unnest($snapshot_ids))
)"""
_OF_THEIR_TEXTS = """(document_id, text_sha256) IN (
    SELECT (snapshot_documents.document_id, snapshot_documents.text_sha256) FROM snapshot_documents
    WHERE snapshot_documents.snapshot_id IN (SELECT unnest($snapshot_ids))
)"""
# What is copied of which table; what is not named stays empty.
_PARTS: Mapping[type, str] = MappingProxyType(
    {
        r.Snapshot: _ALL,
        r.CrawlRun: _ALL,
        r.CrawlLedger: _OF_THEIR_CRAWLS,
        r.SnapshotDocument: _OF_SNAPSHOTS,
        r.Document: _OF_THEIR_TEXTS,
        r.Verdict: _OF_SNAPSHOTS,
        r.Check: _OF_SNAPSHOTS,
        r.LanguageModel: _ALL,
        r.ModelAlias: _ALL,
        r.Protocol: _ALL,
        r.ScoringRun: _OF_SNAPSHOTS,
        r.Score: _OF_SNAPSHOTS,
        r.Audit: _OF_THEIR_RUNS,
        r.BenchmarkResult: _ALL,
        r.ReferenceSet: _ALL,
        r.JobRun: _ALL,
    }
)


@contextmanager
def snapshot_rows(connection: lake.Connection, snapshot_ids: Sequence[str]) -> Iterator[lake.Connection]:
    """Yield a database in memory that holds what the lake has of these snapshots: no text, and no view yet."""
    copy = lake.memory()
    try:
        for record_type, condition in _PARTS.items():
            _copy(connection, copy, record_type, condition, snapshot_ids)
        yield copy
    finally:
        copy.close()


def portions(connection: lake.Connection, snapshot_ids: Sequence[str]) -> list[list[str]]:
    """Part snapshots into runs whose copies are small; their order stays."""
    query = "SELECT snapshot_id, count(*) FROM scores GROUP BY snapshot_id"
    counts = dict(connection.execute(query).fetchall())
    found, total = list[list[str]](), 0
    for snapshot_id in snapshot_ids:
        count = counts.get(snapshot_id, 0)
        if not found or total + count > MOST_SCORES:
            found.append([])
            total = 0
        found[-1].append(snapshot_id)
        total += count
    return found


def _copy(
    connection: lake.Connection,
    copy: lake.Connection,
    record_type: type,
    condition: str,
    snapshot_ids: Sequence[str],
) -> None:
    name, columns = TABLES[record_type].name, rows.column_names(record_type)
    listed = ", ".join("'' AS text" if column == "text" else column for column in columns)
    values = None if condition == _ALL else {"snapshot_ids": list(snapshot_ids)}
    # Names come from our own record classes, conditions from above.
    found = connection.execute(f"SELECT {listed} FROM {name} WHERE {condition}", values).to_arrow_table()  # noqa: S608
    copy.register("found", found)
    copy.execute(f"INSERT INTO {name} ({', '.join(columns)}) SELECT * FROM found")  # noqa: S608
    copy.unregister("found")
