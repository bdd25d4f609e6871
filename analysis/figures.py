"""Figures of fits: one point per model, coloured and shaped by family, with the line and its coefficient.

Colours are Okabe and Ito's, which colour-blind readers tell apart; shapes say the same again. Nothing is fetched when
a figure is drawn or shown.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from analysis.correlation import Correlation
from storage.errors import InputError

# Okabe & Ito 2008, without the yellow that vanishes on white; grey stands for the ninth family and on.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C510A", "#7F7F7F")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
SOURCE_TITLES = {
    "common_crawl": "web pages",
    "github": "code",
    "arxiv": "papers",
    "mean of three": "text, mean of three sources",
}
PNG_SCALE = 2.0


def correlation_figure(
    correlation: Correlation, families: Sequence[str] | None = None, *, width: int = 330, height: int = 240
) -> alt.LayerChart | alt.FacetChart:
    """Draw one fit. `families` fixes colours and shapes where several figures stand side by side."""
    rows = [
        {"model": p.model_id, "family": p.family, "bits": p.bits_per_character, "score": p.value}
        for p in correlation.points
    ]
    named = list(families or _families([correlation]))
    x = (
        alt.X("bits:Q")
        .title(f"bits per character of {_source_title(correlation)}")
        .scale(zero=False, nice=False, padding=14)
    )
    y = alt.Y("score:Q").title(_score_title(correlation)).scale(zero=False, nice=False, padding=14)
    points = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_point(filled=True, size=75, opacity=0.9)
        .encode(
            x=x,
            y=y,
            color=alt.Color("family:N").title("family").scale(domain=named, range=_cycled(COLOURS, len(named))),
            shape=alt.Shape("family:N").title("family").scale(domain=named, range=_cycled(SHAPES, len(named))),
            tooltip=["model:N", "family:N", alt.Tooltip("bits:Q", format=".3f"), alt.Tooltip("score:Q", format=".3f")],
        )
    )
    ends = alt.Chart(alt.InlineData(values=_line_ends(correlation)))
    line = ends.mark_line(color="#666666", strokeWidth=1.5, strokeDash=[6, 4]).encode(x=x, y=y)
    return alt.layer(line, points).properties(width=width, height=height, title=_title(correlation))


def correlation_panels(correlations: Sequence[Correlation], columns: int = 2) -> alt.ConcatChart:
    """Draw several fits side by side with one legend."""
    families = _families(correlations)
    panels = [correlation_figure(correlation, families) for correlation in correlations]
    figure: alt.ConcatChart = (
        alt.concat(*panels, columns=columns, spacing=28)
        .configure(font="Helvetica, Arial, sans-serif", background="white")
        .configure_view(stroke="#DDDDDD")
        .configure_axis(grid=True, gridColor="#EEEEEE", labelFontSize=11, titleFontSize=12, titleFontWeight="normal")
        .configure_title(
            anchor="start", frame="group", fontSize=13, subtitleFontSize=12, subtitleColor="#444444", offset=8
        )
        .configure_legend(orient="bottom", labelFontSize=12, titleFontSize=12, symbolSize=90)
    )
    return figure


def save(chart: Any, path: Path) -> None:
    """Write a figure as SVG or PNG, by the ending of the path."""
    drawings = {".svg": _svg, ".png": _png}
    if path.suffix not in drawings:
        raise InputError(f"{path} ends in {path.suffix!r}; a figure is written as {' or '.join(drawings)}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(drawings[path.suffix](chart.to_json()))


def _svg(specification: str) -> bytes:
    return vl_convert.vegalite_to_svg(specification).encode()


def _png(specification: str) -> bytes:
    return bytes(vl_convert.vegalite_to_png(specification, scale=PNG_SCALE))


def _title(correlation: Correlation) -> alt.TitleParams:
    name = correlation.benchmark or correlation.area
    return alt.TitleParams(f"{name[:1].upper()}{name[1:]}", subtitle=_numbers(correlation))


def _numbers(correlation: Correlation) -> str:
    if correlation.pearson is None:
        return f"n = {correlation.n}: {correlation.remark}"
    said = f"n = {correlation.n}, r = {_signed(correlation.pearson)}"
    if correlation.interval_low is None or correlation.interval_high is None:
        return said
    low, high = _signed(correlation.interval_low), _signed(correlation.interval_high)
    return f"{said} ({correlation.confidence:.0%} interval {low} to {high}, by {correlation.interval_by})"


def _signed(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _score_title(correlation: Correlation) -> str:
    if correlation.benchmark:
        return f"{correlation.benchmark} score (0–1)"
    return "mean of area scores (0–1)" if correlation.area == "overall" else "mean benchmark score (0–1)"


def _source_title(correlation: Correlation) -> str:
    return SOURCE_TITLES.get(correlation.source, correlation.source)


def _line_ends(correlation: Correlation) -> list[dict[str, float]]:
    if correlation.slope is None or correlation.intercept is None:
        return []
    bits = [point.bits_per_character for point in correlation.points]
    return [{"bits": x, "score": correlation.intercept + correlation.slope * x} for x in (min(bits), max(bits))]


def _families(correlations: Sequence[Correlation]) -> list[str]:
    return sorted({point.family for correlation in correlations for point in correlation.points})


def _cycled(values: Sequence[str], count: int) -> list[str]:
    return [values[at % len(values)] for at in range(count)]
