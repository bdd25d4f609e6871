"""Does compression tell benchmark results? One row per fit: coefficients, intervals, lines, who is in and who is not.

A fit that cannot be made is a row that says why.
"""

from dataclasses import dataclass
from typing import Literal

from analysis.fit_measures import measure
from analysis.fit_points import By, FitPoints, FitRules, fit_points
from analysis.logarithm import Logarithm
from analysis.points import CorrelationInput, LeftOut, Point


@dataclass(frozen=True, slots=True)
class Correlation:
    """One fit. Without a coefficient, `remark` says why; with one it says what to mind, if anything.

    Errors are on the scale of the score, 0–1. `rmse` divides by n; the `leave_…_out_rmse` are those of models, or of
    the models of whole families, that the line was not fitted to. `interval_…` is that of `pearson`.
    """

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
    spearman: float | None
    kendall: float | None
    slope_low: float | None
    slope_high: float | None
    leave_one_out_rmse: float | None
    leave_one_family_out_rmse: float | None
    logarithm: Logarithm | None
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
    material: CorrelationInput, rules: By | FitRules = "area", bootstrap: Bootstrap | None = None
) -> list[Correlation]:
    """Fit benchmark results on bits per character: overall and per area, or per benchmark."""
    asked = rules if isinstance(rules, FitRules) else FitRules(rules)
    fits = fit_points(material, asked)
    return [_measured(fit, material.reported_by, bootstrap or Bootstrap()) for fit in fits]


def _measured(fit: FitPoints, reported_by: str | None, bootstrap: Bootstrap) -> Correlation:
    measures = measure(
        [point.bits_per_character for point in fit.points],
        [point.value for point in fit.points],
        [point.family for point in fit.points],
        confidence=bootstrap.confidence,
        draws=bootstrap.draws,
        seed=bootstrap.seed,
    )
    interval_low, interval_high = measures.interval or (None, None)
    slope_low, slope_high = measures.slope_interval or (None, None)
    return Correlation(
        area=fit.area,
        benchmark=fit.benchmark,
        source=fit.source,
        reported_by=reported_by,
        n=len(fit.points),
        pearson=measures.pearson,
        rmse=measures.line.rmse if measures.line else None,
        slope=measures.line.slope if measures.line else None,
        intercept=measures.line.intercept if measures.line else None,
        interval_low=interval_low,
        interval_high=interval_high,
        spearman=measures.spearman,
        kendall=measures.kendall,
        slope_low=slope_low,
        slope_high=slope_high,
        leave_one_out_rmse=measures.leave_one_out_rmse,
        leave_one_family_out_rmse=measures.leave_one_family_out_rmse,
        logarithm=measures.logarithm,
        confidence=bootstrap.confidence,
        interval_by=measures.interval_by,
        family_count=len({point.family for point in fit.points}),
        remark=measures.remark,
        points=fit.points,
        left_out=fit.left_out,
    )
