"""Who enters which fit with which numbers, and who does not, and why. Nobody is missing without a reason.

An area score is the mean of its benchmarks and a model enters only with all of them; overall is the mean of the area
scores against the mean of the three sources, unless other rules are asked for.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from analysis.points import ALL_SOURCES, AREA_SOURCES, OVERALL, CompressionPoint, CorrelationInput, LeftOut, Point

By = Literal["area", "benchmark"]


@dataclass(frozen=True, slots=True)
class FitRules:
    """What is set against what. By default each area against its own source, and overall the mean of the area scores.

    `source` sets every area against this source instead: what another corpus tells. `overall_of` makes overall the
    mean of all benchmarks instead, areas with many of them counting more.
    """

    by: By = "area"
    source: str | None = None
    overall_of: By = "area"


@dataclass(frozen=True, slots=True)
class FitPoints:
    """The models of one fit, and those left out of it."""

    area: str
    benchmark: str | None
    source: str
    points: tuple[Point, ...]
    left_out: tuple[LeftOut, ...]


def fit_points(material: CorrelationInput, rules: FitRules) -> list[FitPoints]:
    """Return the models of every fit: overall and per area, or per benchmark."""
    fits = _Material(material, rules)
    if rules.by == "benchmark":
        return [fits.of_benchmark(area, label) for area in AREA_SOURCES for label in fits.labels[area]]
    return [fits.overall(), *(fits.of_area(area) for area in AREA_SOURCES)]


def benchmark_labels(material: CorrelationInput) -> dict[tuple[str, str], str]:
    """Name each (benchmark, setting), by the benchmark alone where it has one setting: settings do not compare."""
    settings: dict[str, set[str]] = defaultdict(set)
    for result in material.benchmarks:
        settings[result.benchmark].add(result.setting)
    return {
        (name, setting): name if len(found) == 1 else f"{name} ({setting})"
        for name, found in settings.items()
        for setting in found
    }


class _Material:
    """The material, indexed: results per area and model, compression per model and source."""

    def __init__(self, material: CorrelationInput, rules: FitRules) -> None:
        self.material = material
        self.overall_of = rules.overall_of
        self.sources = {area: rules.source or source for area, source in AREA_SOURCES.items()}
        self.overall_source = rules.source or ALL_SOURCES
        names = benchmark_labels(material)
        self.values: dict[str, dict[str, dict[str, float]]] = {area: defaultdict(dict) for area in AREA_SOURCES}
        for result in material.benchmarks:
            self.values[result.area][result.model_id][names[result.benchmark, result.setting]] = result.value
        self.labels = {
            area: sorted({label for values in models.values() for label in values})
            for area, models in self.values.items()
        }
        self.bits: dict[str, dict[str, CompressionPoint]] = defaultdict(dict)
        for point in material.compressions:
            self.bits[point.source][point.model_id] = point
        self.excluded = {(e.area, e.model_id): e.reason for e in material.exclusions}
        self.missing = {(row.scope, row.model_id): row.reason for row in material.left_out}

    def of_benchmark(self, area: str, label: str) -> FitPoints:
        """Set one benchmark against its area's source."""
        source = self.sources[area]
        having = {model for model, values in self.values[area].items() if label in values}
        points, left_out = self._judged(
            having | self.bits[source].keys(), area, label, lambda model: self._benchmark_lack(area, model, [label])
        )
        rows = [_point(self.bits[source][model], self.values[area][model][label]) for model in points]
        return FitPoints(area, label, source, tuple(rows), tuple(left_out))

    def of_area(self, area: str) -> FitPoints:
        """Set the mean of an area's benchmarks against its source."""
        source = self.sources[area]
        points, left_out = self._judged(
            self.values[area].keys() | self.bits[source].keys(), area, area, lambda model: self._area_lack(area, model)
        )
        rows = [_point(self.bits[source][model], self._area_score(area, model)) for model in points]
        return FitPoints(area, None, source, tuple(rows), tuple(left_out))

    def overall(self) -> FitPoints:
        """Set the mean of the area scores (or of all benchmarks) against the mean of the sources (or one of them)."""
        candidates = set().union(*self.values.values(), *self.bits.values())
        points, left_out = self._judged(candidates, OVERALL, OVERALL, self._overall_lack)
        rows = [self._overall_point(model) for model in points]
        return FitPoints(OVERALL, None, self.overall_source, tuple(rows), tuple(left_out))

    def _judged(
        self, candidates: Iterable[str], area: str, scope: str, lack: Callable[[str], str | None]
    ) -> tuple[list[str], list[LeftOut]]:
        """Part the candidates into those that enter the fit and those that do not, each with its reason."""
        entering, left_out = [], []
        unseen = {model for where, model in self.missing if where == "all"}
        for model in sorted({*candidates, *unseen}):
            reason = self.missing.get(("all", model)) or self.excluded.get((area, model)) or lack(model)
            if reason:
                left_out.append(LeftOut(model, scope, reason))
            else:
                entering.append(model)
        return entering, left_out

    def _area_lack(self, area: str, model: str) -> str | None:
        return self._benchmark_lack(area, model, self.labels[area])

    def _benchmark_lack(self, area: str, model: str, labels: Sequence[str]) -> str | None:
        """Say what a model lacks for these benchmarks of an area: compression, results, or both."""
        source, held = self.sources[area], self.values[area].get(model, {})
        lacks = []
        if model not in self.bits[source]:
            why = self.missing.get((source, model))
            lacks.append(f"no compression on {source}" + (f" ({why})" if why else ""))
        if not held:
            lacks.append(f"no {area} results")
        elif absent := [label for label in labels if label not in held]:
            lacks.append(f"no result of {', '.join(absent)}")
        return ", ".join(lacks) or None

    def _overall_lack(self, model: str) -> str | None:
        return ", ".join(dict.fromkeys(lack for area in AREA_SOURCES if (lack := self._area_lack(area, model)))) or None

    def _area_score(self, area: str, model: str) -> float:
        return fmean(self.values[area][model][label] for label in self.labels[area])

    def _overall_score(self, model: str) -> float:
        if self.overall_of == "area":
            return fmean(self._area_score(area, model) for area in AREA_SOURCES)
        return fmean(self.values[area][model][label] for area in AREA_SOURCES for label in self.labels[area])

    def _overall_point(self, model: str) -> Point:
        sources = [self.bits[source][model] for source in self.sources.values()]
        bits = fmean(point.bits_per_character for point in sources)
        return Point(model, sources[0].family, bits, self._overall_score(model))


def _point(compression: CompressionPoint, value: float) -> Point:
    return Point(compression.model_id, compression.family, compression.bits_per_character, value)
