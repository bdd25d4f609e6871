"""Does compression tell benchmark results? One row per fit: coefficient, interval, line, and who is in and who is not.

An area score is the mean of its benchmarks and a model enters only with all of them; overall is the mean of the area
scores against the mean of the three sources. Nobody is missing without a reason, and a fit that cannot be made is a
row that says why.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from analysis.points import AREA_SOURCES, OVERALL, CompressionPoint, CorrelationInput, LeftOut
from analysis.statistics import Line, clustered_interval, fit_line, is_constant, pearson

MIN_MODELS = 3
# With fewer families than this their spread says too little about families.
MIN_FAMILIES = 5


@dataclass(frozen=True, slots=True)
class Point:
    """One model in one fit: what it needs per character, and its score in 0–1."""

    model_id: str
    family: str
    bits_per_character: float
    value: float


@dataclass(frozen=True, slots=True)
class Correlation:
    """One fit. Without a coefficient, `remark` says why; with one it says what to mind, if anything."""

    area: str
    benchmark: str | None
    source: str
    reported_by: str | None
    n: int
    pearson: float | None
    rmse: float | None
    slope: float | None
    intercept: float | None
    interval_low: float | None
    interval_high: float | None
    confidence: float
    interval_by: Literal["family", "model"] | None
    family_count: int
    remark: str | None
    points: tuple[Point, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """Return the models of the fit."""
        return tuple(point.model_id for point in self.points)


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How an interval is drawn."""

    confidence: float = 0.95
    draws: int = 2000
    seed: int = 2404


def correlate(
    material: CorrelationInput, by: Literal["area", "benchmark"] = "area", bootstrap: Bootstrap | None = None
) -> list[Correlation]:
    """Fit benchmark results on bits per character: overall and per area, or per benchmark."""
    fits = _Fits(material, bootstrap or Bootstrap())
    if by == "benchmark":
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


class _Fits:
    """The material, indexed: results per area and model, compression per model and source."""

    def __init__(self, material: CorrelationInput, bootstrap: Bootstrap) -> None:
        self.material = material
        self.bootstrap = bootstrap
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

    def of_benchmark(self, area: str, label: str) -> Correlation:
        """Fit one benchmark on its area's source."""
        source = AREA_SOURCES[area]
        having = {model for model, values in self.values[area].items() if label in values}
        points, left_out = self._judged(
            having | self.bits[source].keys(), area, label, lambda model: self._benchmark_lack(area, model, [label])
        )
        rows = [_point(self.bits[source][model], self.values[area][model][label]) for model in points]
        return self._fitted(area, label, source, rows, left_out)

    def of_area(self, area: str) -> Correlation:
        """Fit the mean of an area's benchmarks on its source."""
        source = AREA_SOURCES[area]
        points, left_out = self._judged(
            self.values[area].keys() | self.bits[source].keys(), area, area, lambda model: self._area_lack(area, model)
        )
        rows = [_point(self.bits[source][model], self._area_score(area, model)) for model in points]
        return self._fitted(area, None, source, rows, left_out)

    def overall(self) -> Correlation:
        """Fit the mean of the area scores on the mean of the three sources."""
        candidates = set().union(*self.values.values(), *self.bits.values())
        points, left_out = self._judged(candidates, OVERALL, OVERALL, self._overall_lack)
        return self._fitted(OVERALL, None, "mean of three", [self._overall_point(model) for model in points], left_out)

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
        source, held = AREA_SOURCES[area], self.values[area].get(model, {})
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
        return ", ".join(lack for area in AREA_SOURCES if (lack := self._area_lack(area, model))) or None

    def _area_score(self, area: str, model: str) -> float:
        return fmean(self.values[area][model][label] for label in self.labels[area])

    def _overall_point(self, model: str) -> Point:
        sources = [self.bits[source][model] for source in AREA_SOURCES.values()]
        bits = fmean(point.bits_per_character for point in sources)
        return Point(model, sources[0].family, bits, fmean(self._area_score(area, model) for area in AREA_SOURCES))

    def _fitted(
        self, area: str, benchmark: str | None, source: str, points: Sequence[Point], left_out: Sequence[LeftOut]
    ) -> Correlation:
        measures = _measures(points, self.bootstrap)
        return Correlation(
            area=area,
            benchmark=benchmark,
            source=source,
            reported_by=self.material.reported_by,
            n=len(points),
            pearson=measures.pearson,
            rmse=measures.line.rmse if measures.line else None,
            slope=measures.line.slope if measures.line else None,
            intercept=measures.line.intercept if measures.line else None,
            interval_low=measures.interval[0] if measures.interval else None,
            interval_high=measures.interval[1] if measures.interval else None,
            confidence=self.bootstrap.confidence,
            interval_by=measures.interval_by,
            family_count=len({point.family for point in points}),
            remark=measures.remark,
            points=tuple(points),
            left_out=tuple(left_out),
        )


def _point(compression: CompressionPoint, value: float) -> Point:
    return Point(compression.model_id, compression.family, compression.bits_per_character, value)


@dataclass(frozen=True, slots=True)
class _Measures:
    """The numbers of one fit, or the reason there are none."""

    pearson: float | None = None
    line: Line | None = None
    interval: tuple[float, float] | None = None
    interval_by: Literal["family", "model"] | None = None
    remark: str | None = None


def _measures(points: Sequence[Point], bootstrap: Bootstrap) -> _Measures:
    if len(points) < MIN_MODELS:
        return _Measures(remark=f"{len(points)} models, a coefficient takes at least {MIN_MODELS}")
    x, y = [point.bits_per_character for point in points], [point.value for point in points]
    for what, values in (("bits per character", x), ("score", y)):
        if is_constant(values):
            return _Measures(remark=f"all {len(points)} models have the same {what}, so there is no coefficient")
    interval_by, remark = _clustering(points)
    clusters = [point.family if interval_by == "family" else point.model_id for point in points]
    interval = clustered_interval(
        x, y, clusters, confidence=bootstrap.confidence, draws=bootstrap.draws, seed=bootstrap.seed
    )
    if interval is None:
        return _Measures(pearson(x, y), fit_line(x, y), remark="the points lie exactly on a line: there is no interval")
    return _Measures(pearson(x, y), fit_line(x, y), interval, interval_by, remark)


def _clustering(points: Sequence[Point]) -> tuple[Literal["family", "model"], str | None]:
    """Choose what is drawn as a whole: families, or single models where there are too few families."""
    family_count = len({point.family for point in points})
    if family_count >= MIN_FAMILIES:
        return "family", None
    return "model", f"{family_count} families, fewer than {MIN_FAMILIES}: the interval is clustered by model"
