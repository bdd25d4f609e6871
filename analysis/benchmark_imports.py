"""Benchmark results of any format as records: models by any registered name, areas by table, nothing dropped unsaid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from analysis.benchmark_formats.areas import Areas, load_areas
from analysis.benchmark_formats.claims import Claim, Skipped
from analysis.benchmark_formats.recognition import Reading, read_claims
from analysis.csv_rows import NO_CONTROL_CHARACTERS, has_control_characters
from analysis.unknown_names import near_names, unknown_models
from storage.errors import InputError
from storage.records import BenchmarkResult

LISTED_BENCHMARKS = 20


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """What the user says of a file beyond what stands in it. `reported_by` takes the place of the format's own word."""

    reading: Reading = field(default_factory=Reading)
    areas: tuple[str, ...] = ()
    areas_file: Path | None = None
    reported_by: str | None = None
    skips_unknown_models: bool = False
    skips_unknown_benchmarks: bool = False


@dataclass(frozen=True, slots=True)
class Imported:
    """The rows of a file, and everything in it that becomes no row."""

    results: tuple[BenchmarkResult, ...]
    skipped: tuple[Skipped, ...]


def read_benchmark_results(
    path: Path, aliases: Mapping[str, str], choices: ImportChoices = ImportChoices()
) -> Imported:
    """Read a file of benchmark results of any known format, or refuse it with line or path and reason."""
    areas = load_areas(choices.areas_file, choices.areas)
    found = read_claims(path, areas, choices.reading)
    _refuse_control_characters(found.claims)
    stated = [replace(c, reported_by=choices.reported_by or c.reported_by) for c in found.claims]
    claims, no_area = _with_areas(stated, areas, skips=choices.skips_unknown_benchmarks)
    known, no_model = _of_known_models(claims, aliases, skips=choices.skips_unknown_models)
    chosen, passed_over = _one_of_each(known)
    results = tuple(_result(claim, model_id) for model_id, claim in chosen)
    return Imported(results, (*found.skipped, *no_area, *no_model, *passed_over))


Located = tuple[str, Claim]


def _refuse_control_characters(claims: Iterable[Claim]) -> None:
    for claim in claims:
        for name in ("benchmark", "setting", "source", "reported_by"):
            value = getattr(claim, name)
            if value and has_control_characters(value):
                raise InputError(f"{claim.place}: {name} is {value!r}, it must {NO_CONTROL_CHARACTERS}.")


def _with_areas(claims: Iterable[Claim], areas: Areas, *, skips: bool) -> tuple[list[Claim], list[Skipped]]:
    placed: list[Claim] = []
    unknown: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        known = areas.find(claim.benchmark)
        if area := claim.area or (known.area if known else None):
            placed.append(replace(claim, area=area))
        else:
            unknown[claim.benchmark].append(claim)
    if unknown and not skips:
        raise InputError(_unknown_benchmarks(unknown))
    return placed, [Skipped(f"benchmark {name}", "its area is not known (--area names it)") for name in unknown]


def _unknown_benchmarks(unknown: Mapping[str, Sequence[Claim]]) -> str:
    names = list(unknown)
    first = unknown[names[0]][0]
    listed = ", ".join(map(repr, names[:LISTED_BENCHMARKS]))
    more = f" and {len(names) - LISTED_BENCHMARKS} more" if len(names) > LISTED_BENCHMARKS else ""
    return (
        f"{first.place}: no table of areas knows {listed}{more}; say --area {names[0]}=math (or knowledge, coding, "
        "none; a group's name stands for its tasks), give --areas FILE (benchmark,area), or --skip-unknown-benchmarks."
    )


def _of_known_models(
    claims: Iterable[Claim], aliases: Mapping[str, str], *, skips: bool
) -> tuple[list[Located], list[Skipped]]:
    known: list[Located] = []
    unknown: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        name = next((name for name in claim.names if name in aliases), None)
        if name is None:
            unknown[claim.names[-1]].append(claim)
        else:
            known.append((aliases[name], _preferred(claim, name)))
    if unknown and not skips:
        raise InputError(unknown_models({name: of_it[0].place for name, of_it in unknown.items()}, aliases))
    return known, [
        Skipped(f"model {name}", f"not registered{near_names(name, aliases)} ({len(of_it)} results)")
        for name, of_it in unknown.items()
    ]


def _preferred(claim: Claim, name: str) -> Claim:
    """Put a claim of the registered revision before those of others of the same model."""
    if claim.preference is None:
        return claim
    return replace(claim, preference=(0.0 if name == claim.names[0] else 1.0, *claim.preference))


def _one_of_each(known: Iterable[Located]) -> tuple[list[Located], list[Skipped]]:
    """Keep one claim of each identity: the preferred one where the format says which, else doubles are refused."""
    same: dict[tuple[str, str, str, str], list[Claim]] = defaultdict(list)
    for model_id, claim in known:
        same[model_id, claim.benchmark, claim.setting, claim.reported_by].append(claim)
    chosen: list[Located] = []
    passed_over: dict[Skipped, None] = {}
    for (model_id, *_), claims in same.items():
        best, *others = sorted(claims, key=lambda claim: claim.preference or ())
        if others and best.preference == others[0].preference:
            raise InputError(f"{others[0].place}: the row repeats {_line_of(best.place)}; keep one of them.")
        chosen.append((model_id, best))
        for other in others:
            passed_over[Skipped(f"{other.place}: {other.names[-1]}", f"{best.place} has the same model")] = None
    return chosen, list(passed_over)


def _line_of(place: str) -> str:
    _, _, line = place.rpartition(":")
    return f"line {line}" if line.isdigit() else place


def _result(claim: Claim, model_id: str) -> BenchmarkResult:
    assert claim.area is not None, "claims without an area are refused or skipped"
    return BenchmarkResult(
        model_id=model_id,
        benchmark=claim.benchmark,
        setting=claim.setting,
        reported_by=claim.reported_by,
        area=claim.area,
        value=claim.value,
        shots=claim.shots,
        source=claim.source,
    )
