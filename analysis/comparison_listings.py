"""Comparisons of models as they are printed: tables for people and programs, and what to mind as sentences."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analysis.comparison import ComparedModel, Comparison
from analysis.pairs import MEAN, PairDifference
from analysis.planning import POWER
from analysis.ranking import Ranked
from analysis.tables import Table, escape, records_table, shortened

PAIR_COLUMNS = (
    "source", "text_count", "cluster_count", "first_bits_per_character", "second_bits_per_character", "difference",
    "interval_low", "interval_high", "p_value", "is_separated",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """Tables with titles and sentences for people, one table with everything for programs."""

    titled: tuple[tuple[str, Table], ...]
    whole: Table
    notes: tuple[str, ...]


def pair_answer(comparison: Comparison, rows: Sequence[PairDifference]) -> Answer:
    """Return what is printed of two models on the same texts."""
    first, second = rows[0].first, rows[0].second
    short = Table(short_names(PAIR_COLUMNS), tuple(tuple(getattr(row, name) for name in PAIR_COLUMNS) for row in rows))
    notes = [
        *about(comparison, (first, second)),
        f"The difference is {first} less {second}: below 0, the first compresses better.",
        f"Intervals hold in {rows[0].confidence:.0%} of cases, by clusters; each row is tested by itself.",
        *(_plan(row) for row in rows if not row.is_separated and row.interval_low is not None),
        *(f"{row.source}: one cluster, so nothing is known of the error." for row in rows if row.cluster_count < 2),
        *(f"The interval rests on {rows[0].remark}." for _ in rows[:1] if rows[0].remark),
    ]
    title = f"{first} and {second} on {comparison.snapshot_id}, bits per character"
    return Answer(((printed(title), short),), records_table(PairDifference, rows), tuple(map(printed, notes)))


def ranking_answer(comparison: Comparison, rows: Sequence[Ranked], confidence: float) -> Answer:
    """Return what is printed of all compared models: a table per source, the mean of the sources first."""
    kinds = {model.model_id: model.kind for model in comparison.models}
    columns = ("rank", "model_id", "kind", "bits_per_character", "interval_low", "interval_high", "cluster_count")
    by_source: dict[str, list[tuple[object, ...]]] = {}
    for row in sorted(rows, key=lambda row: row.source is not None):
        by_source.setdefault(row.source or MEAN, []).append(
            (_rank(row), row.model_id, kinds[row.model_id], *(getattr(row, name) for name in columns[3:]))
        )
    notes = [
        *about(comparison),
        "Rank 3–5: two models are better, and two cannot be told from it.",
        f"Pairs are told apart with {confidence:.0%} confidence for all of a source together (Holm).",
        "Intervals are of each model alone; models whose intervals overlap may well be told apart on the same texts.",
    ]
    titled = tuple((source, Table(columns, tuple(some))) for source, some in by_source.items())
    return Answer(titled, records_table(Ranked, rows), tuple(map(printed, notes)))


def short_names(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the heads of columns for people, whose title names the unit."""
    return tuple(name.removesuffix("_bits_per_character") for name in columns)


def _rank(row: Ranked) -> str | None:
    if row.rank_low is None:
        return None
    return str(row.rank_low) if row.rank_low == row.rank_high else f"{row.rank_low}–{row.rank_high}"


def about(comparison: Comparison, asked: Collection[str] | None = None) -> list[str]:
    """Say which texts are compared, and what keeps models (these, or all) or sources out."""
    compared = [row for row in comparison.compressions if asked is None or row.model_id in asked]
    counts = {row.source: row.document_count for row in compared}
    listed = ", ".join(f"{count} {source}" for source, count in sorted(counts.items()))
    notes = [f"Texts: {listed} of {comparison.snapshot_id} by {comparison.protocol_id}, {_which(comparison)}."]
    if comparison.sampled:
        notes.append(f"A stop rule left samples of {', '.join(comparison.sampled)}: only common texts count.")
    notes += _precision([m for m in comparison.models if asked is None or m.model_id in asked])
    reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in comparison.left_out:
        if asked is None or row.model_id in asked:
            reasons[row.scope, row.reason].append(row.model_id)
    return notes + [f"Left out of {scope}: {', '.join(who)}: {why}." for (scope, why), who in reasons.items()]


def _which(comparison: Comparison) -> str:
    if not comparison.is_fresh_only:
        return "also such as a model may have seen"
    return f"published after {comparison.after_on}" if comparison.after_on else "all of them fresh"


def _precision(models: Sequence[ComparedModel]) -> list[str]:
    """Say how far the number formats of the models' runs may lie apart; codecs have none."""
    differences = {model.model_id: model.float32_difference for model in models if model.kind != "codec"}
    audited = [difference for difference in differences.values() if difference is not None]
    unaudited = [model_id for model_id, difference in differences.items() if difference is None]
    notes = [f"Relative differences from float32 are {max(audited):.2g} at most."] if audited else []
    return notes + ([f"Not audited against float32: {', '.join(unaudited)}."] if unaudited else [])


def _plan(row: PairDifference) -> str:
    if row.more_char_count is None:
        return f"{row.source}: the two do not differ at all, so no text tells them apart."
    return (
        f"{row.source}: not told apart. If {abs(row.difference):.4g} is the true difference, {row.more_char_count:,} "
        f"more characters of this mix (about {row.more_text_count:,} texts, {row.more_cluster_count:,} clusters) show "
        f"it in {POWER:.0%} of cases; the texts at hand show {row.detectable_difference:.4g} or more so often."
    )


def printed(text: str) -> str:
    """Return a sentence as a terminal may show it, hashes cut."""
    return escape(shortened(text))
