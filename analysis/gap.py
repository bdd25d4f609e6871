"""Where the gap between two models lies: their difference on every slice of the same texts, and its part of the whole.

Texts are pooled, so that slices add up: the contributions of a dimension's slices are the gap on all its texts. Slices
by kind of text come from the scores, those by token from the bits of single tokens where both models have them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from analysis.comparison import Comparison
from analysis.correlation import Bootstrap
from analysis.paired import ClusterSums, estimate_difference
from analysis.questions import QUERIES, ask
from analysis.statistics import holm
from analysis.text_slices import SlicedText, text_labels
from analysis.token_classes import classify
from analysis.token_slices import SliceSums, TokenSeries, class_sums, context_sums, position_sums
from storage.errors import ComparisonError
from storage.lake import Connection

ALL = "all texts"
# Beyond so many slices of a dimension the smallest are one.
MAX_SLICES = 16
OTHERS = "others"
# Texts whose tokens are held in memory at a time.
TEXTS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class SliceGap:
    """One slice under two models. Shares are of the `sliced_text_count` texts that the dimension can slice, in 0–1.

    `contribution` is what the slice adds to the gap on these texts, in bits per character of all of them; above
    `char_share` × gap it explains more than its size. `p_adjusted` is for all slices of the answer together (Holm), the
    interval is of this slice alone.
    """

    dimension: str
    slice: str
    first: str
    second: str
    sliced_text_count: int
    text_count: int
    cluster_count: int
    char_count: int
    char_share: float
    first_bits_per_character: float
    second_bits_per_character: float
    difference: float
    interval_low: float | None
    interval_high: float | None
    p_adjusted: float | None
    is_separated: bool
    contribution: float
    contribution_share: float | None


class _Sums:
    """Σ bits of both models and Σ characters of one slice, by cluster."""

    def __init__(self) -> None:
        self.by_cluster: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        self.document_ids: set[str] = set()

    def add(self, text: SlicedText, found: SliceSums) -> None:
        """Add what one text has of the slice."""
        sums = self.by_cluster[text.source, text.cluster_key]
        sums[0] += found.first_bits
        sums[1] += found.second_bits
        sums[2] += found.char_count
        self.document_ids.add(text.document_id)

    def merge(self, other: "_Sums") -> None:
        """Add another slice."""
        for cluster, sums in other.by_cluster.items():
            self.by_cluster[cluster] = [one + more for one, more in zip(self.by_cluster[cluster], sums, strict=True)]
        self.document_ids |= other.document_ids

    @property
    def char_count(self) -> float:
        """Return Σ characters."""
        return sum(chars for _, _, chars in self.by_cluster.values())


_Dimension = dict[str, _Sums]


def find_gaps(
    connection: Connection,
    comparison: Comparison,
    first: str,
    second: str,
    bootstrap: Bootstrap,
    source: str | None = None,
) -> list[SliceGap]:
    """Return the gap between two models of a comparison on all texts, and then by slice.

    Dimensions whose slices differ most from the whole come first, and in each the slices that add most to the gap.
    """
    texts = _texts(connection, comparison, first, second, source)
    dimensions: dict[str, _Dimension] = defaultdict(lambda: defaultdict(_Sums))
    for text in texts.values():
        whole = SliceSums(ALL, ALL, text.first_bits, text.second_bits, text.char_count)
        labels = {ALL: ALL} | text_labels(text)
        for dimension, label in labels.items():
            dimensions[dimension][label].add(text, replace(whole, dimension=dimension, label=label))
    for text_id, found in _token_sums(connection, comparison, first, second, texts):
        dimensions[found.dimension][found.label].add(texts[text_id], found)
    rows = [
        _gap(dimension, label, sums, slices, (first, second), bootstrap)
        for dimension, slices in dimensions.items()
        for label, sums in _largest(slices).items()
        if sums.char_count
    ]
    return _ordered(_adjusted(rows, 1 - bootstrap.confidence))


def _texts(
    connection: Connection, comparison: Comparison, first: str, second: str, source: str | None
) -> dict[str, SlicedText]:
    """Return the texts that both models are compared on."""
    compared = [{row.source for row in comparison.compressions if row.model_id == one} for one in (first, second)]
    sources = sorted(compared[0] & compared[1] & ({source} if source else compared[0]))
    values = {"sources": sources, "after_on": comparison.after_on, **_asked(comparison, first, second)}
    texts = {row[0]: SlicedText(*row) for row in ask(connection, "gap_texts", values).rows}
    if not texts:
        raise ComparisonError(
            f"{first} and {second} have no text of {source or comparison.snapshot_id} in common to compare on; "
            "`freshpress compare` says what is left out and why."
        )
    return texts


def _asked(comparison: Comparison, first: str, second: str) -> dict[str, Any]:
    return {
        "snapshot_id": comparison.snapshot_id,
        "protocol_id": comparison.protocol_id,
        "first": first,
        "second": second,
    }


def _token_sums(
    connection: Connection, comparison: Comparison, first: str, second: str, texts: Mapping[str, SlicedText]
) -> Iterator[tuple[str, SliceSums]]:
    """Yield the sums of every slice by token, text by text; texts without the token bits of both have none."""
    query = (QUERIES / "gap_tokens.sql").read_text(encoding="utf-8")
    cursor = connection.execute(query, _asked(comparison, first, second))
    while rows := cursor.fetchmany(TEXTS_AT_ONCE):
        for document_id, text, *columns in rows:
            if document_id in texts:
                known = texts[document_id]
                one, other = _series(*columns[:3]), _series(*columns[3:])
                runs = classify(text, known.kind, known.extension)
                for found in (
                    *class_sums(text, runs, one, other),
                    *position_sums(text, one, other),
                    *context_sums(text, one, other),
                ):
                    yield document_id, found


def _series(bits: Sequence[float], byte_ends: Sequence[int], context_tokens: Sequence[int | None]) -> TokenSeries:
    is_known = all(seen is not None for seen in context_tokens)
    context = np.array(context_tokens, dtype=np.int64) if is_known else None
    return TokenSeries(np.array(bits, dtype=np.float64), np.array(byte_ends, dtype=np.int64), context)


def _largest(slices: _Dimension) -> _Dimension:
    """Return the slices of a dimension, the smallest of too many as one."""
    ordered = sorted(slices.items(), key=lambda item: (-item[1].char_count, item[0]))
    if len(ordered) <= MAX_SLICES:
        return dict(ordered)
    rest = ordered[MAX_SLICES - 1 :]
    others = _Sums()
    for _, sums in rest:
        others.merge(sums)
    return {**dict(ordered[: MAX_SLICES - 1]), f"{OTHERS} ({len(rest)})": others}


def _gap(
    dimension: str, label: str, sums: _Sums, slices: _Dimension, models: tuple[str, str], bootstrap: Bootstrap
) -> SliceGap:
    found = np.array([one for one in sums.by_cluster.values() if one[2]])
    whole = np.array([one for some in slices.values() for one in some.by_cluster.values()]).sum(axis=0)
    clusters = ClusterSums(label, models, found[:, :2], found[:, 2], len(sums.document_ids))
    estimate = estimate_difference([clusters], 0, 1)
    low, high = estimate.interval(bootstrap.confidence) or (None, None)
    # A slice may begin inside a character, whose bits it then shares and whose count it does not.
    contribution = sum(first - second for first, second, _ in sums.by_cluster.values()) / float(whole[2])
    gap = float((whole[0] - whole[1]) / whole[2])
    first_ratio, second_ratio = (float(ratio) for ratio in clusters.ratios)
    return SliceGap(
        dimension=dimension,
        slice=label,
        first=models[0],
        second=models[1],
        sliced_text_count=len(set().union(*(some.document_ids for some in slices.values()))),
        text_count=len(sums.document_ids),
        cluster_count=clusters.cluster_count,
        char_count=int(clusters.chars.sum()),
        char_share=float(clusters.chars.sum() / whole[2]),
        first_bits_per_character=first_ratio,
        second_bits_per_character=second_ratio,
        difference=estimate.value,
        interval_low=low,
        interval_high=high,
        p_adjusted=estimate.p_value,
        is_separated=False,
        contribution=contribution,
        contribution_share=contribution / gap if gap else None,
    )


def _adjusted(rows: Sequence[SliceGap], error: float) -> list[SliceGap]:
    """Adjust the p-values of all slices for their number; the gap on all texts is one question by itself."""
    known = [row for row in rows if row.p_adjusted is not None and row.dimension != ALL]
    adjusted = dict(zip(map(id, known), holm([row.p_adjusted or 0.0 for row in known]), strict=True))
    found = [replace(row, p_adjusted=adjusted.get(id(row), row.p_adjusted)) for row in rows]
    return [replace(row, is_separated=row.p_adjusted is not None and row.p_adjusted < error) for row in found]


def _ordered(rows: Sequence[SliceGap]) -> list[SliceGap]:
    spread: dict[str, float] = defaultdict(float)
    for row in rows:
        spread[row.dimension] += abs((row.contribution_share or 0.0) - row.char_share)
    return sorted(
        rows,
        key=lambda row: (
            row.dimension != ALL,
            -spread[row.dimension],
            row.dimension,
            -abs(row.contribution),
            row.slice,
        ),
    )
