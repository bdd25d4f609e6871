"""A home small enough to know by heart: two months, three models and a codec, dropped texts, token bits, benchmarks."""

from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise

from schedules.workspace import Workspace, create_workspace
from storage import lake, rows
from storage.records import (
    BenchmarkResult,
    Document,
    LanguageModel,
    ModelAlias,
    Protocol,
    Score,
    ScoringRun,
    Snapshot,
    SnapshotDocument,
    TokenBits,
    Verdict,
)
from tests.storage.builders import make

SOURCES = {
    "arxiv": "https://arxiv.org/abs/",
    "common_crawl": "https://example.org/",
    "github": "https://github.com/o/r/",
}
MONTHS = {"2026-09": date(2026, 9, 1), "2026-10": date(2026, 10, 1)}
DOCUMENT = Protocol("document@1", "document", 1900, 512, "each_document", "plain_text", "bos", "scored", 1)
CODEC = replace(DOCUMENT, protocol_id="codec@1", name="codec", encoding="utf8")
# Bits per character on every text, so that sums are known by heart; the codec needs 4.
BITS = {"small-1b@1": 2.0, "mid-3b@1": 1.5, "large-8b@1": 1.0}
CODE = "def area(r):  # of a circle\n    return 3.14 * r * r\n"
TOKENS = ["def", " area", "(", "r", "):", "  #", " of a circle", "\n   ", " return", " ", "3.14", " *", " r", " * r\n"]
KINDS = {"arxiv": "paper", "common_crawl": "web_page", "github": "source_file"}


def make_small_home(folder) -> Workspace:
    """Make the home in this folder."""
    workspace, _ = create_workspace(folder, "tests@example.org")
    lake.write(workspace.home, "a small home", _fill)
    return workspace


def _fill(connection: lake.Connection) -> None:
    kept = [_document(month, source, number) for month in MONTHS for source in SOURCES for number in range(3)]
    dropped = [_copy(text) for text in kept if text.document_id.endswith("0")]
    insert = {
        Document: kept + dropped,
        Snapshot: [_snapshot(month) for month in MONTHS],
        SnapshotDocument: [SnapshotDocument(_month(text), text.document_id, text.text_sha256) for text in kept],
        Verdict: [_kept(text) for text in kept] + [_near_duplicate(text) for text in dropped],
        LanguageModel: [_model(name) for name in BITS]
        + [make(LanguageModel, model_id="zstd@19", family="codec", kind="codec")],
        ModelAlias: [ModelAlias(name.partition("@")[0], name) for name in BITS],
        Protocol: [DOCUMENT, CODEC],
        Score: [_score(text, name, bits) for text in kept for name, bits in (BITS | {"zstd@19": 4.0}).items()],
        ScoringRun: [_run(month, name) for month in MONTHS for name in (*BITS, "zstd@19")],
        TokenBits: [_token_bits(text, name) for text in kept if text.source == "github" for name in BITS],
        BenchmarkResult: [_result(name, area) for name in BITS for area in ("knowledge", "coding", "math")],
    }
    for record_type, records in insert.items():
        rows.insert(connection, records, record_type)


def _document(month: str, source: str, number: int) -> Document:
    text = CODE if source == "github" else "x" * 100
    return make(
        Document, document_id=f"{month}-{source}-{number}", text_sha256=f"sha-{month}-{source}-{number}", source=source,
        kind=KINDS[source], title=f"text {number}", text=text, char_count=len(text), byte_count=len(text),
        url=f"{SOURCES[source]}{month}/{number}", licence=[None, "mit", "apache-2.0"][number],
        cluster_key=f"{source}-{number}", published_at=datetime.fromisoformat(f"{month}-1{number}"),
        freshness_grade="AAB"[number], masked_count=0,
    )  # fmt: skip


def _copy(text: Document) -> Document:
    return replace(
        text, document_id=f"{text.document_id}-copy", text_sha256=f"{text.text_sha256}-copy", url=f"{text.url}/copy"
    )


def _month(text: Document) -> str:
    return text.document_id[:7]


def _snapshot(month: str) -> Snapshot:
    return make(Snapshot, snapshot_id=month, window_start=MONTHS[month], sources=tuple(SOURCES), document_count=9)


def _kept(text: Document) -> Verdict:
    return Verdict(_month(text), text.document_id, text.source, True, "kept", None, None, None, None)


def _near_duplicate(text: Document) -> Verdict:
    original = text.document_id.removesuffix("-copy")
    return Verdict(
        _month(text), text.document_id, text.source, False, "near_duplicate", "near_duplicate", "0.91", "0.8", original
    )


def _model(name: str) -> LanguageModel:
    # The small one may have read September.
    known = date(2026, 8, 31) if name.startswith("small") else date(2026, 6, 30)
    family = name.partition("-")[0]
    return make(
        LanguageModel, model_id=name, family=family, kind="base", knowledge_cutoff_on=known, location="/weights"
    )


def _protocol(name: str) -> Protocol:
    return CODEC if name == "zstd@19" else DOCUMENT


def _score(text: Document, name: str, bits: float) -> Score:
    return make(
        Score, snapshot_id=_month(text), document_id=text.document_id, text_sha256=text.text_sha256, model_id=name,
        protocol_id=_protocol(name).protocol_id, total_bits=bits * text.char_count, token_count=10,
        scored_token_count=10, char_count=text.char_count, byte_count=text.byte_count, altered_byte_count=0,
        scoring_run_id=f"{_month(text)}-{name}",
    )  # fmt: skip


def _run(month: str, name: str) -> ScoringRun:
    return make(
        ScoringRun, scoring_run_id=f"{month}-{name}", snapshot_id=month, model_id=name,
        protocol_id=_protocol(name).protocol_id, device="cpu", dtype="float32", float32_difference=0.0,
        token_count=90, seconds=3.0, peak_memory_bytes=2 * 1024**3,
    )  # fmt: skip


def _token_bits(text: Document, name: str) -> TokenBits:
    ends = [sum(map(len, TOKENS[:number])) for number in range(1, len(TOKENS) + 1)]
    bits = [BITS[name] * (end - start) for start, end in pairwise([0, *ends])]
    return make(
        TokenBits, snapshot_id=_month(text), document_id=text.document_id, text_sha256=text.text_sha256, model_id=name,
        protocol_id=DOCUMENT.protocol_id, bits=tuple(bits), byte_ends=tuple(ends),
    )  # fmt: skip


def _result(name: str, area: str) -> BenchmarkResult:
    return BenchmarkResult(name, f"{area} quiz", "5-shot", "me", area, 1 - BITS[name] / 4, 5, None)
