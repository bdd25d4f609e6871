"""The figures of a snapshot's page: bits per character of every model, the fits, the spread of Min-K% Prob.

Each is drawn once for the page and its files, and once more for telephones where the same would be too small to read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.correlation import Correlation
from analysis.drawing import (
    SHAPES,
    STROKE,
    Drawing,
    LegendEntry,
    Scale,
    fitted,
    line,
    placed,
    rectangle,
    scale_over,
    shape,
    tipped,
    words,
    x_axis,
)
from analysis.drawing_files import file_svg
from analysis.figures import family_legend, fit_drawing, fit_families, source_title
from analysis.report_leaderboard import MEAN, Standing
from analysis.report_material import Material, rows_of
from analysis.tables import Table

ROW_HEIGHT, _SPREAD = 24.0, 6.0
# Width of the whole and of the names in it, on a screen and on a telephone.
WIDE, NARROW = (880.0, 210.0), (360.0, 122.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the page: its drawings, others for telephones where those are too small, and the legend of all."""

    name: str
    drawings: tuple[Drawing, ...]
    narrow: tuple[Drawing, ...] = ()
    legend: tuple[LegendEntry, ...] = ()
    columns: int = 1

    @property
    def svg(self) -> str:
        """Return all drawings as the text of one file."""
        return file_svg(self.drawings, self.legend, self.columns)


def bits_figure(table: Sequence[Standing], sources: Sequence[str]) -> Figure | None:
    """Draw what every model needs per character, the best on top. Codecs would press the models into a corner."""
    models = [one for one in table if one.kind != "codec"]
    if not models:
        return None
    wide, narrow = (_bits_drawing(models, sources, *sizes) for sizes in (WIDE, NARROW))
    return Figure("bits_per_character", (wide,), (narrow,), tuple(source_legend(sources)))


def fits_figure(material: Material) -> Figure | None:
    """Draw every fit that has points."""
    fits = fits_drawn(material)
    if not fits:
        return None
    families = fit_families(material.fits)
    drawings = [fit_drawing(fit, families, material.name) for fit in fits]
    return Figure("correlation", tuple(drawings), legend=tuple(family_legend(material.fits)), columns=2)


def fits_drawn(material: Material) -> list[Correlation]:
    """Return the fits that have points, in the order of their drawings."""
    return [fit for fit in material.fits if fit.points]


def min_k_figure(spread: Table) -> Figure | None:
    """Draw how the items of each reference set spread by Min-K% Prob, the models one below the other."""
    rows = rows_of(spread)
    if not rows:
        return None
    names = list(dict.fromkeys(str(row["reference"]) for row in rows))
    wide, narrow = (tuple(_min_k_drawing(name, rows, *sizes) for name in names) for sizes in (WIDE, NARROW))
    return Figure("min_k", wide, narrow)


def source_legend(sources: Sequence[str]) -> list[LegendEntry]:
    """Return what the marks of the bits figure stand for."""
    entries = [LegendEntry(source_title(source), at, SHAPES[at]) for at, source in enumerate(sources)]
    return [*entries, LegendEntry(MEAN, -1, STROKE)] if len(sources) > 1 else entries


# --- the bits figure --------------------------------------------------------------------------------------


def _bits_drawing(models: Sequence[Standing], sources: Sequence[str], width: float, label_width: float) -> Drawing:
    x = scale_over([value for one in models for value in _values(one)], label_width, width - 10, padding=0.03)
    bottom = ROW_HEIGHT * len(models)
    rows = [_bits_row(one, at, sources, x) for at, one in enumerate(models)]
    axis = x_axis(x, 0, bottom, "bits per character (fewer is better)", count=6 if width > 500 else 4)
    said = [f"{one.name} {one.mean:.3f}" for one in models if one.mean is not None]
    alternative = f"Bits per character of {len(models)} models, the best first; means: {', '.join(said)}."
    return Drawing("", f"n = {len(models)} models", alternative, width, bottom + 44, axis + "".join(rows))


def _values(one: Standing) -> list[float]:
    ends = [value for ends in one.intervals.values() for value in ends]
    return [*one.bits_per_character.values(), *ends, *([one.mean] if one.mean is not None else [])]


def _bits_row(one: Standing, at: int, sources: Sequence[str], x: Scale) -> str:
    y = ROW_HEIGHT * (at + 0.5)
    parts = [line(x.start, y, x.end, y, "grid"), words(x.start - 8, y + 4, fitted(one.name, x.start - 8), "", "end")]
    for kind, source in enumerate(sources):
        if source in one.bits_per_character:
            # One below the other, so that intervals do not lie on one another.
            level, ends = y + _SPREAD * (kind - (len(sources) - 1) / 2), one.intervals.get(source)
            mark = shape(kind, x(one.bits_per_character[source]), level, 4.2)
            whisker = line(x(ends[0]), level, x(ends[1]), level, f"l{kind} thin") if ends else ""
            parts.append(
                tipped(whisker + mark, one.name, source_title(source), _said(one.bits_per_character[source], ends))
            )
    if one.mean is not None and len(sources) > 1:
        said = _said(one.mean, one.intervals.get(MEAN))
        parts.append(
            tipped(placed(STROKE, x(one.mean), y, 7, "ink"), one.name, f"mean of {len(sources)} sources", said)
        )
    return "".join(parts)


def _said(value: float, ends: tuple[float, float] | None) -> str:
    return f"{value:.3f} bits per character" + (f" ({ends[0]:.3f} to {ends[1]:.3f})" if ends else "")


# --- the spread of Min-K% Prob ----------------------------------------------------------------------------


def _min_k_drawing(name: str, rows: Sequence[Mapping[str, Any]], width: float, label_width: float) -> Drawing:
    """Draw one set over an axis common to all, so that a model which stands apart in one of them is seen."""
    some = {str(row["model"]): row for row in rows if row["reference"] == name}
    models = [model for model in _by_median(rows) if model in some]
    x = scale_over([row["bits_at_95_percent"] for row in rows], label_width, width - 10, zero=True)
    bottom = ROW_HEIGHT * len(models)
    parts = [x_axis(x, 0, bottom, "bits per least likely token", count=6 if width > 500 else 4)]
    parts += [_min_k_row(model, some[model], ROW_HEIGHT * (at + 0.5), x) for at, model in enumerate(models)]
    said = [f"{row['model']} on {row['reference']} {row['bits_at_50_percent']:.2f}" for row in some.values()]
    alternative = f"Bits of the least likely fifth of the tokens, medians over the items: {', '.join(said)}."
    items = max(int(row["item_count"]) for row in some.values())
    return Drawing(name, f"{items:,} items", alternative, width, bottom + 44, "".join(parts))


def _min_k_row(model: str, row: Mapping[str, Any], y: float, x: Scale) -> str:
    low, quarter, median, most, high = (x(row[f"bits_at_{p}_percent"]) for p in ("05", "25", "50", "75", "95"))
    box = line(low, y, high, y, "l0") + rectangle(quarter, y - 4.5, most - quarter, 9, "c0")
    stroke = rectangle(median - 1.5, y - 7.5, 3, 15, "c1")
    said = f"median {row['bits_at_50_percent']:.2f}", f"half of the items {row['bits_at_25_percent']:.2f} to "
    label = words(x.start - 8, y + 4, fitted(model, x.start - 8), "", "end")
    return label + tipped(box + stroke, model, said[0], f"{said[1]}{row['bits_at_75_percent']:.2f}")


def _by_median(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the models in one order for all sets, the least surprised on the whole first."""
    medians: dict[str, list[float]] = {}
    for row in rows:
        medians.setdefault(str(row["model"]), []).append(row["bits_at_50_percent"])
    return sorted(medians, key=lambda model: (sum(medians[model]) / len(medians[model]), model))
