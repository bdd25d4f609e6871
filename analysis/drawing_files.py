"""Drawings as files: framed, with title, legend and colours of their own, as SVG and as PNG."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import vl_convert

from analysis.drawing import COLOURS, Drawing, LegendEntry, escape, fitted, placed, words
from analysis.tables import display_width
from storage.durable_files import write_whole
from storage.errors import InputError

ENDINGS = (".svg", ".png")
# Sharp on a dense screen, unless the drawing is so tall that nobody sees it at once.
_SCALE, _MOST_PIXELS = 2.0, 1.6e6
_EDGE, _GAP, _TITLE, _LINE = 16, 28, 20, 17
_FONT = "Helvetica, Arial, sans-serif"
_TIP = re.compile(r'<g data-tip="([^"]*)">')
_STYLE = (
    f"text{{font-family:{_FONT};fill:#1d1c1a}}.mute{{fill:#5d5a54}}.strong{{font-weight:bold}}"
    ".grid{stroke:#e6e3dc;fill:none}.rule{stroke:#8a867d;fill:none}.faint{stroke:#c9c5bb;fill:none}"
    ".fit{stroke:#5d5a54;stroke-width:1.5;stroke-dasharray:6 4;fill:none}.ink{fill:#1d1c1a}.kept{fill:#0072B2}"
    ".lost{fill:#8a867d}.flow{fill:#0072B2;opacity:.3}.loss{fill:#8a867d;opacity:.3}"
    + "".join(f".c{at}{{fill:{colour}}}" for at, colour in enumerate(COLOURS))
    + "".join(f".l{at}{{stroke:{colour};fill:none;stroke-width:2}}" for at, colour in enumerate(COLOURS))
    + ".thin{stroke-width:1.3;opacity:.75}"
)


def page_svg(drawing: Drawing) -> str:
    """Return a drawing as it stands in the page, whose words and colours are the page's."""
    size = f'viewBox="0 0 {drawing.width:g} {drawing.height:g}" width="{drawing.width:g}" height="{drawing.height:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" {size}>{drawing.body}</svg>'


def file_svg(drawings: Sequence[Drawing], legend: Sequence[LegendEntry] = (), columns: int = 1) -> str:
    """Return drawings as one file, side by side in so many columns, under one legend."""
    columns = min(columns, len(drawings))
    inner = max(columns * max(one.width for one in drawings) + (columns - 1) * _GAP, 320)
    top, parts = _legend(legend, inner)
    for at in range(0, len(drawings), columns):
        row = drawings[at : at + columns]
        heads = [_head(one) for one in row]
        tallest = max(len(lines) for lines in heads)
        for column, (one, lines) in enumerate(zip(row, heads, strict=True)):
            x = column * (max(one.width for one in drawings) + _GAP)
            parts += [words(x, top + 14 + _LINE * n, said, kind) for n, (said, kind) in enumerate(lines)]
            parts.append(f'<g transform="translate({x:g},{top + _LINE * tallest + 8:g})">{one.body}</g>')
        top += _LINE * tallest + 8 + max(one.height for one in row) + _GAP
    return _framed("".join(parts), inner, top - _GAP, drawings[0].alternative)


def png(svg: str) -> bytes:
    """Return a file of SVG as PNG."""
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    assert size, "a drawing names its size"
    scale = min(_SCALE, math.sqrt(_MOST_PIXELS / (float(size[1]) * float(size[2]))))
    return bytes(vl_convert.svg_to_png(svg, scale=scale))


def save(svg: str, path: Path) -> None:
    """Write a figure as SVG or PNG, by the ending of the path."""
    if path.suffix not in ENDINGS:
        raise InputError(f"{path} ends in {path.suffix!r}; a figure is written as {' or '.join(ENDINGS)}.")
    write_whole(path, svg.encode() if path.suffix == ".svg" else png(svg))


def _framed(body: str, width: float, height: float, alternative: str) -> str:
    whole = f"{width + 2 * _EDGE:g}", f"{height + 2 * _EDGE:g}"
    named = _TIP.sub(r"<g><title>\1</title>", body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{whole[0]}" height="{whole[1]}" '
        f'viewBox="0 0 {whole[0]} {whole[1]}"><title>{escape(alternative)}</title><style>{_STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/><g transform="translate({_EDGE},{_EDGE})">{named}</g></svg>\n'
    )


def _head(drawing: Drawing) -> list[tuple[str, str]]:
    lines = [(fitted(drawing.title, drawing.width), "strong")] if drawing.title else []
    return [*lines, (fitted(drawing.subtitle, drawing.width + _GAP), "mute")] if drawing.subtitle else lines


def _legend(entries: Sequence[LegendEntry], width: float) -> tuple[float, list[str]]:
    """Return how high the legend is and its parts, in as many lines as it takes."""
    x, y, parts = 0.0, 0.0, list[str]()
    for entry in entries:
        takes = 20 + display_width(entry.label) * 7.0 + 14
        if x and x + takes > width:
            x, y = 0.0, y + _TITLE
        parts += [placed(entry.path, x + 6, y + 8, 5.5, colour_class(entry)), words(x + 18, y + 12, entry.label)]
        x += takes
    return (y + _TITLE + 8 if entries else 0.0), parts


def colour_class(entry: LegendEntry) -> str:
    """Return the class that colours a mark of the legend; ink where its number is below zero."""
    return f"c{entry.colour % len(COLOURS)}" if entry.colour >= 0 else "ink"
