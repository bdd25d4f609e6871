"""What moves with time, as it is printed: tables for people and programs, and what to mind as sentences."""

from collections.abc import Iterable, Sequence
from typing import Any

from analysis.comparison_listings import Answer
from analysis.cutoff_findings import EffectiveCutoff
from analysis.drift import MonthPoint, SnapshotPoint
from analysis.pairs import MEAN
from analysis.tables import Table, escape, records_table, shortened

SNAPSHOT_COLUMNS = (
    "snapshot_id", "bits_per_character", "interval_low", "interval_high", "adjusted_bits_per_character",
    "adjusted_low", "adjusted_high", "difficulty", "fresh_char_share", "document_count",
)  # fmt: skip
MONTH_COLUMNS = (
    "month_on", "months_after_cutoff", "bits_per_character", "interval_low", "interval_high", "against_anchors",
    "against_anchors_low", "against_anchors_high", "document_count", "cluster_count",
)  # fmt: skip
CUTOFF_COLUMNS = (
    "source", "declared_on", "effective_on", "interval_low_on", "interval_high_on", "outcome", "is_contradicted",
    "change_percent", "p_adjusted", "month_count",
)  # fmt: skip


def snapshot_answer(points: Sequence[SnapshotPoint]) -> Answer:
    """Return what every model needs on every snapshot: a table per model and source."""
    remarks = dict.fromkeys(
        f"{point.snapshot_id}, {_source(point)}: {point.remark}." for point in points if point.remark
    )
    notes = [
        *_anchored(points),
        "difficulty is what the anchors need more than on the base, as a logarithm; adjusted = raw / exp(difficulty).",
        "fresh_char_share below 1: a model may know some of the texts, and less than before then says nothing of them.",
        *remarks,
    ]
    return Answer(_per_series(points, SNAPSHOT_COLUMNS), records_table(SnapshotPoint, points), _printed(notes))


def month_answer(points: Sequence[MonthPoint], named: Sequence[str] = ()) -> Answer:
    """Return what every model needs of every month: a table per model and source. `named` are the anchors by id."""
    notes = [
        *_anchored(points),
        *_not_held(points, named),
        "against_anchors: the ratio to their geometric mean on the same texts; a month that is hard for all cancels.",
    ]
    return Answer(_per_series(points, MONTH_COLUMNS), records_table(MonthPoint, points), _printed(notes))


def cutoff_answer(cutoffs: Sequence[EffectiveCutoff], named: Sequence[str] = ()) -> Answer:
    """Return until when each model seems to know texts: a table per model, and every finding as a sentence."""
    by_model: dict[str, list[EffectiveCutoff]] = {}
    for row in cutoffs:
        by_model.setdefault(row.model_id, []).append(row)
    titled = tuple((_one_line(model_id), _table(rows, CUTOFF_COLUMNS)) for model_id, rows in by_model.items())
    findings: dict[tuple[str, str], list[str]] = {}
    for row in cutoffs:
        findings.setdefault((_source(row), row.finding), []).append(row.model_id)
    told = [f"{', '.join(who)}, {source}: {finding}" for (source, finding), who in findings.items()]
    return Answer(
        titled,
        records_table(EffectiveCutoff, cutoffs),
        _printed([*_anchored(cutoffs), *_not_held(cutoffs, named), *told]),
    )


def _per_series(points: Sequence[Any], columns: Sequence[str]) -> tuple[tuple[str, Table], ...]:
    series: dict[tuple[str, str], list[Any]] = {}
    for point in points:
        series.setdefault((point.model_id, _source(point)), []).append(point)
    return tuple(
        (_one_line(f"{model_id}, {source}"), _table(rows, columns)) for (model_id, source), rows in series.items()
    )


def _table(rows: Iterable[Any], columns: Sequence[str]) -> Table:
    return Table(
        tuple(columns),
        tuple(tuple(_source(row) if name == "source" else getattr(row, name) for name in columns) for row in rows),
    )


def _anchored(rows: Iterable[Any]) -> list[str]:
    """Name the anchors, every set of them once."""
    named = dict.fromkeys(row.anchors for row in rows if row.anchors)
    return [f"Anchors: {', '.join(anchors)}." for anchors in named]


def _not_held(rows: Sequence[Any], named: Sequence[str]) -> list[str]:
    """Say of every anchor that has no part in the answer why."""
    held = {model_id for row in rows for model_id in (*row.anchors, row.model_id)}
    return [
        f"{name} is no anchor here: it may know some of the texts, or lacks scores of more than a tenth of them."
        for name in named
        if name not in held
    ]


def _source(row: Any) -> str:
    return row.source or MEAN


def _printed(notes: Iterable[str]) -> tuple[str, ...]:
    return tuple(_one_line(note) for note in notes)


def _one_line(text: str) -> str:
    return escape(shortened(text))
