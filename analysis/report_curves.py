"""Curves over time: compression of every snapshot, raw and adjusted, drift by month, cutoffs, and the coefficient.

Sixty curves are not told apart by anybody, so the first few stand out in colour and the others in grey; every one is
named where it ends.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf
from typing import TypeVar

from analysis.cutoff_findings import EffectiveCutoff
from analysis.drawing import (
    SHAPES,
    Drawing,
    LegendEntry,
    Scale,
    fitted,
    line,
    named_axis,
    number,
    placed,
    polyline,
    scale_over,
    shape,
    tipped,
    words,
    y_axis,
)
from analysis.drift import MonthPoint, SnapshotPoint
from analysis.report_figures import NARROW, ROW_HEIGHT, WIDE, Figure

Name = Callable[[str], str]
Point = TypeVar("Point", SnapshotPoint, MonthPoint)
# Colours and shapes that are told apart at a glance.
OUTSTANDING = 6
_WIDTH, _HEIGHT = 440.0, 300.0
_LEFT, _TOP, _RIGHT, _BOTTOM = 54.0, 26.0, 26.0, 44.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve. Points are place, value, and what is said of them."""

    name: str
    points: tuple[tuple[float, float, str], ...]


def over_time_figure(points: Sequence[SnapshotPoint], name: Name) -> Figure | None:
    """Draw what every model needs per character of every snapshot: as measured, and adjusted by the anchors."""
    own = [point for point in points if point.source is None and point.kind != "codec"]
    snapshots = _in_order({point.snapshot_id: point.window_start for point in own})
    if len(snapshots) < 2:
        return None
    first = _outstanding(own)
    ticks = [(float(at), snapshot_id) for at, snapshot_id in enumerate(snapshots)]
    raw = _curves(own, lambda p: (snapshots.index(p.snapshot_id), p.bits_per_character, p.snapshot_id), name, first)
    drawings = [_curves_drawing("As measured", raw, ticks, "snapshot", "bits per character")]
    adjusted = [point for point in own if point.adjusted_bits_per_character is not None]
    if adjusted:
        curves = _curves(
            adjusted,
            lambda p: (snapshots.index(p.snapshot_id), p.adjusted_bits_per_character, p.snapshot_id),
            name,
            first,
        )
        anchors = ", ".join(name(anchor) for anchor in adjusted[-1].anchors)
        said = f"Adjusted by {anchors}"
        drawings.append(_curves_drawing(said, curves, ticks, "snapshot", "bits per character, as hard as the first"))
    return Figure("over_time", tuple(drawings), legend=_legend(first, name), columns=2)


def drift_figure(points: Sequence[MonthPoint], name: Name) -> Figure | None:
    """Draw bits per character by month of publication, and against the anchors by months since the cutoff."""
    own = [point for point in points if point.source is None and point.kind != "codec"]
    months = sorted({point.month_on for point in own})
    if len(months) < 2:
        return None
    first = _outstanding(own)
    ticks = [(float(at), f"{month:%Y-%m}") for at, month in enumerate(months)]
    raw = _curves(own, lambda p: (months.index(p.month_on), p.bits_per_character, f"{p.month_on:%Y-%m}"), name, first)
    drawings = [_curves_drawing("By month of publication", raw, ticks, "month of publication", "bits per character")]
    related = [p for p in own if p.against_anchors is not None and p.months_after_cutoff is not None]
    if related:
        levels = _levels(related)
        curves = _curves(
            related,
            lambda p: (
                p.months_after_cutoff,
                _share(p, levels),
                f"{p.months_after_cutoff:+d} months, {p.month_on:%Y-%m}",
            ),
            name,
            first,
            unit="of its level after the cutoff",
        )
        said = "against the anchors, 1 = its level after the cutoff"
        drawings.append(_curves_drawing("By months since the declared cutoff", curves, None, "months", said, mark=0.0))
    return Figure("drift", tuple(drawings), legend=_legend(first, name), columns=2)


def cutoffs_figure(found: Sequence[EffectiveCutoff], name: Name) -> Figure | None:
    """Draw the effective cutoffs with their intervals beside the declared ones, models where a change is seen."""
    changed = [one for one in found if one.source is None and one.outcome == "change"]
    if not changed:
        return None
    wide, narrow = (_cutoffs_drawing(changed, name, *sizes) for sizes in (WIDE, NARROW))
    legend = LegendEntry("effective", 0, SHAPES[0]), LegendEntry("declared", 1, SHAPES[3])
    return Figure("cutoffs", (wide,), (narrow,), legend)


def coefficients_figure(fits: Sequence[tuple[str, float, float | None, float | None, int]]) -> Figure | None:
    """Draw the coefficient of every snapshot with its interval and n."""
    if len(fits) < 2:
        return None
    x = Scale(-0.5, len(fits) - 0.5, _LEFT, _WIDTH - _RIGHT)
    y = scale_over([value for _, r, low, high, _ in fits for value in (r, low, high) if value is not None],
                   _HEIGHT - _BOTTOM, _TOP)  # fmt: skip
    ticks = [(float(at), snapshot_id) for at, (snapshot_id, *_) in enumerate(fits)]
    parts = [_frame(x, y, _thinned(ticks, _WIDTH), "snapshot", "r, score against bits per character")]
    for at, (snapshot_id, r, low, high, n) in enumerate(fits):
        known = low is not None and high is not None
        whisker = line(x(at), y(low), x(at), y(high), "l0") if low is not None and high is not None else ""
        said = f"{low:.3f} to {high:.3f}" if known else "no interval"
        parts.append(tipped(whisker + shape(0, x(at), y(r), 4.5), snapshot_id, f"r = {r:.3f}, n = {n}", said))
    said = "; ".join(f"{snapshot_id} {r:.3f}" for snapshot_id, r, *_ in fits)
    alternative, subtitle = f"Coefficient by snapshot: {said}.", f"n = {len(fits)} snapshots"
    return Figure(
        "coefficients", (Drawing("r of every snapshot", subtitle, alternative, _WIDTH, _HEIGHT, "".join(parts)),)
    )


# --- curves -----------------------------------------------------------------------------------------------


def _curves_drawing(
    title: str, curves: Sequence[tuple[int | None, Curve]], ticks: Sequence[tuple[float, str]] | None, x_title: str,
    y_title: str, *, mark: float | None = None,
) -> Drawing:  # fmt: skip
    """Draw curves over places with names (`ticks`), or over numbers."""
    places = [place for _, curve in curves for place, _, _ in curve.points]
    x = Scale(min(places) - 0.4, max(places) + 0.4, _LEFT, _WIDTH - _RIGHT)
    y = scale_over([value for _, curve in curves for _, value, _ in curve.points], _HEIGHT - _BOTTOM, _TOP)
    named = [(tick, number(tick, 0)) for tick in x.ticks(6)] if ticks is None else _thinned(ticks, _WIDTH)
    parts = [_frame(x, y, named, x_title, y_title)]
    if mark is not None and x.low < mark < x.high:
        parts.append(line(x(mark), _TOP, x(mark), _HEIGHT - _BOTTOM, "rule"))
    parts += [
        _curve(curve, kind, x, y) for kind, curve in sorted(curves, key=lambda one: -inf if one[0] is None else -one[0])
    ]
    said = "; ".join(f"{curve.name} {curve.points[-1][1]:.3f}" for kind, curve in curves if kind is not None)
    alternative = f"{title}: {len(curves)} models at {len(set(places))} places; at the end {said}."
    return Drawing(title, f"n = {len(curves)} models", alternative, _WIDTH, _HEIGHT, "".join(parts))


def _curve(curve: Curve, kind: int | None, x: Scale, y: Scale) -> str:
    path = polyline(
        [(x(place), y(value)) for place, value, _ in curve.points], "faint" if kind is None else f"l{kind} thin"
    )
    if kind is None:
        place, value, said = curve.points[-1]
        return path + tipped(placed(SHAPES[0], x(place), y(value), 2.2, "lost"), curve.name, said)
    marks = [tipped(shape(kind, x(place), y(value), 3.6), curve.name, said) for place, value, said in curve.points]
    return path + "".join(marks)


def _curves(
    points: Sequence[Point],
    place: Callable[[Point], tuple[float | None, float | None, str]],
    name: Name,
    first: Sequence[str],
    unit: str = "bits per character",
) -> list[tuple[int | None, Curve]]:
    """Return one curve per model, with the number of its colour where it stands out."""
    found: dict[str, list[tuple[float, float, str]]] = {}
    for point in points:
        at, value, said = place(point)
        if at is not None and value is not None:
            found.setdefault(point.model_id, []).append((float(at), value, f"{said}: {value:.3f} {unit}"))
    return [
        (first.index(model_id) if model_id in first else None, Curve(name(model_id), tuple(sorted(some))))
        for model_id, some in found.items()
    ]


def _frame(x: Scale, y: Scale, ticks: Sequence[tuple[float, str]], x_title: str, y_title: str) -> str:
    grid = y_axis(y, _LEFT, _WIDTH - _RIGHT, y_title)
    return grid + named_axis(x, ticks, _TOP, _HEIGHT - _BOTTOM, x_title)


def _thinned(ticks: Sequence[tuple[float, str]], width: float) -> list[tuple[float, str]]:
    """Leave away names that would run into one another; the last one stays."""
    room = max(1, int(width / (12 + 7.0 * max(len(label) for _, label in ticks))))
    step = -(-len(ticks) // room)
    return list(ticks[::-1][::step])


def _outstanding(points: Sequence[SnapshotPoint] | Sequence[MonthPoint]) -> list[str]:
    """Return the models that are drawn in colour: the best of those at the last place."""
    last: dict[str, float] = {}
    for point in points:
        last[point.model_id] = point.bits_per_character
    return sorted(last, key=lambda model_id: (last[model_id], model_id))[:OUTSTANDING]


def _legend(first: Sequence[str], name: Name) -> tuple[LegendEntry, ...]:
    return tuple(LegendEntry(name(model_id), at, SHAPES[at]) for at, model_id in enumerate(first))


def _levels(points: Sequence[MonthPoint]) -> Mapping[str, float]:
    """Return what each model needs against the anchors in the months after its cutoff, in all where there are none."""
    found: dict[str, list[float]] = {}
    for is_after in (True, False):
        for point in points:
            assert point.against_anchors is not None
            assert point.months_after_cutoff is not None
            if is_after == (point.months_after_cutoff > 0) and (is_after or point.model_id not in found):
                found.setdefault(point.model_id, []).append(point.against_anchors)
    return {model_id: sum(values) / len(values) for model_id, values in found.items()}


def _share(point: MonthPoint, levels: Mapping[str, float]) -> float | None:
    return point.against_anchors / levels[point.model_id] if point.against_anchors is not None else None


def _in_order(starts: Mapping[str, date]) -> list[str]:
    return sorted(starts, key=lambda snapshot_id: (starts[snapshot_id], snapshot_id))


# --- cutoffs ----------------------------------------------------------------------------------------------


def _cutoffs_drawing(found: Sequence[EffectiveCutoff], name: Name, width: float, label_width: float) -> Drawing:
    days = [
        day
        for one in found
        for day in (one.effective_on, one.interval_low_on, one.interval_high_on, one.declared_on, one.first_month_on)
        if day
    ]
    x = scale_over([day.toordinal() for day in days], label_width, width - 10, padding=0.03)
    bottom = ROW_HEIGHT * len(found)
    quarters = [date(year, month, 1) for year in range(min(days).year, max(days).year + 1) for month in (1, 4, 7, 10)]
    ticks = [(float(day.toordinal()), f"{day:%Y-%m}") for day in quarters if x.low <= day.toordinal() <= x.high]
    parts = [named_axis(x, _thinned(ticks, width - label_width) if ticks else [], 0, bottom, "month of publication")]
    parts += [_cutoff_row(one, name(one.model_id), ROW_HEIGHT * (at + 0.5), x) for at, one in enumerate(found)]
    alternative = "Effective cutoffs: " + "; ".join(f"{name(one.model_id)}: {one.finding}" for one in found)
    return Drawing(
        "", f"n = {len(found)} models in which a change is seen", alternative, width, bottom + 44, "".join(parts)
    )


def _cutoff_row(one: EffectiveCutoff, name: str, y: float, x: Scale) -> str:
    label = words(x.start - 8, y + 4, fitted(name, x.start - 8), "", "end")
    low = x(one.interval_low_on.toordinal()) if one.interval_low_on else x.start
    high = x(one.interval_high_on.toordinal()) if one.interval_high_on else x.end
    whisker = line(low, y, high, y, "l0")
    effective = shape(0, x(one.effective_on.toordinal()), y, 5) if one.effective_on else ""
    declared = placed(SHAPES[3], x(one.declared_on.toordinal()), y, 5.5, "c1") if one.declared_on else ""
    return (
        label
        + tipped(whisker + effective, name, one.finding)
        + (tipped(declared, name, f"declared {one.declared_on}") if declared else "")
    )
