"""Drawings as SVG: marks, scales and axes, without a browser or a network.

A drawing names colours by class only. On the page the style sheet gives them, so that a drawing is as dark or light as
the page is; as a file it carries its own. Marks bear what they stand for as `data-tip`, as a file as `<title>`.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape as escape_xml

from analysis.tables import display_width

# Okabe & Ito 2008, without the yellow that vanishes on white; grey stands for the ninth and on. Colour-blind readers
# tell them apart; shapes say the same again.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C510A", "#7F7F7F")
# Outlines of the marks in a box from −1 to 1.
SHAPES = (
    "M.9 0A.9.9 0 1 1-.9 0 .9.9 0 1 1 .9 0Z",
    "M-.8-.8H.8V.8H-.8Z",
    "M0-.9 .95.75H-.95Z",
    "M0-1 .8 0 0 1-.8 0Z",
    "M-.35-1H.35V-.35H1V.35H.35V1H-.35V.35H-1V-.35H-.35Z",
    "M0 .9 .95-.75H-.95Z",
    "M.9 0-.75.95V-.95Z",
    "M-.9 0 .75.95V-.95Z",
)
STROKE = "M-.2-1.2H.2V1.2H-.2Z"
FONT_SIZE = 12
# How wide a character is, in sizes of the font: rather too much than too little.
_CHARACTER = 0.56
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing without its frame, in pixels. `alternative` tells in words what it shows."""

    title: str
    subtitle: str
    alternative: str
    width: float
    height: float
    body: str


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One kind of mark and what it stands for."""

    label: str
    colour: int
    path: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` on pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a value lies."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[float]:
        """Return round values inside the scale, about so many."""
        step = _step((self.high - self.low) / count)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(number * step, 12) for number in range(first, last + 1)]


def scale_over(
    values: Iterable[float], start: float, end: float, *, padding: float = 0.06, zero: bool = False
) -> Scale:
    """Return a scale on which all values lie, with some room around them; with `zero` from zero on."""
    known = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    if zero:
        return Scale(0.0, high * (1 + padding) or 1.0, start, end)
    room = (high - low) * padding or abs(high) * 0.05 or 1.0
    return Scale(low - room, high + room, start, end)


def shape(index: int, x: float, y: float, radius: float) -> str:
    """Return the mark of one kind: its shape and colour by number."""
    return placed(SHAPES[index % len(SHAPES)], x, y, radius, f"c{index % len(COLOURS)}")


def placed(path: str, x: float, y: float, radius: float, kind: str) -> str:
    """Return an outline at a place, scaled."""
    return f'<path class="{kind}" transform="translate({x:.1f},{y:.1f})scale({radius:g})" d="{path}"/>'


def tipped(mark: str, *lines: str) -> str:
    """Return a mark with what it stands for."""
    return f'<g data-tip="{escape("; ".join(lines))}">{mark}</g>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Return a straight line."""
    return f'<path class="{kind}" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>'


def polyline(points: Sequence[tuple[float, float]], kind: str) -> str:
    """Return a line through points."""
    return f'<path class="{kind}" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in points)}"/>'


def rectangle(x: float, y: float, width: float, height: float, kind: str) -> str:
    """Return a filled rectangle."""
    return f'<path class="{kind}" d="M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}Z"/>'


def words(x: float, y: float, content: str, kind: str = "", anchor: str = "start", size: float = FONT_SIZE) -> str:
    """Return a line of text on its base line."""
    where = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"'
    return f"<text {where}{f' class={chr(34)}{kind}{chr(34)}' if kind else ''}>{escape(content)}</text>"


def fitted(content: str, width: float, size: float = FONT_SIZE) -> str:
    """Return as much of a text as goes into so many pixels."""
    room = int(width / (size * _CHARACTER))
    if display_width(content) <= room:
        return content
    while content and display_width(content) > room - 1:
        content = content[:-1]
    return content + "…"


def x_axis(scale: Scale, top: float, bottom: float, title: str, *, count: int = 5) -> str:
    """Return grid lines from top to bottom, their values under them, and the title under those."""
    return named_axis(scale, _labelled(scale.ticks(count)), top, bottom, title)


def named_axis(scale: Scale, ticks: Sequence[tuple[float, str]], top: float, bottom: float, title: str) -> str:
    """Return grid lines from top to bottom at these values, each with its name under it, and the title."""
    grid = [line(scale(tick), top, scale(tick), bottom, "grid") for tick, _ in ticks]
    labels = [words(scale(tick), bottom + 16, label, "mute", "middle") for tick, label in ticks]
    middle = (scale.start + scale.end) / 2
    return "".join([*grid, *labels, words(middle, bottom + 36, title, "", "middle")])


def y_axis(scale: Scale, left: float, right: float, title: str, *, count: int = 5) -> str:
    """Return grid lines from left to right, their values before them, and the title on top."""
    ticks = scale.ticks(count)
    grid = [line(left, scale(tick), right, scale(tick), "grid") for tick in ticks]
    labels = [words(left - 6, scale(tick) + 4, label, "mute", "end") for tick, label in _labelled(ticks)]
    return "".join([*grid, *labels, words(0, min(scale.start, scale.end) - 10, title)])


def number(value: float, decimals: int = 3) -> str:
    """Print a number with a true minus sign.

    >>> number(-0.93741)
    '−0.937'
    """
    return f"{value:.{decimals}f}".replace("-", "−")


def escape(content: str) -> str:
    """Return a text as it may stand in SVG, between tags or quotes: nothing in it acts."""
    return escape_xml(_ILLEGAL.sub("\ufffd", content), {'"': "&quot;", "'": "&#39;"})


def _labelled(ticks: Sequence[float]) -> list[tuple[float, str]]:
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [(tick, number(tick, decimals)) for tick in ticks]


def _step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
