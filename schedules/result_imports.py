"""Results that others measured, from a file into the lake: checked whole, written at once, every row accounted for."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from analysis.benchmark_formats.claims import Skipped
from analysis.benchmark_imports import ImportChoices, read_benchmark_results
from analysis.imports import read_compression
from schedules.progress import say
from schedules.workspace import Workspace
from storage import lake, models
from storage.records import BenchmarkResult, CompressionResult
from storage.results import Result, Stored, store_results


def import_benchmarks(workspace: Workspace, path: Path, choices: ImportChoices) -> int:
    """Bring in benchmark results of any known format, say what came of every row, and return how many stand now."""
    found = read_benchmark_results(path, _aliases(workspace), choices)
    _say_skipped(found.skipped)
    stored = _store(workspace, f"import benchmarks {path.name}", found.results, BenchmarkResult)
    _say_replaced(stored, lambda r: f"{r.benchmark} ({r.setting}) of {r.model_id}", lambda r: r.value)
    _say_benchmarks(found.results)
    _say_sum(stored, "benchmark results")
    return len(found.results)


def import_compression(workspace: Workspace, path: Path, *, skips_unknown_models: bool = False) -> int:
    """Bring in bits per character that others published, say what came of every row, and return how many stand now."""
    results, skipped = read_compression(path, _aliases(workspace), skips_unknown_models=skips_unknown_models)
    _say_skipped(skipped)
    stored = _store(workspace, f"import compression {path.name}", results, CompressionResult)
    _say_replaced(stored, lambda r: f"{r.source} ({r.corpus}) of {r.model_id}", lambda r: r.bits_per_character)
    _say_sum(stored, "compression results")
    return len(results)


def _store(workspace: Workspace, message: str, results: Sequence[Result], record_type: type[Result]) -> Stored[Result]:
    wait = workspace.settings.storage.busy_wait_seconds
    return lake.write(workspace.home, message, lambda writing: store_results(writing, results, record_type), wait)


def _aliases(workspace: Workspace) -> dict[str, str]:
    with lake.reading(workspace.home) as connection:
        return models.aliases(connection)


def _say_skipped(skipped: Sequence[Skipped]) -> None:
    for one in skipped:
        say(f"left out: {one.what}: {one.why}")


def _say_replaced(stored: Stored[Result], name: Callable[[Result], str], value: Callable[[Result], float]) -> None:
    for before, after in stored.replaced:
        told = "another source or area" if value(before) == value(after) else f"{value(before):g} → {value(after):g}"
        say(f"replaced: {name(after)}, by {after.reported_by}: {told}")


def _say_benchmarks(results: Sequence[BenchmarkResult]) -> None:
    """Say how every benchmark was read, so that a metric that was chosen is seen."""
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for result in results:
        counts[result.area, result.benchmark, result.setting] += 1
    for (area, benchmark, setting), count in sorted(counts.items()):
        say(f"{area}: {benchmark}{f' ({setting})' if setting else ''}, {count} {'models' if count > 1 else 'model'}")


def _say_sum(stored: Stored[Result], what: str) -> None:
    count = len(stored.added) + len(stored.replaced) + stored.unchanged_count
    say(
        f"{count} {what} imported: {len(stored.added)} new, {len(stored.replaced)} replaced, "
        f"{stored.unchanged_count} as they were"
    )
