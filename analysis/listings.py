"""The answers of this package as tables: what is printed, and what is written beside the report."""

from collections.abc import Iterable, Sequence

from analysis.comparison import Comparison
from analysis.correlation import Correlation
from analysis.points import LeftOut
from analysis.tables import Table, escape, shortened

CORRELATION_COLUMNS = (
    "area", "benchmark", "source", "reported_by", "n", "pearson", "interval_low", "interval_high", "confidence",
    "interval_by", "family_count", "rmse", "slope", "intercept", "spearman", "kendall", "slope_low", "slope_high",
    "leave_one_out_rmse", "leave_one_family_out_rmse", "remark",
)  # fmt: skip
LOGARITHM_COLUMNS = (
    "slope", "intercept", "rmse", "leave_one_out_rmse", "leave_one_family_out_rmse", "gain", "gain_low", "gain_high",
)  # fmt: skip
# People read the numbers first; who is in and who is out follows in a table of its own.
SHORT_CORRELATION_COLUMNS = (
    "area", "benchmark", "n", "pearson", "interval_low", "interval_high", "interval_by", "rmse", "remark",
)  # fmt: skip
ORDER_COLUMNS = ("area", "benchmark", "spearman", "kendall", "slope", "slope_low", "slope_high")
CURVE_COLUMNS = ("rmse", "leave_one_out_rmse", "leave_one_family_out_rmse")


def correlation_table(correlations: Sequence[Correlation]) -> Table:
    """Return every fit with all that belongs to it: one row, for programs."""
    return Table(
        (*CORRELATION_COLUMNS, *(f"logarithm_{name}" for name in LOGARITHM_COLUMNS), "models", "left_out"),
        tuple(
            (
                *(getattr(fit, name) for name in CORRELATION_COLUMNS),
                *(getattr(fit.logarithm, name, None) for name in LOGARITHM_COLUMNS),
                fit.models,
                tuple(f"{row.model_id}: {row.reason}" for row in fit.left_out),
            )
            for fit in correlations
        ),
    )


def short_correlation_table(correlations: Sequence[Correlation]) -> Table:
    """Return the numbers of every fit, for people; columns that say nothing are left away."""
    return _told(correlations, SHORT_CORRELATION_COLUMNS, always=("area", "n", "pearson"))


def order_table(correlations: Sequence[Correlation]) -> Table:
    """Return coefficients of ranks, and the slope with its interval, of every fit that has them, for people."""
    return _told([fit for fit in correlations if fit.pearson is not None], ORDER_COLUMNS, always=("area", "slope"))


def curve_table(correlations: Sequence[Correlation]) -> Table:
    """Return how far line and logarithm miss the models they know and those held out, for people."""
    rows = []
    has_benchmarks = any(fit.benchmark for fit in correlations)
    for fit in correlations:
        names = (fit.area, fit.benchmark) if has_benchmarks else (fit.area,)
        if fit.logarithm:
            rows.append((*names, "line", *(getattr(fit, name) for name in CURVE_COLUMNS)))
            rows.append((*names, "logarithm", *(getattr(fit.logarithm, name) for name in CURVE_COLUMNS)))
    return Table((*(("area", "benchmark") if has_benchmarks else ("area",)), "curve", *CURVE_COLUMNS), tuple(rows))


def correlation_notes(correlations: Sequence[Correlation]) -> list[str]:
    """Return, as sentences for people, the models of every fit and those left out, with the reason."""
    notes = []
    for fit in correlations:
        name = fit.benchmark or fit.area
        notes.append(f"{name}: {fit.n} models in {fit.family_count} families: {', '.join(fit.models) or 'none'}.")
        notes += [f"{name}: left out {', '.join(who)}: {why}." for (_, why), who in _grouped(fit.left_out).items()]
        notes += [f"{name}: {gain}." for gain in (_gain_note(fit),) if gain]
    return [escape(shortened(note)) for note in notes]


def _gain_note(fit: Correlation) -> str | None:
    """Say whether the models held out tell line and logarithm apart."""
    curve = fit.logarithm
    if curve is None or curve.gain is None or curve.gain_low is None or curve.gain_high is None:
        return None
    verdict = f"the {'logarithm' if curve.gain > 0 else 'line'} tells models held out better"
    if not curve.is_told_apart:
        verdict = "line and logarithm are not told apart"
    return (
        f"{verdict}: held-out RMSE of the line less that of the logarithm {curve.gain:+.4f} "
        f"({curve.gain_low:+.4f} to {curve.gain_high:+.4f})"
    )


def comparison_table(comparison: Comparison) -> Table:
    """Return models and codecs per source, the best compressor first."""
    ordered = sorted(comparison.compressions, key=lambda c: (c.source, c.bits_per_character))
    columns = (
        "source", "model_id", "kind", "document_count", "char_count", "bits_per_character", "bits_per_byte",
        "rate_percent",
    )  # fmt: skip
    return Table(columns, tuple(tuple(getattr(row, name) for name in columns) for row in ordered))


def _grouped(rows: Iterable[LeftOut]) -> dict[tuple[str, str], list[str]]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        grouped.setdefault((row.scope, row.reason), []).append(row.model_id)
    return grouped


def _told(fits: Sequence[Correlation], names: Sequence[str], *, always: Sequence[str]) -> Table:
    """Return these columns, without those that say nothing of any fit."""
    kept = [name for name in names if name in always or any(getattr(fit, name) is not None for fit in fits)]
    return Table(tuple(kept), tuple(tuple(getattr(fit, name) for name in kept) for fit in fits))
