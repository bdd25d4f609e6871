"""How bits per character move with time: by month of publication, and from snapshot to snapshot beside the anchors.

A month or snapshot may be harder for everybody; what the anchors need for it tells. Raw and adjusted values always
stand together.
"""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from analysis.anchors import anchor_ids, named_anchors
from analysis.cluster_logs import ClusterCells, Contrast, mean_weights
from analysis.month_series import MonthSeries, month_series
from analysis.time_scores import TimeScores, month_number, month_start, read_time_scores
from storage.lake import Connection

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """What one model needs per character of one source's texts of one month of publication.

    `source` None is the unweighted mean of the sources. `months_after_cutoff` is 0 for the month of the declared
    cutoff (of the release where none is declared), None where neither is known. `against_anchors` is the ratio to the
    geometric mean of the anchors on the same texts, from which the hardness of a month is gone.
    """

    model_id: str
    kind: str
    source: str | None
    month_on: date
    months_after_cutoff: int | None
    document_count: int
    cluster_count: int
    bits_per_character: float
    interval_low: float | None
    interval_high: float | None
    against_anchors: float | None
    against_anchors_low: float | None
    against_anchors_high: float | None
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SnapshotPoint:
    """What one model needs per character of one source of one snapshot, raw and adjusted for how hard the snapshot is.

    `source` None is the unweighted mean of the sources. `difficulty` is the mean log-ratio of the anchors' bits per
    character to those on `base_snapshot_id`; adjusted = raw / exp(difficulty). `remark` says which anchors do not hold
    here and why; without any there is no adjusted value.
    """

    snapshot_id: str
    window_start: date
    window_end: date
    model_id: str
    kind: str
    source: str | None
    document_count: int
    cluster_count: int
    fresh_char_share: float
    bits_per_character: float
    interval_low: float | None
    interval_high: float | None
    base_snapshot_id: str | None
    difficulty: float | None
    adjusted_bits_per_character: float | None
    adjusted_low: float | None
    adjusted_high: float | None
    anchors: tuple[str, ...]
    remark: str | None


def monthly_compression(
    connection: Connection,
    protocol_id: str,
    anchors: Sequence[str] = (),
    *,
    confidence: float = 0.95,
    scores: TimeScores | None = None,
) -> list[MonthPoint]:
    """Return bits per character by month of publication, per source and over the sources, with intervals.

    Months are taken from all snapshots together; a text that stands in several counts once.
    """
    known = scores or read_time_scores(connection, protocol_id)
    sources = (*known.sources, None)
    return [
        point
        for series in month_series(known, anchor_ids(connection, anchors))
        for at, source in enumerate(sources)
        for point in _month_points(series, at, source, confidence)
    ]


def compression_over_time(
    connection: Connection,
    protocol_id: str,
    anchors: Sequence[str] = (),
    *,
    confidence: float = 0.95,
    scores: TimeScores | None = None,
) -> list[SnapshotPoint]:
    """Return bits per character on every snapshot, in the order of their windows, raw and adjusted.

    The base is the first snapshot on which any anchor holds. Adjusted intervals carry the error of the anchors on both
    snapshots too. An anchor's own adjusted values come from the other anchors.
    """
    known = scores or read_time_scores(connection, protocol_id)
    if not known.models or not len(known.snapshot):
        return []
    asked = _OverTime(known, anchor_ids(connection, anchors), confidence)
    rows = [(model, source) for model in range(len(known.models)) for source in range(len(known.sources) + 1)]
    return [point for model, source in rows for point in asked.points(model, source)]


class _OverTime:
    """All models on all snapshots, and which anchors hold where."""

    def __init__(self, scores: TimeScores, anchors: Sequence[str], confidence: float) -> None:
        self.scores = scores
        self.confidence = confidence
        shape = (len(scores.sources), len(scores.snapshots))
        cells = ClusterCells(source=scores.source, period=scores.snapshot, cluster=scores.cluster, shape=shape)
        self.logs = cells.logs(scores.bits, scores.char_count)
        self.fresh_shares = _fresh_shares(scores, shape)
        self.named = named_anchors(scores, anchors)
        self.unscored = sorted(set(anchors) - {model.model_id for model in scores.models})
        # A share of all of the texts is a sum divided by itself, exactly 1.
        self.is_anchor = ~np.isnan(self.logs.values) & (self.fresh_shares == 1)
        self.bases = [self._base(source) for source in range(shape[0] + 1)]

    def points(self, model: int, source: int) -> Iterator[SnapshotPoint]:
        """Yield one model on the snapshots of one source (for the last position: on the mean of all)."""
        raw = self.logs.contrast(self._weights(frozenset({model})), source)
        base = self.bases[source]
        adjusted: dict[frozenset[int], _Adjusted] = {}
        for at, value in _estimates(raw, self.confidence).items():
            held = self._held(source, at, base) - {model}
            if held and base is not None and held not in adjusted:
                adjusted[held] = self._adjusted(model, source, held, base)
            yield self._point(model, source, at, value, adjusted.get(held))

    def _point(self, model: int, source: int, at: int, raw: "_Estimate", adjusted: "_Adjusted | None") -> SnapshotPoint:
        snapshot, named = self.scores.snapshots[at], self.scores.models[model]
        base = self.bases[source]
        held = adjusted.anchors if adjusted else frozenset()
        known = None if adjusted is None else _on_scale(adjusted.values[at], adjusted.margins[at])
        return SnapshotPoint(
            snapshot_id=snapshot.snapshot_id,
            window_start=snapshot.window_start,
            window_end=snapshot.window_end,
            model_id=named.model_id,
            kind=named.kind,
            source=(*self.scores.sources, None)[source],
            document_count=int(self.logs.text_counts[model, source, at]),
            cluster_count=int(self.logs.cluster_counts[model, source, at]),
            fresh_char_share=float(self.fresh_shares[model, source, at]),
            bits_per_character=raw.value,
            interval_low=raw.low,
            interval_high=raw.high,
            base_snapshot_id=self.scores.snapshots[base].snapshot_id if known and base is not None else None,
            difficulty=float(adjusted.difficulties[at]) if adjusted else None,
            adjusted_bits_per_character=known.value if known else None,
            adjusted_low=known.low if known else None,
            adjusted_high=known.high if known else None,
            anchors=tuple(self.scores.models[anchor].model_id for anchor in sorted(held)),
            remark="; ".join(self._reasons(model, source, at, base)) or None,
        )

    def _adjusted(self, model: int, source: int, held: frozenset[int], base: int) -> "_Adjusted":
        """Take from a model what its anchors need more than on the base; its own errors and theirs go together."""
        level = self.logs.contrast(self._weights(held), source)
        beside = self.logs.contrast(self._weights(frozenset({model})) - self._weights(held), source)
        variances = beside.variances() + level.variances()[base] + 2 * beside.covariances_with(level, base)
        return _Adjusted(
            anchors=held,
            difficulties=level.values - level.values[base],
            values=beside.values + level.values[base],
            margins=beside.margins(variances, self.confidence),
        )

    def _base(self, source: int) -> int | None:
        """Return the first snapshot on which an anchor holds."""
        found = np.flatnonzero(self.is_anchor[self.named, source].any(axis=0))
        return int(found[0]) if len(found) else None

    def _held(self, source: int, at: int, base: int | None) -> frozenset[int]:
        """Return the anchors that hold on a snapshot and on the base."""
        if base is None:
            return frozenset()
        return frozenset(a for a in self.named if self.is_anchor[a, source, at] and self.is_anchor[a, source, base])

    def _reasons(self, model: int, source: int, at: int, base: int | None) -> Iterator[str]:
        """Say of every anchor that does not hold for this point why."""
        snapshots = self.scores.snapshots
        where = dict.fromkeys([at] if base is None else [at, base])
        for anchor in self.named:
            name = self.scores.models[anchor].model_id
            if lacking := [snapshots[p].snapshot_id for p in where if np.isnan(self.logs.values[anchor, source, p])]:
                yield f"{name} is not scored on {', '.join(lacking)}"
            elif stale := [snapshots[p].snapshot_id for p in where if self.fresh_shares[anchor, source, p] < 1]:
                yield f"{name} may know texts of {', '.join(stale)}"
        yield from (f"{name} has no score by this protocol" for name in self.unscored)
        if not self.named and not self.unscored:
            yield "no codec is scored beside, and no other anchor is named"
        if self.named == [model]:
            yield "it is the only anchor itself"

    def _weights(self, models: Set[int]) -> Floats:
        return mean_weights(len(self.scores.models), models)


@dataclass(frozen=True, slots=True)
class _Adjusted:
    """One model against some anchors, by snapshot; values are logarithms."""

    anchors: frozenset[int]
    difficulties: Floats
    values: Floats
    margins: Floats


@dataclass(frozen=True, slots=True)
class _Estimate:
    """A ratio with its interval, which is None where one cluster alone says nothing of it."""

    value: float
    low: float | None
    high: float | None


def _estimates(contrast: Contrast, confidence: float) -> dict[int, _Estimate]:
    """Return the periods in which there is a value, each with it."""
    margins = contrast.margins(contrast.variances(), confidence)
    there = np.flatnonzero(~np.isnan(contrast.values)).tolist()
    return {period: _on_scale(contrast.values[period], margins[period]) for period in there}


def _on_scale(value: float, margin: float) -> _Estimate:
    low, high = np.exp(value - margin), np.exp(value + margin)
    return _Estimate(float(np.exp(value)), *(None if np.isnan(end) else float(end) for end in (low, high)))


def _fresh_shares(scores: TimeScores, shape: tuple[int, int]) -> Floats:
    """Return (J, K + 1, P): the share of characters that is new to each model, per source and over all."""
    group = scores.source * shape[1] + scores.snapshot

    def by_group(weights: Floats) -> Floats:
        by_source = np.bincount(group, weights, minlength=shape[0] * shape[1]).reshape(shape)
        return np.concatenate([by_source, by_source.sum(axis=0, keepdims=True)])

    fresh = np.stack([by_group(np.where(scores.is_new_to(model), scores.char_count, 0.0)) for model in scores.models])
    with np.errstate(invalid="ignore"):
        return fresh / by_group(scores.char_count)


def _month_points(series: MonthSeries, at: int, source: str | None, confidence: float) -> Iterator[MonthPoint]:
    beside = _estimates(series.against[at], confidence) if series.against else {}
    cutoff = month_number(series.model.declared_on) if series.model.declared_on else None
    for period, raw in _estimates(series.raw[at], confidence).items():
        month = int(series.months[period])
        against = beside.get(period)
        yield MonthPoint(
            model_id=series.model.model_id,
            kind=series.model.kind,
            source=source,
            month_on=month_start(month),
            months_after_cutoff=None if cutoff is None else month - cutoff,
            document_count=int(series.text_counts[at, period]),
            cluster_count=int(series.cluster_counts[at, period]),
            bits_per_character=raw.value,
            interval_low=raw.low,
            interval_high=raw.high,
            against_anchors=against.value if against else None,
            against_anchors_low=against.low if against else None,
            against_anchors_high=against.high if against else None,
            anchors=series.anchors if against else (),
        )
