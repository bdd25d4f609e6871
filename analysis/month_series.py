"""Models month by month: on the texts of each month of publication, alone and against the anchors on the same texts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.anchors import anchors_of_all
from analysis.cluster_logs import ClusterCells, ClusterLogs, Contrast, mean_weights
from analysis.time_scores import TimedModel, TimeScores, once_each

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MonthSeries:
    """One model month by month: `raw` log bits per character and, on the texts that all anchors have, `against` them.

    Contrasts are one per source, the last for the mean of the sources; `text_counts` and `cluster_counts` are by
    source and month.
    """

    model: TimedModel
    anchors: tuple[str, ...]
    months: Ints
    raw: tuple[Contrast, ...]
    against: tuple[Contrast, ...]
    text_counts: Ints
    cluster_counts: Ints


def month_series(scores: TimeScores, anchors: Sequence[str]) -> Iterator[MonthSeries]:
    """Yield every model and codec month by month. An anchor is measured against the others."""
    scores = once_each(scores)
    is_dated = scores.month >= 0
    months, period = np.unique(scores.month[is_dated], return_inverse=True)
    if not len(months):
        return
    shape = (len(scores.sources), len(months))
    cells = ClusterCells(source=scores.source[is_dated], period=period, cluster=scores.cluster[is_dated], shape=shape)
    bits, char_count = scores.bits[:, is_dated], scores.char_count[is_dated]
    held = anchors_of_all(scores, anchors, is_dated)
    by_texts: dict[bytes, list[int]] = defaultdict(list)
    for at, row in enumerate(bits):
        by_texts[np.packbits(np.isnan(row)).tobytes()].append(at)
    for together in by_texts.values():
        # Models that are scored on the same texts share one pass; the difference takes the texts that all anchors have.
        paired = bits[[*together, *held]]
        paired[:, np.isnan(paired).any(axis=0)] = np.nan
        logs = cells.logs(np.concatenate([bits[together], paired]), char_count)
        yield from (_series(scores, months, logs, together, held, place) for place in range(len(together)))


def _series(
    scores: TimeScores, months: Ints, logs: ClusterLogs, together: Sequence[int], held: Sequence[int], place: int
) -> MonthSeries:
    """Return one of some models, whose rows come first in the logarithms, then again beside the anchors."""
    row_count, count = len(logs.values), len(together)
    others = {row for row, anchor in enumerate(held, start=2 * count) if anchor != together[place]}
    against = mean_weights(row_count, {count + place}) - mean_weights(row_count, others)
    sources = range(len(scores.sources) + 1)
    return MonthSeries(
        model=scores.models[together[place]],
        anchors=tuple(scores.models[held[row - 2 * count]].model_id for row in sorted(others)),
        months=months,
        raw=tuple(logs.contrast(mean_weights(row_count, {place}), source) for source in sources),
        against=tuple(logs.contrast(against, source) for source in sources) if others else (),
        text_counts=logs.text_counts[place],
        cluster_counts=logs.cluster_counts[place],
    )
