"""A small lake in memory, built record by record, with the published questions on it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest

from analysis.questions import VIEWS
from storage import lake, rows, views
from storage.records import (
    Audit,
    BenchmarkResult,
    Document,
    LanguageModel,
    Protocol,
    Score,
    ScoringRun,
    Snapshot,
    SnapshotDocument,
)

SETTINGS = {"cutoff_margin_days": 30.0, "min_fresh_share": 0.2}
AT = datetime(2026, 11, 2)

DOCUMENT = Document(
    document_id="", text_sha256="", source="", kind="", language="en", title=None, text="x", char_count=1, byte_count=1,
    extractor="e", extractor_version="1", url="u", revision="r", unit="unit", position=0, fetched_at=AT,
    crawl_run_id="run", licence=None, locator="l", cluster_key="c", published_at=None, freshness_grade="A",
    masked_count=0,
)  # fmt: skip
MODEL = LanguageModel("", "family", None, None, None, None, None, "base", "/weights", True)
DOCUMENT_PROTOCOL = Protocol("document@1", "document", 1900, 512, "each_document", "plain_text", "bos", "scored", 1)
PAPER_PROTOCOL = replace(DOCUMENT_PROTOCOL, protocol_id="paper@1", name="paper", packing="source_stream")
CODEC_PROTOCOL = replace(DOCUMENT_PROTOCOL, protocol_id="codec@1", name="codec", encoding="utf8")


class SmallLake:
    """Adds rows with as few words as a test needs."""

    def __init__(self) -> None:
        self.connection = lake.memory()
        views.publish_views(self.connection, VIEWS, SETTINGS)
        rows.insert(self.connection, [DOCUMENT_PROTOCOL, PAPER_PROTOCOL, CODEC_PROTOCOL], Protocol)

    def ask(self, query: str, **values) -> list[tuple]:
        return self.connection.execute(query, values or None).fetchall()

    def insert(self, *records) -> None:
        for record in records:
            rows.insert(self.connection, [record], type(record))

    def snapshot(self, snapshot_id: str = "S", *, is_complete: bool = True) -> None:
        self.insert(
            Snapshot(
                snapshot_id, date(2026, 10, 1), date(2026, 11, 1), ("github", "arxiv", "common_crawl"), 1, "c", "f",
                0, 0, datetime(2026, 11, 5), is_complete,
            )
        )  # fmt: skip

    def text(self, name: str, source: str, chars: int, published: str | None, *, byte_count: int | None = None) -> None:
        """Add a kept text of snapshot S; its hash is sha-NAME."""
        published_at = datetime.fromisoformat(published) if published else None
        document = replace(
            DOCUMENT, document_id=name, text_sha256=f"sha-{name}", source=source, char_count=chars,
            byte_count=byte_count or chars, published_at=published_at, freshness_grade="A" if published else "D",
        )  # fmt: skip
        self.insert(document, SnapshotDocument("S", name, f"sha-{name}"))

    def model(self, model_id: str, **fields) -> None:
        dates = {k: date.fromisoformat(v) for k, v in fields.items() if k.endswith("_on")}
        self.insert(replace(MODEL, model_id=model_id, family=fields.pop("family", model_id), **(fields | dates)))

    def score(self, model_id: str, bits: dict[str, float], protocol_id: str = "document@1", difference=None) -> None:
        """Add the bits of one model for some texts, and the run that made them."""
        run = f"{model_id}-{protocol_id}"
        for name, total_bits in bits.items():
            ((chars, byte_count),) = self.ask(
                "SELECT char_count, byte_count FROM documents WHERE document_id = $name", name=name
            )
            self.insert(
                Score("S", name, f"sha-{name}", model_id, protocol_id, total_bits, 1, 1, chars, byte_count, 0, run)
            )
        self.insert(
            ScoringRun(
                run, "S", model_id, protocol_id, "cpu", "float32", "sdpa", "", difference, 0, None, 1, 1.0, 1, AT
            )
        )

    def audit(self, model_id: str, name: str, *, scored_bits: float, coded_bits: int, is_restored: bool = True) -> None:
        """Add the audit of one text that this model is scored on."""
        run = f"{model_id}-document@1"
        self.insert(Audit(run, name, f"sha-{name}", 10, 20, scored_bits, coded_bits, is_restored, "coder", AT))

    def codec(self, model_id: str, bits: dict[str, float], score_version: int = 1) -> None:
        """Add the bits of one codec by one version of its protocol."""
        protocol_id = f"codec@{score_version}"
        if not self.ask("FROM models WHERE model_id = $model_id", model_id=model_id):
            self.model(model_id, kind="codec", family="codec", location=None)
        if not self.ask("FROM protocols WHERE protocol_id = $protocol_id", protocol_id=protocol_id):
            self.insert(replace(CODEC_PROTOCOL, protocol_id=protocol_id, score_version=score_version))
        self.score(model_id, bits, protocol_id)

    def result(self, model_id: str, benchmark: str, value: float, area="coding", by="me", setting="") -> None:
        self.insert(BenchmarkResult(model_id, benchmark, setting, by, area, value, None, None))


@pytest.fixture
def small_lake() -> Iterator[SmallLake]:
    """Yield an empty lake with the published questions."""
    made = SmallLake()
    yield made
    made.connection.close()


@pytest.fixture
def october(small_lake: SmallLake) -> SmallLake:
    """Return a lake with snapshot S of October 2026: 1,000 characters in four texts of three sources."""
    small_lake.snapshot()
    small_lake.text("g1", "github", 100, "2026-10-05")
    small_lake.text("g2", "github", 300, "2026-10-20", byte_count=330)
    small_lake.text("a1", "arxiv", 200, "2026-10-10")
    small_lake.text("w1", "common_crawl", 400, "2026-10-25")
    return small_lake
