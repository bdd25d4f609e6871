"""Tables that users bring: each row becomes one record, or the file is refused with line and reason.

Models may be called by any registered name; a name nobody registered refuses the file and is listed with its line.
Benchmark results come in several formats: `analysis/benchmark_imports.py`.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from analysis.benchmark_formats.claims import Skipped
from analysis.benchmark_formats.recognition import OWN, Reading
from analysis.benchmark_imports import ImportChoices, read_benchmark_results
from analysis.csv_rows import Row, csv_rows
from analysis.points import AREA_SOURCES, OVERALL, Exclusion
from analysis.unknown_names import SKIP_THEM, near_names, unknown_models
from storage.errors import InputError
from storage.records import SOURCES, BenchmarkResult, CompressionResult, LanguageModel, ModelAlias

Record = TypeVar("Record")

COMPRESSION_COLUMNS = ("model", "source", "corpus", "bits_per_character", "protocol", "reported_by")
MODEL_COLUMNS = (
    "model", "aliases", "family", "organisation", "parameter_count", "context_tokens", "released_on",
    "knowledge_cutoff_on", "kind", "location", "source",
)  # fmt: skip
EXCLUSION_COLUMNS = ("area", "model", "reason", "source")

AREAS = tuple(AREA_SOURCES)
KINDS = ("base", "chat")
# A code point takes at most four bytes as it stands; more bits than that is a slip of unit.
MAX_BITS_PER_CHARACTER = 32.0


def read_benchmarks(path: Path, aliases: Mapping[str, str]) -> list[BenchmarkResult]:
    """Read benchmark results in our own CSV; values on either scale come out in 0–1."""
    return list(read_benchmark_results(path, aliases, ImportChoices(Reading(form=OWN))).results)


def read_compression(
    path: Path, aliases: Mapping[str, str], *, skips_unknown_models: bool = False
) -> tuple[list[CompressionResult], list[Skipped]]:
    """Read bits per character that somebody published, and what is left out for want of its model."""
    rows, skipped = _rows_of_models(path, COMPRESSION_COLUMNS, aliases, skips=skips_unknown_models)
    results = [
        CompressionResult(
            model_id=aliases[row.text("model")],
            source=row.choice("source", SOURCES),
            corpus=row.text("corpus"),
            bits_per_character=_positive(row, "bits_per_character", MAX_BITS_PER_CHARACTER),
            protocol=row.text("protocol"),
            reported_by=row.text("reported_by"),
        )
        for row in rows
    ]
    _refuse_doubles(rows, results, lambda r: (r.model_id, r.source, r.corpus, r.protocol, r.reported_by))
    return results, skipped


def read_models(path: Path, aliases: Mapping[str, str] | None = None) -> tuple[list[LanguageModel], list[ModelAlias]]:
    """Read models and their other names. A row about a model that is known already only adds names to it."""
    known = dict(aliases or {})
    models, names = [], []
    seen: dict[str, int] = {}
    for row in csv_rows(path, MODEL_COLUMNS):
        row_names = _names(row)
        for name in row_names:
            if name in seen:
                raise InputError(f"{path}:{row.line}: the name {name!r} stands on line {seen[name]} already; keep one.")
            seen[name] = row.line
        model_id = _known_id(row, row_names, known)
        if model_id is None:
            models.append(_model(row))
        names += [ModelAlias(name, model_id or row.text("model")) for name in row_names if known.get(name) is None]
    return models, names


def read_exclusions(path: Path, aliases: Mapping[str, str]) -> list[Exclusion]:
    """Read which models somebody leaves out of the fits of which area, and why."""
    rows, _ = _rows_of_models(path, EXCLUSION_COLUMNS, aliases)
    exclusions = [
        Exclusion(
            area=row.choice("area", (*AREAS, OVERALL)),
            model_id=aliases[row.text("model")],
            reason=row.text("reason"),
            source=row.optional_text("source"),
        )
        for row in rows
    ]
    _refuse_doubles(rows, exclusions, lambda e: (e.area, e.model_id))
    return exclusions


def _model(row: Row) -> LanguageModel:
    location = row.optional_text("location")
    return LanguageModel(
        model_id=row.text("model"),
        family=row.text("family"),
        organisation=row.optional_text("organisation"),
        parameter_count=row.optional_whole("parameter_count", 1, 10**17),
        context_tokens=row.optional_whole("context_tokens", 1, 10**12),
        released_on=row.optional_date("released_on"),
        knowledge_cutoff_on=row.optional_date("knowledge_cutoff_on"),
        kind=row.choice("kind", KINDS),
        location=location,
        # Without weights there is nothing to score.
        is_active=location is not None,
    )


def _names(row: Row) -> list[str]:
    """Return every name of a model row, each once: the model's own, then its aliases between semicolons."""
    aliases = (alias.strip() for alias in row.cells["aliases"].split(";"))
    return list(dict.fromkeys([row.text("model"), *(alias for alias in aliases if alias)]))


def _known_id(row: Row, names: Sequence[str], known: Mapping[str, str]) -> str | None:
    ids = sorted({known[name] for name in names if name in known})
    if len(ids) > 1:
        row.fail("model", f"name one model; with its aliases it names {' and '.join(ids)}")
    return ids[0] if ids else None


def _positive(row: Row, column: str, limit: float) -> float:
    return row.number(column, 0, limit) or row.fail(column, f"be above 0 and at most {limit:g}")


def _rows_of_models(
    path: Path, columns: Sequence[str], aliases: Mapping[str, str], *, skips: bool | None = None
) -> tuple[list[Row], list[Skipped]]:
    """Return the rows about registered models, and the other models; these refuse the file unless they are skipped.

    `skips` is None where no option skips them.
    """
    rows = list(csv_rows(path, columns))
    unknown: dict[str, str] = {}
    for row in rows:
        if row.text("model") not in aliases:
            unknown.setdefault(row.text("model"), row.place)
    if unknown and not skips:
        raise InputError(unknown_models(unknown, aliases, "" if skips is None else SKIP_THEM))
    known = [row for row in rows if row.text("model") in aliases]
    return known, [Skipped(f"model {name}", f"not registered{near_names(name, aliases)}") for name in unknown]


def _refuse_doubles(rows: Sequence[Row], records: Sequence[Record], identity: Callable[[Record], Hashable]) -> None:
    lines: dict[Hashable, int] = {}
    for row, record in zip(rows, records, strict=True):
        first = lines.setdefault(identity(record), row.line)
        if first != row.line:
            raise InputError(f"{row.place}: the row repeats line {first}; keep one of them.")
