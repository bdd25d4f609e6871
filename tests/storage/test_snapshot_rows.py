"""Copies of single snapshots in memory: what belongs to them and no other, without texts."""

from collections.abc import Iterator

import pytest

from storage import lake, rows, snapshot_rows
from storage.records import (
    CrawlLedger,
    CrawlRun,
    Document,
    LanguageModel,
    Score,
    ScoringRun,
    Snapshot,
    SnapshotDocument,
    Verdict,
)
from tests.storage.builders import make


@pytest.fixture
def memory() -> Iterator[lake.Connection]:
    """Yield a lake with two snapshots."""
    connection = lake.memory()
    fill(connection)
    yield connection
    connection.close()


def fill(connection: lake.Connection) -> None:
    """Add two snapshots that share a text, with their verdicts, scores and crawls."""
    for number, name in enumerate(("A", "B"), start=1):
        window = {"window_start": make(Snapshot).window_start.replace(year=2020 + number)}
        rows.insert(connection, [make(Snapshot, snapshot_id=name, **window)], Snapshot)
        rows.insert(connection, [make(CrawlRun, crawl_run_id=f"run-{name}", **window)], CrawlRun)
        rows.insert(connection, [make(CrawlLedger, crawl_run_id=f"run-{name}")], CrawlLedger)
        rows.insert(connection, [make(ScoringRun, scoring_run_id=f"scoring-{name}", snapshot_id=name)], ScoringRun)
        for text in ("shared", f"own-{name}"):
            keys = {"document_id": text, "text_sha256": f"sha-{text}"}
            rows.insert(connection, [make(Document, text="a long text", **keys)], Document)
            rows.insert(connection, [make(SnapshotDocument, snapshot_id=name, **keys)], SnapshotDocument)
            rows.insert(connection, [make(Score, snapshot_id=name, **keys)], Score)
            rows.insert(connection, [make(Verdict, snapshot_id=name, document_id=text)], Verdict)
    rows.insert(connection, [make(LanguageModel)], LanguageModel)


def test_a_copy_holds_one_snapshot_and_what_is_of_all(memory):
    with snapshot_rows.snapshot_rows(memory, ["B"]) as copy:
        assert [one.document_id for one in rows.select(copy, Document)] == ["own-B", "shared"]
        for record_type in (Score, SnapshotDocument, Verdict, ScoringRun):
            assert {one.snapshot_id for one in rows.select(copy, record_type)} == {"B"}
        assert [one.crawl_run_id for one in rows.select(copy, CrawlLedger)] == ["run-B"]
        assert [one.snapshot_id for one in rows.select(copy, Snapshot)] == ["A", "B"]
        assert rows.count(copy, LanguageModel) == 1


def test_a_copy_holds_no_text(memory):
    with snapshot_rows.snapshot_rows(memory, ["A", "B"]) as copy:
        assert {one.text for one in rows.select(copy, Document)} == {""}
        assert rows.count(copy, Document) == 3
        assert rows.select(copy, Score) == rows.select(memory, Score)


def test_a_copy_is_gone_afterwards_and_the_lake_as_it_was(memory):
    with snapshot_rows.snapshot_rows(memory, ["A"]) as copy:
        copy.execute("DELETE FROM scores")
    assert rows.count(memory, Score) == 4


def test_portions_keep_the_order_and_are_cut_where_they_grow(memory, monkeypatch):
    assert snapshot_rows.portions(memory, ["B", "A", "unscored"]) == [["B", "A", "unscored"]]
    monkeypatch.setattr(snapshot_rows, "MOST_SCORES", 3)
    assert snapshot_rows.portions(memory, ["B", "A", "unscored"]) == [["B"], ["A", "unscored"]]
    assert snapshot_rows.portions(memory, []) == []
