"""Values and headings as people read them, by what the name of a column says its values are."""

from datetime import date, datetime
from typing import Any

NONE = "–"
# Where the name of a column in SQL says less to a reader than it could.
HEADINGS = {
    "char_count": "characters",
    "bits_at_05_percent": "5 %",
    "bits_at_25_percent": "25 %",
    "bits_at_50_percent": "median",
    "bits_at_75_percent": "75 %",
    "bits_at_95_percent": "95 %",
    "byte_count": "bytes",
    "char_share": "of the characters",
    "claimed_count": "clean ones claimed",
    "clean_count": "clean ones",
    "cluster_count": "origins",
    "document_count": "texts",
    "documents": "texts",
    "expected_count": "met",
    "fresh_char_share": "fresh characters",
    "item_count": "items",
    "is_whole": "all texts scored",
    "kept_count": "kept",
    "kept_share": "kept of landed",
    "landed_count": "landed",
    "landed_share": "of landed",
    "ledger_count": "not landed",
    "pearson": "r",
    "precision_high": "precision at most",
    "precision_low": "precision at least",
    "recall_high": "recall at most",
    "recall_low": "recall at least",
    "planned_unit_count": "planned units",
    "rejected_count": "dropped",
    "request_count": "requests",
    "rmse": "RMSE",
    "unit_count": "units",
    "token_count": "tokens",
}


def shown_value(value: Any, column: str) -> str:
    """Print one value for people, by what its column's name says it is."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(shown_value(item, column) for item in value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value) if column in ("seed", "score_version") else _counted(value, column)
    return _measured(float(value), column) if isinstance(value, float) else str(value)


def heading(column: str) -> str:
    """Return a column's name as words.

    >>> heading("bits_per_character")
    'Bits per character'
    """
    words = HEADINGS.get(column) or column.replace("_", " ").removeprefix("is ").removesuffix(" on").removesuffix(" at")
    return words if column in ("n", "pearson") else words[:1].upper() + words[1:]


def is_number(value: Any) -> bool:
    """Say whether a value stands right in its column."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _counted(value: int, column: str) -> str:
    return f"{value / 1e6:,.0f} MB" if column == "peak_memory_bytes" else f"{value:,}"


def _measured(value: float, column: str) -> str:
    if value != value:  # noqa: PLR0124 - NaN differs from itself
        return NONE
    if column.endswith("_share"):
        return f"{value:.1%}"
    if column.endswith(("seconds", "_per_second")):
        return f"{value:,.1f}"
    if column == "rate_percent":
        return f"{value:.1f}"
    return f"{value:.3f}".replace("-", "−") if value == 0 or abs(value) >= 1e-3 else f"{value:.1e}".replace("-", "−")
