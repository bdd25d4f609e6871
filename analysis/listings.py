"""The answers of this package as tables: what is printed, and what is written beside the report."""

from collections.abc import Iterable, Sequence

from analysis.comparison import Comparison
from analysis.correlation import Correlation
from analysis.points import LeftOut
from analysis.tables import Table, escape, shortened

CORRELATION_COLUMNS = (
    "area", "benchmark", "source", "reported_by", "n", "pearson", "interval_low", "interval_high", "confidence",
    "interval_by", "family_count", "rmse", "slope", "intercept", "remark",
)  # fmt: skip
# People read the numbers first; who is in and who is out follows in a table of its own.
SHORT_CORRELATION_COLUMNS = (
    "area", "benchmark", "n", "pearson", "interval_low", "interval_high", "interval_by", "rmse", "remark",
)  # fmt: skip


def correlation_table(correlations: Sequence[Correlation]) -> Table:
    """Return every fit with all that belongs to it: one row, for programs."""
    return Table(
        (*CORRELATION_COLUMNS, "models", "left_out"),
        tuple(
            (
                *(getattr(fit, name) for name in CORRELATION_COLUMNS),
                fit.models,
                tuple(f"{row.model_id}: {row.reason}" for row in fit.left_out),
            )
            for fit in correlations
        ),
    )


def short_correlation_table(correlations: Sequence[Correlation]) -> Table:
    """Return the numbers of every fit, for people; columns that say nothing are left away."""
    names = [
        name
        for name in SHORT_CORRELATION_COLUMNS
        if name in ("area", "n", "pearson") or any(getattr(fit, name) is not None for fit in correlations)
    ]
    return Table(tuple(names), tuple(tuple(getattr(fit, name) for name in names) for fit in correlations))


def correlation_notes(correlations: Sequence[Correlation]) -> list[str]:
    """Return, as sentences for people, the models of every fit and those left out, with the reason."""
    notes = []
    for fit in correlations:
        name = fit.benchmark or fit.area
        notes.append(f"{name}: {fit.n} models in {fit.family_count} families: {', '.join(fit.models) or 'none'}.")
        notes += [f"{name}: left out {', '.join(who)}: {why}." for (_, why), who in _grouped(fit.left_out).items()]
    return [escape(shortened(note)) for note in notes]


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
