"""From what the crawls met to what was kept, and how sure the dates of that are: one stream per source.

The stream narrows from step to step as texts leave it; its width is their number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.drawing import SHAPES, Drawing, LegendEntry, line, rectangle, tipped, words
from analysis.figures import source_title
from analysis.report_figures import Figure
from analysis.report_leaderboard import SOURCE_ORDER
from analysis.report_material import Material, rows_of

# The steps of curation in the order in which texts meet them.
STEPS = (
    "extract", "freshness", "language", "quality", "secrets", "exact_duplicate", "near_duplicate", "boilerplate",
    "contamination", "sample",
)  # fmt: skip
GRADES = ("A", "B", "C", "D")
_WIDTH, _LEFT, _STREAM, _BRANCH, _ROW = 360.0, 58.0, 112.0, 190.0, 34.0


@dataclass(frozen=True, slots=True)
class Loss:
    """Texts that leave the stream at one step, by reason."""

    step: str
    count: int
    reasons: Mapping[str, int]


def flow_figure(material: Material) -> Figure | None:
    """Draw for each source how many texts were met, landed and kept, and at which step the others left."""
    balance = rows_of(material.answers["report_balance"])
    drawings = [
        _stream(str(row["source"]), int(str(row["expected_count"])), int(str(row["landed_count"])), losses)
        for row in sorted(balance, key=lambda row: _place(str(row["source"])))
        if (losses := _losses(material, str(row["source"]))) or row["landed_count"]
    ]
    return Figure("flow", tuple(drawings), columns=3) if drawings else None


def grades_figure(material: Material) -> Figure | None:
    """Draw which share of each source's characters is dated how surely."""
    rows = rows_of(material.answers["report_grades"])
    if not rows:
        return None
    sources = sorted({str(row["source"]) for row in rows}, key=_place)
    shares = {(str(row["source"]), str(row["freshness_grade"])): float(str(row["char_share"])) for row in rows}
    parts = [_grade_row(source, at, shares) for at, source in enumerate(sources)]
    said = [f"{source_title(source)}: {grade} {share:.0%}" for (source, grade), share in sorted(shares.items())]
    drawing = Drawing(
        "How sure the dates are", "share of the characters by grade", f"Grades of the dates. {'; '.join(said)}.",
        _WIDTH, 30.0 * len(sources) + 4, "".join(parts),
    )  # fmt: skip
    legend = [LegendEntry(f"grade {grade}", at, SHAPES[1]) for at, grade in enumerate(GRADES)]
    return Figure("grades", (drawing,), legend=tuple(legend))


def _losses(material: Material, source: str) -> list[Loss]:
    """Return the steps at which texts of a source left, in order; the first is that they never landed."""
    ledger = {
        f"{row['reason']}": int(str(row["items"]))
        for row in rows_of(material.answers["report_ledger"])
        if row["source"] == source
    }
    by_step: dict[str, dict[str, int]] = {}
    for row in rows_of(material.answers["verdicts"]):
        if row["source"] == source and row["step"] != "kept":
            by_step.setdefault(str(row["step"]), {})[str(row["reason"])] = int(str(row["documents"]))
    met = next(row for row in rows_of(material.answers["report_balance"]) if row["source"] == source)
    losses = [Loss("not landed", int(str(met["ledger_count"])), ledger)] if met["ledger_count"] else []
    order = [*STEPS, *sorted(by_step.keys() - set(STEPS))]
    return losses + [Loss(step, sum(by_step[step].values()), by_step[step]) for step in order if step in by_step]


def _stream(source: str, met: int, landed: int, losses: Sequence[Loss]) -> Drawing:
    total = max(met, landed, 1)
    left, y = total, 22.0
    parts = [words(_LEFT - 8, 15, f"{total:,}", "strong", "end"), words(_LEFT, 15, "met" if met else "landed", "mute")]
    for loss in losses:
        height = max(_ROW, _STREAM * loss.count / total + 18)
        parts.append(_leaving(loss, left, total, y, height))
        left, y = left - loss.count, y + height
        if loss.step == "not landed":
            parts.append(words(_LEFT - 8, y + 4, f"{left:,}", "mute", "end"))
            parts.append(words(_LEFT + 6, y + 4, "landed", "mute"))
    parts.append(rectangle(_LEFT, y, max(1.0, _STREAM * left / total), 26, "kept"))
    parts.append(words(_LEFT - 8, y + 18, f"{left:,}", "strong", "end"))
    share = f"kept, {left / total:.1%} of what was met" if met else f"kept, {left / total:.1%} of what landed"
    parts.append(words(_LEFT + max(1.0, _STREAM * left / total) + 8, y + 18, share))
    said = "; ".join(f"{loss.step.replace('_', ' ')} {loss.count:,}" for loss in losses)
    alternative = f"{source_title(source)}: of {total:,} texts {left:,} were kept; left at {said or 'no step'}."
    title = source_title(source)
    return Drawing(f"{title[:1].upper()}{title[1:]}", f"{total:,} texts", alternative, _WIDTH, y + 30, "".join(parts))


def _leaving(loss: Loss, before: int, total: int, y: float, height: float) -> str:
    """Draw one step: what goes on straight down, and what leaves to the right."""
    wide, narrow = _STREAM * before / total, _STREAM * (before - loss.count) / total
    band = max(wide - narrow, 0.8)
    on = f'<path class="flow" d="M{_LEFT} {y:.1f}h{narrow:.1f}v{height:.1f}h{-narrow:.1f}Z"/>'
    x, end, middle = _LEFT + narrow, _BRANCH, (_LEFT + narrow + _BRANCH) / 2 + band / 2
    top = y + 9
    off = (
        f'<path class="loss" d="M{x:.1f} {y:.1f}h{band:.1f}'
        f"C{x + band:.1f} {top:.1f} {middle:.1f} {top:.1f} {end} {top:.1f}"
        f'v{band:.1f}C{middle - band / 2:.1f} {top + band:.1f} {x:.1f} {top + band:.1f} {x:.1f} {y:.1f}Z"/>'
    )
    name, at = loss.step.replace("_", " "), top + band / 2 + 4
    label = words(end + 54, at, f"−{loss.count:,}", "strong", "end") + words(end + 60, at, name)
    reasons = [f"{reason} {count:,}" for reason, count in sorted(loss.reasons.items(), key=lambda one: -one[1])]
    return on + tipped(off, name, f"{loss.count:,} of {before:,} left here", *reasons[:6]) + label


def _grade_row(source: str, at: int, shares: Mapping[tuple[str, str], float]) -> str:
    y, x, room = 30.0 * at, 84.0, _WIDTH - 84.0
    parts = [words(x - 8, y + 18, source_title(source), "", "end"), line(x, y + 25, _WIDTH, y + 25, "grid")]
    for kind, grade in enumerate(GRADES):
        share = shares.get((source, grade), 0.0)
        if share:
            bar = rectangle(x, y + 4, room * share, 18, f"c{kind}")
            parts.append(tipped(bar, f"{source_title(source)}, grade {grade}", f"{share:.1%} of the characters"))
        x += room * share
    return "".join(parts)


def _place(source: str) -> tuple[int, str]:
    return (SOURCE_ORDER.index(source) if source in SOURCE_ORDER else len(SOURCE_ORDER), source)
