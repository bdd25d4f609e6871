"""Figures of fits: one point per model, coloured and shaped by family, with the line and its coefficient."""

from collections.abc import Callable, Sequence

from analysis.correlation import Correlation
from analysis.drawing import (
    SHAPES,
    Drawing,
    LegendEntry,
    Scale,
    number,
    polyline,
    scale_over,
    shape,
    tipped,
    x_axis,
    y_axis,
)
from analysis.drawing_files import file_svg
from analysis.points import Point

SOURCE_TITLES = {
    "common_crawl": "web pages",
    "github": "code",
    "arxiv": "papers",
    "mean of three": "text, mean of three sources",
}
_WIDTH, _HEIGHT = 360.0, 290.0
_LEFT, _TOP, _RIGHT, _BOTTOM = 40.0, 26.0, 8.0, 44.0


def fit_drawing(
    fit: Correlation, families: Sequence[str] | None = None, name: Callable[[str], str] = lambda model_id: model_id
) -> Drawing:
    """Draw one fit. `families` fixes colours and shapes where several figures stand side by side."""
    known = list(families or fit_families([fit]))
    bottom = _HEIGHT - _BOTTOM
    ends = _line_ends(fit)
    x = scale_over([point.bits_per_character for point in fit.points], _LEFT, _WIDTH - _RIGHT)
    y = scale_over([*(point.value for point in fit.points), *(score for _, score in ends)], bottom, _TOP)
    parts = [
        y_axis(y, _LEFT, _WIDTH - _RIGHT, _score_title(fit)),
        x_axis(x, _TOP, bottom, f"bits per character of {source_title(fit.source)}"),
        polyline([(x(bits), y(score)) for bits, score in ends], "fit") if ends else "",
        *(_mark(point, known.index(point.family), x, y, name) for point in fit.points),
    ]
    return Drawing(_title(fit), fit_numbers(fit), _alternative(fit), _WIDTH, _HEIGHT, "".join(parts))


def correlation_panels(correlations: Sequence[Correlation], columns: int = 2) -> str:
    """Draw several fits side by side under one legend, as the text of an SVG file."""
    families = fit_families(correlations)
    drawings = [fit_drawing(fit, families) for fit in correlations]
    return file_svg(drawings, family_legend(correlations), columns)


def family_legend(fits: Sequence[Correlation]) -> list[LegendEntry]:
    """Return what the marks of the fits stand for."""
    return [LegendEntry(family, at, SHAPES[at % len(SHAPES)]) for at, family in enumerate(fit_families(fits))]


def fit_families(fits: Sequence[Correlation]) -> list[str]:
    """Return the families of the models of these fits, which their colours and shapes follow."""
    return sorted({point.family for fit in fits for point in fit.points})


def fit_numbers(fit: Correlation) -> str:
    """Return coefficient, n and interval of a fit in one line, or why it has none."""
    if fit.pearson is None:
        return f"n = {fit.n}: {fit.remark}"
    said = f"n = {fit.n}, r = {number(fit.pearson)}"
    if fit.interval_low is None or fit.interval_high is None:
        return said
    return f"{said} ({fit.confidence:.0%}: {number(fit.interval_low)} to {number(fit.interval_high)})"


def source_title(source: str) -> str:
    """Return what a source holds, in words."""
    return SOURCE_TITLES.get(source, source)


def _mark(point: Point, family: int, x: Scale, y: Scale, name: Callable[[str], str]) -> str:
    drawn = shape(family, x(point.bits_per_character), y(point.value), 5)
    bits = f"{point.bits_per_character:.3f} bits per character"
    return tipped(drawn, name(point.model_id), f"family {point.family}", bits, f"score {point.value:.3f}")


def _line_ends(fit: Correlation) -> list[tuple[float, float]]:
    if fit.slope is None or fit.intercept is None:
        return []
    bits = [point.bits_per_character for point in fit.points]
    return [(at, fit.intercept + fit.slope * at) for at in (min(bits), max(bits))]


def _title(fit: Correlation) -> str:
    name = fit.benchmark or fit.area
    return f"{name[:1].upper()}{name[1:]}"


def _score_title(fit: Correlation) -> str:
    if fit.benchmark:
        return f"{fit.benchmark} score (0–1)"
    return "mean of area scores (0–1)" if fit.area == "overall" else "mean benchmark score (0–1)"


def _alternative(fit: Correlation) -> str:
    said = f"r {fit.pearson:.3f}" if fit.pearson is not None else fit.remark
    return f"{fit.benchmark or fit.area}: benchmark score against bits per character, {fit.n} models, {said}."
