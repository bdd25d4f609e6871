"""A synthetic lake of many models, months and sources, for the bench of the report: rows of the right shape, no texts.

A model's bits follow from its quality, a text's difficulty and noise; everything is drawn from hashes, so that each
lake of one size is the same. Benchmark results fall with the bits.
"""

from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from itertools import pairwise, product
from math import sqrt
from pathlib import Path

from analysis.questions import VIEWS
from config import load_settings
from storage import lake, rows, views
from storage.home import Home, create_home
from storage.lake import Connection
from storage.migrate import run_migrations
from storage.records import BenchmarkResult, Check, CrawlRun, LanguageModel, ModelAlias, Protocol, Snapshot

PROTOCOL = Protocol("document@bench", "document", 1900, 512, "each_document", "plain_text", "bos", "scored", 1)
CODEC_PROTOCOL = Protocol("codec@bench", "codec", None, None, "each_document", "utf8", "none", "none", 1)
SOURCES = ("arxiv", "common_crawl", "github")
CODECS = ("xz@9e", "zstd@19")
BENCHMARKS = {"knowledge": ("MMLU", "ARC-C"), "coding": ("HumanEval", "MBPP"), "math": ("GSM8K", "MATH")}
FAMILY_SIZE = 4
LAST = (2026, 10)
# Every tenth model has read text up to the middle of the months.
LATE_EVERY = 10

_NOISE = "CREATE OR REPLACE TEMP MACRO noise(one, two) AS hash(one, two) / 18446744073709551616.0 - 0.5"
_DOCUMENTS = """
INSERT INTO documents
SELECT
    printf('%s-%s-%05d', snapshot_id, source, number), printf('sha-%s-%s-%05d', snapshot_id, source, number),
    source, 'text', 'en', printf('Text %d of %s', number, source), 'text',
    CAST(4000 * exp(2 * noise(number, snapshot_id || source)) AS BIGINT),
    CAST(4100 * exp(2 * noise(number, snapshot_id || source)) AS BIGINT),
    'bench', '1', printf('https://example.org/%s/%s/%d', snapshot_id, source, number), '1', 'unit', number,
    CAST(window_end AS TIMESTAMP), snapshot_id || source, NULL, 'bench', printf('%s %d', source, number // 3),
    window_start + to_days(CAST(number % 28 AS INTEGER)), ['A', 'A', 'B', 'C'][number % 4 + 1], 0
FROM snapshots, unnest($sources) AS names(source), range($kept_count) AS numbers(number)
"""
_MEMBERS = """
INSERT INTO snapshot_documents
SELECT document_id[:7], document_id, text_sha256 FROM documents
"""
_VERDICTS = """
INSERT INTO verdicts
SELECT document_id[:7], document_id, source, true, 'sample', NULL, NULL, NULL, NULL FROM documents
UNION ALL
SELECT
    snapshot_id, printf('%s-%s-dropped-%05d', snapshot_id, source, number), source, false,
    ['freshness', 'quality', 'exact_duplicate', 'near_duplicate'][number % 4 + 1],
    ['too_old', 'too_short', 'exact_duplicate', 'near_duplicate'][number % 4 + 1], NULL, NULL, NULL
FROM snapshots, unnest($sources) AS names(source), range($kept_count) AS numbers(number)
"""
# A harder month costs every model more; a model that has read a month finds it easier.
_SCORES = """
INSERT INTO scores
SELECT
    document_id[:7], document_id, text_sha256, model_id, $protocol_id,
    char_count * (0.55 + 0.6 * quality)
        * CASE documents.source WHEN 'github' THEN 0.6 WHEN 'arxiv' THEN 1.0 ELSE 1.15 END
        * (1 + 0.06 * noise(document_id[:7], 'month')) * exp(noise(document_id, 'text'))
        * (1 + 0.05 * noise(document_id, model_id))
        * CASE WHEN published_at <= cutoff_on THEN 0.9 ELSE 1 END,
    char_count // 4, char_count // 4, char_count, byte_count, 0, document_id[:7] || ' ' || model_id
FROM
    documents,
    (SELECT unnest($model_ids) AS model_id, unnest($qualities) AS quality, unnest($cutoffs) AS cutoff_on) AS models
"""
_RUNS = """
INSERT INTO scoring_runs
SELECT
    scoring_run_id, any_value(snapshot_id), any_value(model_id), any_value(protocol_id), 'cpu', 'float32', 'sdpa',
    'bench', NULL, 0, NULL, sum(token_count), sum(token_count) / 900.0, 2000000000,
    strptime(any_value(snapshot_id), '%Y-%m') + to_months(1)
FROM scores
GROUP BY scoring_run_id
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How many models, snapshots, and texts of each source and snapshot."""

    model_count: int
    snapshot_count: int
    text_count: int


def make_lake(folder: Path, size: Size) -> Home:
    """Make a home in this folder with a lake of this size."""
    home = create_home(folder, "bench@example.org")
    lake.write(home, "migrate", run_migrations)
    lake.write(home, "bench", lambda connection: _fill(connection, size))
    return home


def _fill(connection: Connection, size: Size) -> None:
    settings = load_settings().analysis
    known = {"cutoff_margin_days": settings.cutoff_margin_days, "min_fresh_share": settings.min_fresh_share}
    views.publish_views(connection, VIEWS, known)
    months = _months(size.snapshot_count)
    models = [_model(number, months) for number in range(size.model_count)]
    codecs = [LanguageModel(name, "codec", None, None, None, None, None, "codec", None, True) for name in CODECS]
    rows.insert(connection, [PROTOCOL, CODEC_PROTOCOL], Protocol)
    rows.insert(connection, [*models, *codecs], LanguageModel)
    rows.insert(connection, [ModelAlias(one.model_id.partition("@")[0], one.model_id) for one in models], ModelAlias)
    rows.insert(connection, [_snapshot(*month, size.text_count) for month in months], Snapshot)
    rows.insert(
        connection, [_crawl(*month, source, size.text_count) for month, source in product(months, SOURCES)], CrawlRun
    )
    rows.insert(connection, [one for month in months for one in _checks(month[0])], Check)
    rows.insert(connection, _results(models), BenchmarkResult)
    connection.execute(_NOISE)
    connection.execute(_DOCUMENTS, {"sources": list(SOURCES), "kept_count": size.text_count})
    connection.execute(_MEMBERS)
    connection.execute(_VERDICTS, {"sources": list(SOURCES), "kept_count": size.text_count})
    _score(connection, models, PROTOCOL.protocol_id)
    _score(connection, codecs, CODEC_PROTOCOL.protocol_id)
    connection.execute(_RUNS)


def _score(connection: Connection, models: list[LanguageModel], protocol_id: str) -> None:
    values = {
        "protocol_id": protocol_id,
        "model_ids": [model.model_id for model in models],
        "qualities": [3.0 if model.kind == "codec" else _quality(model) for model in models],
        "cutoffs": [model.knowledge_cutoff_on for model in models],
    }
    connection.execute(_SCORES, values)


def _months(count: int) -> list[tuple[str, date, date]]:
    """Return name, first day and the day after the last of the latest months."""
    last = LAST[0] * 12 + LAST[1] - 1
    firsts = [date(month // 12, month % 12 + 1, 1) for month in range(last - count + 1, last + 2)]
    return [(f"{start:%Y-%m}", start, end) for start, end in pairwise(firsts)]


def _model(number: int, months: list[tuple[str, date, date]]) -> LanguageModel:
    family = f"family{number // FAMILY_SIZE:02d}"
    is_late = number % LATE_EVERY == LATE_EVERY - 1
    cutoff = months[len(months) // 2][1] if is_late else date(2024, 1, 31)
    size = 10**8 * 2 ** (number % FAMILY_SIZE) * (1 + number // FAMILY_SIZE)
    name = f"{family}-{size / 1e9:.1f}B"
    return LanguageModel(f"{name}@{number:040x}", family, "bench", size, 8192, None, cutoff, "base", "/weights", True)


def _quality(model: LanguageModel) -> float:
    """Return how poor a model is, in 0–1: large ones of late families are best."""
    assert model.parameter_count is not None
    number = int(model.model_id.partition("@")[2], 16)
    return 1 / (1 + sqrt(model.parameter_count / 1e9)) + 0.1 * (number * 37 % 11 - 5) / 5


def _snapshot(name: str, start: date, end: date, text_count: int) -> Snapshot:
    count = text_count * len(SOURCES)
    sealed_at = datetime(end.year, end.month, 6)
    return Snapshot(name, start, end, SOURCES, 1, "c" * 64, sha256(name.encode()).hexdigest(), count, 4000 * count,
                    sealed_at, True)  # fmt: skip


def _crawl(name: str, start: date, end: date, source: str, text_count: int) -> CrawlRun:
    met, landed = 3 * text_count, 2 * text_count
    at = datetime(end.year, end.month, 3)
    return CrawlRun(name + source, source, start, end, 1, 1, 1, met, landed, met - landed, met, 1.0, at, at, True)


def _checks(snapshot_id: str) -> list[Check]:
    return [
        Check(snapshot_id, source, step, planted, is_positive, 40, 39 if is_positive else 0)
        for source, step in product(SOURCES, ("exact_duplicate", "near_duplicate", "contamination"))
        for planted, is_positive in (("copy", True), ("clean", False))
    ]


def _results(models: list[LanguageModel]) -> list[BenchmarkResult]:
    return [
        BenchmarkResult(model.model_id, benchmark, "", "bench", area, _value(model, place), 5, None)
        for model in models
        for area, names in BENCHMARKS.items()
        for place, benchmark in enumerate(names)
    ]


def _value(model: LanguageModel, place: int) -> float:
    number = int(model.model_id.partition("@")[2], 16)
    noise = ((number * 53 + place * 17) % 23 - 11) / 11
    return min(0.99, max(0.01, 0.85 - 0.6 * _quality(model) - 0.05 * place + 0.04 * noise))
