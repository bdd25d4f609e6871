"""The gap between two models as it is printed: a table per dimension for people, one for programs."""

from collections.abc import Sequence

from analysis.comparison import Comparison
from analysis.comparison_listings import Answer, about, printed, short_names
from analysis.gap import ALL, SliceGap
from analysis.tables import Table, records_table
from analysis.token_slices import TOKEN_CLASS

COLUMNS = (
    "slice", "text_count", "cluster_count", "char_share", "first_bits_per_character", "second_bits_per_character",
    "difference", "interval_low", "interval_high", "is_separated", "contribution", "contribution_share",
)  # fmt: skip


def gap_answer(comparison: Comparison, rows: Sequence[SliceGap], confidence: float) -> Answer:
    """Return what is printed of the gap between two models; dimensions of one slice say nothing to people."""
    first, second, text_count = rows[0].first, rows[0].second, rows[0].text_count
    by_dimension: dict[str, list[SliceGap]] = {}
    for row in rows:
        by_dimension.setdefault(row.dimension, []).append(row)
    titled = [
        (f"{first} less {second}, bits per character" if dimension == ALL else dimension, _table(some))
        for dimension, some in by_dimension.items()
        if len(some) > 1 or dimension == ALL
    ]
    notes = [
        *about(comparison, (first, second)),
        f"The gap is {first} less {second} on all texts pooled; the contributions of each table add up to it.",
        "A slice whose contribution_share is above its char_share explains more than its size.",
        f"Intervals hold in {confidence:.0%} of cases for a slice by itself, by clusters.",
        f"is_separated is adjusted for the number of slices, {len(rows) - 1} (Holm).",
        _token_note(by_dimension, text_count),
    ]
    shown = tuple((printed(title), table) for title, table in titled)
    return Answer(shown, records_table(SliceGap, rows), tuple(map(printed, notes)))


def _table(rows: Sequence[SliceGap]) -> Table:
    return Table(short_names(COLUMNS), tuple(tuple(getattr(row, name) for name in COLUMNS) for row in rows))


def _token_note(by_dimension: dict[str, list[SliceGap]], text_count: int) -> str:
    if TOKEN_CLASS not in by_dimension:
        return "No slices by token: no text has the token bits of both; `freshpress score --token-bits` keeps them."
    sliced = by_dimension[TOKEN_CLASS][0].sliced_text_count
    rest = "" if sliced == text_count else f"; they add up to the gap on those {sliced}"
    return (
        f"Slices by token are of the {sliced} of {text_count} texts that have the token bits of both{rest}. A token's "
        "bits are shared out over its bytes."
    )
