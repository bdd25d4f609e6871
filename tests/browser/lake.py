"""The lake that the pages under test are made of: many models, some with names that would like to be code."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import product
from zlib import crc32

from storage import rows
from storage.records import (
    BenchmarkResult,
    Check,
    CrawlLedger,
    CrawlRun,
    Document,
    LanguageModel,
    ModelAlias,
    Score,
    ScoringRun,
    Snapshot,
    SnapshotDocument,
    Verdict,
)
from tests.analysis.conftest import AT, DOCUMENT, MODEL, SmallLake
from tests.analysis.test_min_k import add_tokens

SCRIPT = "<script>alert(1)</script>"
IMAGE = '<img src="https://example.org/x.png" onerror="alert(2)">'
QUOTED = 'O\'Brien "and" <b>sons</b>'
MODEL_COUNT = 60
FAMILIES = (QUOTED, *(f"family-{letter}" for letter in "abcdefghijk"))
# How many bits per character a source takes beside the papers.
TEXTS = {"github": 0.6, "arxiv": 1.0, "common_crawl": 1.2}
TEXT_COUNT = 16
BENCHMARKS = (("knowledge", "MMLU"), ("coding", "MBPP"), ("math", "GSM8K"))
# What sorting must keep last: a model of unknown size, and one that lacks a source and so has no mean and no rank.
UNSIZED, PARTIAL, CHAT = 7, 11, 13


def name_of(number: int) -> str:
    """Return what people call a model: one of them by what would like to be an image."""
    return IMAGE if number == 5 else f"{FAMILIES[number % 12][:8]}-{number:02d}"


def filled() -> SmallLake:
    """Return a lake with the scored snapshots R and S, and before them Q, which nobody scored."""
    small = SmallLake()
    for snapshot_id, month, count in (("Q", 8, 0), ("R", 9, 6), ("S", 10, TEXT_COUNT)):
        texts = [_text(snapshot_id, month, source, number) for source in TEXTS for number in range(count)]
        _sealed(small, snapshot_id, month, texts or [replace(DOCUMENT, document_id="0", source="github", title=SCRIPT)])
    _models(small)
    for codec, bits in (("zstd@19", 2.9), ("xz@9e", 2.6)):
        small.model(codec, kind="codec", family="codec", location=None)
        _scores(small, "codec@1", {codec: lambda _, bits=bits: bits})
    for model_id, bits in (("m00", 6.0), ("m05", 2.0)):
        add_tokens(small, "item", [bits] * 5, snapshot_id="reference:gsm8k", model_id=model_id)
    return small


def _sealed(small: SmallLake, snapshot_id: str, month: int, texts: list[Document]) -> None:
    """Add a snapshot of these texts, with a text that was dropped and one that did not land for each source."""
    window = (date(2026, month, 1), date(2026, month + 1, 1))
    characters = sum(text.char_count for text in texts)
    small.insert(
        Snapshot(snapshot_id, *window, tuple(TEXTS), 1, "c", "f", len(texts), characters, AT, snapshot_id != "Q")
    )
    rows.insert(small.connection, texts, Document)
    members = [SnapshotDocument(snapshot_id, one.document_id, one.text_sha256) for one in texts]
    rows.insert(small.connection, members, SnapshotDocument)
    kept = [Verdict(snapshot_id, t.document_id, t.source, True, "sample", None, None, None, None) for t in texts]
    rows.insert(small.connection, kept, Verdict)
    for source in TEXTS:
        run, landed = f"{snapshot_id}-{source}", sum(text.source == source for text in texts) + 1
        small.insert(
            Verdict(snapshot_id, f"old-{run}", source, False, "freshness", "too_old", "2020-01-01", None, None),
            CrawlRun(run, source, *window, 1, 1, 1, landed + 1, landed, 1, 7, 0.5, AT, AT, True),
            CrawlLedger(run, source, "unit", f"item of {source}", "gone", "http_status", "404", "200"),
            Check(snapshot_id, source, "exact_duplicate", "copy", True, 40, 39),
        )


def _text(snapshot_id: str, month: int, source: str, number: int) -> Document:
    name = f"{snapshot_id}-{source}-{number}"
    return replace(
        DOCUMENT, document_id=name, text_sha256=f"sha-{name}", source=source, char_count=1000, byte_count=1010,
        title=SCRIPT, url="javascript:alert(3)", published_at=datetime(2026, month, 2 + number),
        cluster_key=f"{source}-{number // 2}",
    )  # fmt: skip


def _models(small: SmallLake) -> None:
    """Add the models with their names, benchmark results and scores, a table at a time: row by row takes seconds."""
    numbers = range(MODEL_COUNT)
    rows.insert(small.connection, [_model(number) for number in numbers], LanguageModel)
    rows.insert(small.connection, [ModelAlias(name_of(number), f"m{number:02d}") for number in numbers], ModelAlias)
    rows.insert(small.connection, [_result(*one) for one in product(numbers, range(3))], BenchmarkResult)
    _scores(small, "document@1", {f"m{number:02d}": partial(_bits, number) for number in numbers})


def _model(number: int) -> LanguageModel:
    return replace(
        MODEL, model_id=f"m{number:02d}", family=FAMILIES[number % 12], knowledge_cutoff_on=date(2025, 1, 31),
        parameter_count=None if number == UNSIZED else 10**8 * (number + 1),
        kind="chat" if number == CHAT else "base",
    )  # fmt: skip


def _result(number: int, place: int) -> BenchmarkResult:
    area, benchmark = BENCHMARKS[place]
    value = 0.2 + 0.01 * number + 0.03 * ((number * 7 + place) % 5)
    return BenchmarkResult(f"m{number:02d}", benchmark, "", "me", area, value, None, None)


def _bits(number: int, text: str) -> float | None:
    """Return bits per character: they fall with the number of the model, three numbers alike but for noise."""
    source = text.split("-")[1]
    if number == PARTIAL and source == "arxiv":
        return None
    noise = (crc32(f"{number} {text}".encode()) % 1000 - 500) / 500
    return TEXTS[source] * (1.05 if text.startswith("R") else 1.0) * (2 - 0.02 * (number // 3) + 0.02 * noise)


def _scores(small: SmallLake, protocol_id: str, models: Mapping[str, Callable[[str], float | None]]) -> None:
    """Score the texts of R and S by what gives each model's bits per character, or None."""
    texts = small.ask("SELECT document_id, text_sha256 FROM documents WHERE document_id != '0'")
    scores = [
        Score(name[0], name, sha, model_id, protocol_id, 1000 * found, 250, 1, 1000, 1010, 0, f"{name[0]}-{model_id}")
        for model_id, bits in models.items()
        for name, sha in texts
        if (found := bits(name)) is not None
    ]
    runs = [_run(snapshot_id, model_id, protocol_id) for snapshot_id, model_id in product("RS", models)]
    rows.insert(small.connection, scores, Score)
    rows.insert(small.connection, runs, ScoringRun)


def _run(snapshot_id: str, model_id: str, protocol_id: str) -> ScoringRun:
    run = f"{snapshot_id}-{model_id}"
    return ScoringRun(
        run, snapshot_id, model_id, protocol_id, "cpu", "float32", "sdpa", "", None, 0, None, 1, 1.0, 1, AT
    )
