"""The numbers of one fit: coefficients, line, logarithm, held-out errors, intervals, or why there are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.held_out import held_out_errors, root_mean_square
from analysis.logarithm import Logarithm, fit_logarithm
from analysis.rank_correlation import kendall, spearman
from analysis.statistics import Line, clustered_interval, fit_line, is_constant, pearson, slope_interval

MIN_MODELS = 3
# With fewer families than this their spread says too little about families.
MIN_FAMILIES = 5


@dataclass(frozen=True, slots=True)
class FitMeasures:
    """The numbers of one fit. Without a coefficient, `remark` says why; with one it says what to mind, if anything."""

    pearson: float | None = None
    line: Line | None = None
    interval: tuple[float, float] | None = None
    interval_by: Literal["family", "model"] | None = None
    spearman: float | None = None
    kendall: float | None = None
    slope_interval: tuple[float, float] | None = None
    leave_one_out_rmse: float | None = None
    leave_one_family_out_rmse: float | None = None
    logarithm: Logarithm | None = None
    remark: str | None = None


def measure(
    x: Sequence[float], y: Sequence[float], families: Sequence[str], *, confidence: float, draws: int, seed: int
) -> FitMeasures:
    """Measure how scores y follow bits per character x, model by model."""
    if reason := _why_no_fit(x, y):
        return FitMeasures(remark=reason)
    interval_by, remark = clustering(families)
    singly = [str(at) for at in range(len(x))]
    clusters = families if interval_by == "family" else singly
    interval = clustered_interval(x, y, clusters, confidence=confidence, draws=draws, seed=seed)
    return FitMeasures(
        pearson=pearson(x, y),
        line=fit_line(x, y),
        interval=interval,
        interval_by=interval_by if interval else None,
        spearman=spearman(x, y),
        kendall=kendall(x, y),
        slope_interval=slope_interval(x, y, clusters, confidence=confidence) if interval else None,
        leave_one_out_rmse=root_mean_square(held_out_errors(x, y, singly)),
        leave_one_family_out_rmse=root_mean_square(held_out_errors(x, y, families)),
        logarithm=fit_logarithm(x, y, families, clusters, confidence=confidence),
        remark=remark if interval else "the points lie exactly on a line: there is no interval",
    )


def clustering(families: Sequence[str]) -> tuple[Literal["family", "model"], str | None]:
    """Choose what is drawn or held out as a whole: families, or single models where there are too few families."""
    family_count = len(set(families))
    if family_count >= MIN_FAMILIES:
        return "family", None
    return "model", f"{family_count} families, fewer than {MIN_FAMILIES}: the interval is clustered by model"


def _why_no_fit(x: Sequence[float], y: Sequence[float]) -> str | None:
    if len(x) < MIN_MODELS:
        return f"{len(x)} models, a coefficient takes at least {MIN_MODELS}"
    for what, values in (("bits per character", x), ("score", y)):
        if is_constant(values):
            return f"all {len(x)} models have the same {what}, so there is no coefficient"
    return None
