"""Single models against the line, as tables: the scores that compression suggests, and the residuals."""

from collections.abc import Sequence

from analysis.correlation import Correlation
from analysis.fit_measures import MIN_FAMILIES
from analysis.prediction import Prediction
from analysis.residuals import Residual, why_no_residuals
from analysis.tables import Table, escape, records_table, shortened

PREDICTION_COLUMNS = (
    "area", "benchmark", "bits_per_character", "predicted", "low", "high", "value", "n", "family_count", "remark",
)  # fmt: skip
RESIDUAL_COLUMNS = ("model_id", "value", "predicted", "residual", "studentised", "p_adjusted", "is_alarm")
# People look at the ends of a list; the rest is for programs.
SHOWN_RESIDUALS = 5


def prediction_table(predictions: Sequence[Prediction]) -> Table:
    """Return every prediction with all that belongs to it: one row, for programs."""
    return records_table(Prediction, predictions)


def short_prediction_table(predictions: Sequence[Prediction]) -> Table:
    """Return the numbers of every prediction, for people; columns that say nothing are left away."""
    always = ("area", "bits_per_character", "predicted", "low", "high")
    kept = [n for n in PREDICTION_COLUMNS if n in always or any(getattr(row, n) is not None for row in predictions)]
    return Table(tuple(kept), tuple(tuple(getattr(row, name) for name in kept) for row in predictions))


def residual_table(residuals: Sequence[Residual]) -> Table:
    """Return every residual with all that belongs to it: one row, for programs."""
    return records_table(Residual, residuals)


def short_residual_table(residuals: Sequence[Residual]) -> Table:
    """Return the most surprising models of every fit, and every alarm, for people."""
    fit_column = "benchmark" if any(row.benchmark for row in residuals) else "area"
    shown: list[Residual] = []
    for name in dict.fromkeys(getattr(row, fit_column) for row in residuals):
        inside = [row for row in residuals if getattr(row, fit_column) == name]
        shown += [row for at, row in enumerate(inside) if at < SHOWN_RESIDUALS or row.is_alarm]
    columns = (fit_column, *RESIDUAL_COLUMNS)
    return Table(columns, tuple(tuple(getattr(row, column) for column in columns) for row in shown))


def residual_notes(fits: Sequence[Correlation], residuals: Sequence[Residual], alarm_rate: float) -> list[str]:
    """Say, as sentences for people, whom the alarm names, what it promises, and which fits have none."""
    alarmed = [f"{row.model_id} ({row.benchmark or row.area})" for row in residuals if row.is_alarm]
    notes = [f"alarm: {', '.join(alarmed)}." if alarmed else "no model is alarmed."]
    notes.append(
        "Each model is held against the line of the other families. An alarm says that a score is high for such "
        f"compression, not why; a fit of honest models has any alarm at all in at most {alarm_rate:.0%} of cases."
    )
    judged = {(row.area, row.benchmark) for row in residuals}
    for fit in fits:
        name = fit.benchmark or fit.area
        if (fit.area, fit.benchmark) not in judged:
            notes.append(f"{name}: no residuals: {why_no_residuals(fit)}.")
        elif fit.family_count < MIN_FAMILIES:
            notes.append(f"{name}: {fit.family_count} families, fewer than {MIN_FAMILIES}: nobody is alarmed.")
    return [escape(shortened(note)) for note in notes]
