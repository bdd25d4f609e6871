"""The figures of the page: bits per character of every model, and the fits. Drawn once for the page, once for files.

On the page they carry no background and take their greys from its style sheet, so that they are as dark or light as
the page is; their legends are part of the page, since a legend inside would shrink with the figure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from analysis.correlation import Correlation
from analysis.figures import COLOURS, PNG_SCALE, SHAPES, SOURCE_TITLES, correlation_figure, correlation_panels
from analysis.report_answers import Standing
from analysis.report_material import rows_of
from analysis.tables import Table

FONT = "Helvetica, Arial, sans-serif"
MEAN = "mean"
ROW_HEIGHT = 24
# Outlines of the marks in a box from −1 to 1, for legends in the page.
SHAPE_PATHS = {
    "circle": "M.9 0A.9.9 0 1 1-.9 0 .9.9 0 1 1 .9 0Z",
    "square": "M-.8-.8H.8V.8H-.8Z",
    "triangle-up": "M0-.9 .95.75H-.95Z",
    "diamond": "M0-1 .8 0 0 1-.8 0Z",
    "cross": "M-.35-1H.35V-.35H1V.35H.35V1H-.35V.35H-1V-.35H-.35Z",
    "triangle-down": "M0 .9 .95-.75H-.95Z",
    "triangle-right": "M.9 0-.75.95V-.95Z",
    "triangle-left": "M-.9 0 .75.95V-.95Z",
    "stroke": "M-.3-1H.3V1H-.3Z",
}


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One mark of a figure and what it stands for."""

    label: str
    colour: str
    path: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as it stands in the page, wide and for telephones, in words, and as files by ending."""

    alternative: str
    inline: str
    narrow: str
    files: dict[str, bytes]


def bits_figure(table: Sequence[Standing], sources: Sequence[str]) -> Figure | None:
    """Draw what every model needs per character, the best on top. Codecs would press the models into a corner."""
    models = [one for one in table if one.kind != "codec"]
    if not models:
        return None
    return Figure(
        alternative=_bits_alternative(models),
        inline=_inline(_bits_chart(models, sources, width=760, label_width=280, is_on_page=True), "bits"),
        narrow=_inline(_bits_chart(models, sources, width=205, label_width=112, is_on_page=True), "bits-narrow"),
        files=_files(_bits_chart(models, sources, width=640, label_width=280, is_on_page=False)),
    )


def fit_figures(fits: Sequence[Correlation]) -> list[tuple[Correlation, str, str]]:
    """Draw every fit that has points, for the page: fit, drawing and what it shows in words."""
    families = _families(fits)
    drawn = []
    for at, fit in enumerate(fits):
        if fit.points:
            chart = correlation_figure(fit, families, width=300, height=200)
            drawn.append((fit, _inline(_for_page(chart.properties(title="")), f"fit{at}"), _fit_alternative(fit)))
    return drawn


def fit_files(fits: Sequence[Correlation]) -> dict[str, bytes]:
    """Draw all fits side by side, as SVG and PNG."""
    if not any(fit.points for fit in fits):
        return {}
    return _files(correlation_panels(list(fits)))


def min_k_figure(spread: Table) -> Figure | None:
    """Draw how the items of each reference set spread by Min-K% Prob, the models one below the other."""
    rows = rows_of(spread)
    if not rows:
        return None
    return Figure(
        alternative=_min_k_alternative(rows),
        inline=_inline(_for_page(_min_k_chart(rows, width=760, label_width=280)), "min-k"),
        narrow=_inline(_for_page(_min_k_chart(rows, width=205, label_width=112)), "min-k-narrow"),
        files=_files(_for_file(_min_k_chart(rows, width=640, label_width=280))),
    )


def source_legend(sources: Sequence[str]) -> list[LegendEntry]:
    """Return what the marks of the bits figure stand for."""
    entries = [
        LegendEntry(SOURCE_TITLES.get(source, source), COLOURS[at], SHAPE_PATHS[SHAPES[at]])
        for at, source in enumerate(sources)
    ]
    return [*entries, LegendEntry(MEAN, "currentColor", SHAPE_PATHS["stroke"])] if len(sources) > 1 else entries


def family_legend(fits: Sequence[Correlation]) -> list[LegendEntry]:
    """Return what the marks of the fits stand for."""
    return [
        LegendEntry(family, COLOURS[at % len(COLOURS)], SHAPE_PATHS[SHAPES[at % len(SHAPES)]])
        for at, family in enumerate(_families(fits))
    ]


# --- the bits figure --------------------------------------------------------------------------------------


def _bits_chart(
    models: Sequence[Standing], sources: Sequence[str], *, width: int, label_width: int, is_on_page: bool
) -> Any:
    y = (
        alt.Y("model:N")
        .sort([one.name for one in models])
        .title(None)
        .axis(labelLimit=label_width, ticks=False, domain=False, grid=True, labelPadding=8)
    )
    stroke_means = "" if is_on_page or len(sources) == 1 else "; the stroke is the mean"
    x = alt.X("bits:Q").title(f"bits per character (fewer is better{stroke_means})").scale(zero=False, nice=True)
    points = alt.Chart(alt.InlineData(values=_source_rows(models, sources))).encode(x=x, y=y)
    titles = [SOURCE_TITLES.get(source, source) for source in sources]
    legend = None if is_on_page else alt.Legend(title=None, orient="top", symbolSize=90, labelFontSize=12)
    marks = points.mark_point(filled=True, size=70, opacity=0.95).encode(
        color=alt.Color("source:N").scale(domain=titles, range=list(COLOURS[: len(titles)])).legend(legend),
        shape=alt.Shape("source:N").scale(domain=titles, range=list(SHAPES[: len(titles)])).legend(legend),
    )
    means = alt.Chart(alt.InlineData(values=_mean_rows(models))).encode(x=x, y=y)
    strokes = means.mark_tick(thickness=4, size=15, color="#000000", opacity=1)
    layers = [marks, strokes] if len(sources) > 1 else [marks]
    chart = alt.layer(*layers).properties(width=width, height=ROW_HEIGHT * len(models))
    return _for_page(chart) if is_on_page else _for_file(chart)


def _source_rows(models: Sequence[Standing], sources: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"model": one.name, "bits": one.bits_per_character[source], "source": SOURCE_TITLES.get(source, source)}
        for one in models
        for source in sources
        if source in one.bits_per_character
    ]


def _mean_rows(models: Sequence[Standing]) -> list[dict[str, Any]]:
    return [{"model": one.name, "bits": one.mean} for one in models if one.mean is not None]


# --- the spread of Min-K% Prob ----------------------------------------------------------------------------


def _min_k_chart(rows: Sequence[Mapping[str, Any]], *, width: int, label_width: int) -> Any:
    """Stack one panel per set over a common axis, so that a model which stands apart in one of them is seen."""
    order = _by_median(rows)
    highest = max(row["bits_at_95_percent"] for row in rows)
    panels = []
    for name in dict.fromkeys(row["reference"] for row in rows):
        some = [dict(row) for row in rows if row["reference"] == name]
        y = alt.Y("model:N").sort(order).title(None).axis(labelLimit=label_width, ticks=False, labelPadding=8)
        low, quarter, median = (
            alt.X(f"bits_at_{percent}_percent:Q")
            .title("bits per least likely token")
            .scale(domain=[0, highest], nice=True)
            for percent in ("05", "25", "50")
        )
        base = alt.Chart(alt.InlineData(values=some)).encode(y=y)
        line = base.mark_rule(color=COLOURS[0], strokeWidth=1.5).encode(x=low, x2="bits_at_95_percent:Q")
        half = base.mark_bar(color=COLOURS[0], height=9).encode(x=quarter, x2="bits_at_75_percent:Q")
        stroke = base.mark_tick(color=COLOURS[1], thickness=3, size=15).encode(x=median)
        panel = alt.layer(line, half, stroke).properties(width=width, height=ROW_HEIGHT * len(some))
        panels.append(panel.properties(title=alt.TitleParams(str(name), anchor="start")))
    return alt.vconcat(*panels, spacing=18)


def _by_median(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the models in one order for all sets, the least surprised on the whole first."""
    medians: dict[str, list[float]] = {}
    for row in rows:
        medians.setdefault(str(row["model"]), []).append(row["bits_at_50_percent"])
    return sorted(medians, key=lambda model: (sum(medians[model]) / len(medians[model]), model))


def _min_k_alternative(rows: Sequence[Mapping[str, Any]]) -> str:
    said = [f"{row['model']} on {row['reference']} {row['bits_at_50_percent']:.2f}" for row in rows]
    return f"Bits of the least likely fifth of the tokens, medians over the items: {', '.join(said)}."


# --- drawing ----------------------------------------------------------------------------------------------


def _for_page(chart: Any) -> Any:
    edges = {"left": 2, "right": 6, "top": 6, "bottom": 2}
    return _styled(chart, background="transparent", padding=edges).configure_legend(disable=True)


def _for_file(chart: Any) -> Any:
    return _styled(chart, background="white", padding=12)


def _styled(chart: Any, *, background: str, padding: Any) -> Any:
    return (
        chart.configure(font=FONT, background=background, padding=padding)
        .configure_view(stroke=None)
        .configure_axis(gridColor="#EEEEEE", labelFontSize=12, titleFontSize=12, titleFontWeight="normal", domain=False)
    )


def _svg(chart: Any) -> bytes:
    return vl_convert.vegalite_to_svg(chart.to_json()).encode()


def _files(chart: Any) -> dict[str, bytes]:
    drawing = _svg(chart)
    return {".svg": drawing, ".png": bytes(vl_convert.svg_to_png(drawing.decode(), scale=PNG_SCALE))}


def _inline(chart: Any, prefix: str) -> str:
    """Draw for the page: ids are made its own, and the page's words stand for what a drawing says of itself."""
    drawing = _svg(chart).decode()
    drawing = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', drawing)
    drawing = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", drawing)
    drawing = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', drawing)
    drawing = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawing)
    return drawing.replace("<svg ", '<svg aria-hidden="true" ', 1)


def _families(fits: Sequence[Correlation]) -> list[str]:
    return sorted({point.family for fit in fits for point in fit.points})


def _bits_alternative(models: Sequence[Standing]) -> str:
    said = [f"{one.name} {one.mean:.3f}" for one in models if one.mean is not None]
    return f"Bits per character of {len(models)} models, the best first; means: {', '.join(said)}."


def _fit_alternative(fit: Correlation) -> str:
    said = f"r {fit.pearson:.3f}" if fit.pearson is not None else fit.remark
    name = fit.benchmark or fit.area
    return f"{name}: benchmark score against bits per character, {fit.n} models, {said}."
