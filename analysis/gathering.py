"""The material of fits from a database: own scores or published compression, with benchmark results of one reporter."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from analysis.comparison import Comparison, compare_models
from analysis.points import AREA_SOURCES, OVERALL, CompressionPoint, CorrelationInput, Exclusion, LeftOut
from storage import rows
from storage.errors import ComparisonError
from storage.lake import Connection
from storage.records import BenchmarkResult, CompressionResult, LanguageModel

NOT_BASE = "a {kind} model; fits compare base models only"


def gather_scores(
    connection: Connection,
    snapshot_id: str,
    protocol_id: str,
    *,
    reported_by: str | None = None,
    fresh_only: bool = True,
    exclusions: Sequence[Exclusion] = (),
    everybody: Comparison | None = None,
) -> CorrelationInput:
    """Gather own scores of one snapshot by one protocol, all models that may enter a fit on the same texts.

    `everybody` is the comparison of all models, where it has been made; it is that of the fit if all may enter one.
    """
    outsiders = _outsiders(connection, exclusions)
    comparison = everybody if everybody and not outsiders else None
    comparison = comparison or compare_models(
        connection, snapshot_id, protocol_id, fresh_only=fresh_only, outsiders=outsiders
    )
    kinds = {model.model_id: model.kind for model in comparison.models}
    points = [CompressionPoint(c.model_id, c.family, c.source, c.bits_per_character) for c in comparison.compressions]
    compared = {model for model, kind in kinds.items() if kind != "codec"}
    reporter = _choose_reporter(connection, reported_by, compared)
    return CorrelationInput(
        reported_by=reporter,
        compressions=tuple(p for p in points if kinds[p.model_id] != "codec"),
        benchmarks=_benchmarks(connection, reporter),
        exclusions=tuple(exclusions),
        left_out=comparison.left_out,
        floors=tuple(p for p in points if kinds[p.model_id] == "codec"),
    )


def gather_published(
    connection: Connection,
    *,
    reported_by: str | None = None,
    compression_reported_by: str | None = None,
    exclusions: Sequence[Exclusion] = (),
) -> CorrelationInput:
    """Gather compression that others published, by the reporter of the benchmarks where there is a choice."""
    models = {model.model_id: model for model in rows.select(connection, LanguageModel)}
    by_reporter: dict[str, list[CompressionResult]] = defaultdict(list)
    for result in rows.select(connection, CompressionResult):
        by_reporter[result.reported_by].append(result)
    wanted = compression_reported_by or (reported_by if reported_by in by_reporter else None)
    counts = {name: len({result.model_id for result in results}) for name, results in by_reporter.items()}
    compression_reporter = _one_of(counts, wanted, "compression results", "--compression-reported-by")
    results = by_reporter[compression_reporter] if compression_reporter else []
    _refuse_mixed_corpora(results)
    _refuse_mixed_protocols(results)
    reporter = _choose_reporter(connection, reported_by, {result.model_id for result in results})
    return CorrelationInput(
        reported_by=reporter,
        compressions=tuple(
            CompressionPoint(r.model_id, models[r.model_id].family, r.source, r.bits_per_character)
            for r in results
            if models[r.model_id].kind == "base"
        ),
        benchmarks=_benchmarks(connection, reporter),
        exclusions=tuple(exclusions),
        left_out=tuple(_other_kinds({r.model_id: models[r.model_id].kind for r in results})),
    )


def _benchmarks(connection: Connection, reporter: str | None) -> tuple[BenchmarkResult, ...]:
    if reporter is None:
        return ()
    return tuple(rows.select(connection, BenchmarkResult, "reported_by = ?", [reporter]))


def _choose_reporter(connection: Connection, wanted: str | None, model_ids: Collection[str]) -> str | None:
    """Return whose benchmark results are used: the one asked for, or the only one that has any of these models."""
    query = "SELECT reported_by, model_id FROM benchmark_results GROUP BY reported_by, model_id"
    models: dict[str, set[str]] = defaultdict(set)
    for reporter, model_id in connection.execute(query).fetchall():
        models[reporter].add(model_id)
    if wanted is not None:
        counts = {reporter: len(named) for reporter, named in models.items()}
    else:
        counts = {reporter: len(named & set(model_ids)) for reporter, named in models.items() if named & set(model_ids)}
    return _one_of(counts, wanted, "benchmark results", "--reported-by")


def _one_of(counts: Mapping[str, int], wanted: str | None, what: str, option: str) -> str | None:
    listed = ", ".join(f"{name} ({count} models)" for name, count in sorted(counts.items())) or "nobody"
    if wanted is not None:
        if wanted not in counts:
            raise ComparisonError(f"no {what} here are reported by {wanted!r}; they are by {listed}.")
        return wanted
    if len(counts) > 1:
        raise ComparisonError(f"{what} are reported by {listed}, and one fit uses one of them; choose with {option}.")
    return next(iter(counts), None)


def _refuse_mixed_corpora(results: Sequence[CompressionResult]) -> None:
    measured: dict[str, set[str]] = defaultdict(set)
    for result in results:
        measured[result.source].add(f"{result.corpus} by {result.protocol}")
    for source, ways in measured.items():
        if len(ways) > 1:
            raise ComparisonError(
                f"{results[0].reported_by} reports {source} in {len(ways)} ways ({', '.join(sorted(ways))}), which do "
                f"not compare; import each under a reported_by of its own."
            )


def _refuse_mixed_protocols(results: Sequence[CompressionResult]) -> None:
    """Overall fits set the sources beside one another, so one protocol must have measured them all."""
    measured: dict[str, set[str]] = defaultdict(set)
    for result in results:
        measured[result.protocol].add(result.source)
    if len(measured) > 1:
        listed = "; ".join(f"{', '.join(sorted(sources))} by {protocol}" for protocol, sources in measured.items())
        raise ComparisonError(
            f"{results[0].reported_by} reports by {len(measured)} protocols ({listed}), which do not compare; import "
            f"each under a reported_by of its own."
        )


def _outsiders(connection: Connection, exclusions: Sequence[Exclusion]) -> dict[str, str]:
    """Say of every model that can enter no fit why: those must not decide on which texts the others are measured."""
    kinds = {model.model_id: model.kind for model in rows.select(connection, LanguageModel)}
    reasons: dict[str, dict[str, str]] = defaultdict(dict)
    for exclusion in exclusions:
        reasons[exclusion.model_id][exclusion.area] = exclusion.reason
    excluded = {
        model_id: "; ".join(sorted(set(by_area.values())))
        for model_id, by_area in reasons.items()
        if {*AREA_SOURCES, OVERALL} <= by_area.keys()
    }
    return excluded | {row.model_id: row.reason for row in _other_kinds(kinds)}


def _other_kinds(kinds: Mapping[str, str]) -> list[LeftOut]:
    """Name the models that are neither base models nor codecs: training on chats moves both sides of a fit."""
    return [
        LeftOut(model_id, "all", NOT_BASE.format(kind=kind))
        for model_id, kind in sorted(kinds.items())
        if kind not in ("base", "codec")
    ]
