"""What was found about the effective cutoff of a model, and how it is said."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from analysis.change_point import MIN_VALUES

# The spread of fewer clusters than this (in effect, where their sizes differ) says too little of the error of a month.
MIN_CLUSTERS = 5

Outcome = Literal["change", "no change", "not identifiable"]


@dataclass(frozen=True, slots=True)
class EffectiveCutoff:
    """Until when a model seems to know texts of one source, set against what is declared of it.

    `source` None is the unweighted mean of the sources; `month_count` months between the first and the last have texts
    of enough origins. `outcome`: `change` (then `effective_on` is the first day of the last month that the model seems
    to know, with an interval of such months; `interval_low_on` None: or earlier), `no change`, or `not identifiable`.
    `finding` says it in words, with what would be needed. `change_percent` is by how much texts are harder after than
    before (of a `hinge`: at the end of the range), `detectable_percent` which step in the middle would be found in
    eight of ten cases. `is_contradicted`: the declared month lies outside the interval.
    """

    model_id: str
    source: str | None
    declared_on: date | None
    rests_on: str | None
    fresh_from_on: date | None
    first_month_on: date | None
    last_month_on: date | None
    month_count: int
    outcome: Outcome
    effective_on: date | None
    interval_low_on: date | None
    interval_high_on: date | None
    confidence: float
    shape: Literal["step", "hinge"] | None
    change_percent: float | None
    detectable_percent: float | None
    p_value: float | None
    p_adjusted: float | None
    is_contradicted: bool
    anchors: tuple[str, ...]
    finding: str


def is_inside(row: EffectiveCutoff) -> bool:
    """Say whether texts lie on both sides of the declared day; where nothing is declared any change counts."""
    if row.declared_on is None or row.first_month_on is None or row.last_month_on is None:
        return True
    return row.first_month_on <= _month(row.declared_on) < row.last_month_on


def is_contradicted(row: EffectiveCutoff) -> bool:
    """Say whether the declared month lies outside the interval.

    A release is no cutoff: a model that knows nothing of its last months before it contradicts nothing.
    """
    if row.declared_on is None or row.interval_high_on is None:
        return False
    declared = _month(row.declared_on)
    is_later = row.rests_on == "knowledge_cutoff_on" and declared > row.interval_high_on
    return is_later or (row.interval_low_on is not None and declared < row.interval_low_on)


def why_not_sought(row: EffectiveCutoff) -> str:
    """Say what is missing for an answer."""
    if not row.anchors:
        return (
            "not identifiable: nothing to hold it against. Score a codec, or name in [analysis] anchors a model that "
            "is older than all texts."
        )
    what = f"{MIN_VALUES} months with texts of at least {MIN_CLUSTERS} origins, of which there are {row.month_count}"
    if side := _side(row):
        return f"not identifiable: {side}. Needed are {_needed(row)}, and {what}."
    return f"not identifiable: needed are {what}; score it, and the anchors, on more snapshots."


def why_no_change(row: EffectiveCutoff) -> str:
    """Say what it means that no change was found: of texts on one side of the cutoff only, nothing."""
    unseen = f"a step of {row.detectable_percent:.1f} % in the middle would be found in eight of ten cases"
    if side := _side(row):
        return f"not identifiable: {side}, and show no change ({unseen}). Needed are {_needed(row)}."
    return f"no change between {_named(row.first_month_on)} and {_named(row.last_month_on)}; {unseen}."


def what_changed(row: EffectiveCutoff, contradicted: bool) -> str:
    """Say until when a model knows texts, and whether that is what is declared."""
    high = _named(row.interval_high_on)
    span = f"{_named(row.interval_low_on)} to {high}" if row.interval_low_on else f"{high} or any month before it"
    later = f"later ones are {row.change_percent:.1f} % harder"
    found = f"seems to know texts until {_named(row.effective_on)} ({span}); {later}"
    if row.declared_on is None:
        return f"{found}. Nothing is declared."
    what = "a cutoff" if row.rests_on == "knowledge_cutoff_on" else "a release"
    if not contradicted:
        return f"{found}. It does not contradict {what} in {_named(row.declared_on)}, as declared."
    if row.interval_low_on and _month(row.declared_on) < row.interval_low_on:
        return f"{found}. CONTRADICTED: {what} in {_named(row.declared_on)} is declared; {_consequence(row)}."
    return f"{found}. CONTRADICTED: {what} in {_named(row.declared_on)} is declared, which is later."


def _consequence(row: EffectiveCutoff) -> str:
    """Say which texts count as new to a model that knows more than is declared; the margin may cover it."""
    assert row.effective_on is not None, "only where a change was found"
    if row.fresh_from_on is None or _month(row.fresh_from_on) >= row.effective_on:
        return "the margin after it covers that"
    return f"texts after {row.fresh_from_on} count as new, and those until {_named(row.effective_on)} are not"


def _side(row: EffectiveCutoff) -> str | None:
    """Say that all texts lie on one side of the declared month, where they do."""
    if row.declared_on is None or row.first_month_on is None or row.last_month_on is None or is_inside(row):
        return None
    if row.first_month_on > _month(row.declared_on):
        return f"all texts are after {_named(row.declared_on)}, the declared month"
    return f"all texts are of {_named(row.declared_on)}, the declared month or before"


def _needed(row: EffectiveCutoff) -> str:
    assert row.declared_on is not None, "only where texts lie on one side of it"
    if row.first_month_on and row.first_month_on > _month(row.declared_on):
        return (
            "texts from before it: snapshots of earlier windows (`freshpress refresh --since … --until …`) and the "
            "model's scores on them"
        )
    return "later texts: the model's scores on later snapshots"


def _month(day: date) -> date:
    return day.replace(day=1)


def _named(day: date | None) -> str:
    assert day is not None, "asked only where there is one"
    return f"{day:%Y-%m}"
