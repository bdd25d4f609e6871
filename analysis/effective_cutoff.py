"""Until when does a model know texts? Its months against the anchors', the change in them, and what is declared.

Texts that a model was trained on cost it fewer bits, so the difference to models and codecs that know none of them
rises after the last month it knows (arXiv:2403.12958 finds such months apart from the declared ones). A month that is
harder for everybody cancels. Of all changes that are claimed at most 1 − confidence are expected to be false (Benjamini
and Hochberg 1995, over all models and sources of an answer).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import false_discovery_control

from analysis.anchors import anchor_ids
from analysis.change_point import MIN_VALUES, Change, find_change
from analysis.correlation import Bootstrap
from analysis.cutoff_findings import (
    MIN_CLUSTERS,
    EffectiveCutoff,
    Outcome,
    is_contradicted,
    is_inside,
    what_changed,
    why_no_change,
    why_not_sought,
)
from analysis.month_noise import pooled_covariance
from analysis.month_series import MonthSeries, month_series
from analysis.time_scores import TimeScores, month_start, read_time_scores
from storage.lake import Connection


def effective_cutoffs(
    connection: Connection,
    protocol_id: str,
    anchors: Sequence[str] = (),
    bootstrap: Bootstrap | None = None,
    *,
    scores: TimeScores | None = None,
) -> list[EffectiveCutoff]:
    """Estimate the effective cutoff of every model (codecs have none) in every source and over the sources.

    `bootstrap` says how sure, and how much noise is drawn for the test of no change.
    """
    known = scores or read_time_scores(connection, protocol_id)
    drawn = bootstrap or Bootstrap()
    searched = [
        _searched(series, at, source, drawn)
        for series in month_series(known, anchor_ids(connection, anchors))
        if series.model.kind != "codec"
        for at, source in enumerate((*known.sources, None))
    ]
    p_values = [one.change.p_value for one in searched if one.change]
    adjusted = iter(false_discovery_control(p_values).tolist() if p_values else [])
    return [_judged(one, next(adjusted) if one.change else None, drawn.confidence) for one in searched]


@dataclass(frozen=True, slots=True)
class _Searched:
    """One series with all its months, those that were searched, and the best change (None where too few could be)."""

    series: MonthSeries
    source: str | None
    all_months: npt.NDArray[np.int64]
    months: npt.NDArray[np.int64]
    change: Change | None


def _searched(series: MonthSeries, at: int, source: str | None, bootstrap: Bootstrap) -> _Searched:
    all_months = series.months[~np.isnan(series.raw[at].values)]
    if not series.against:
        return _Searched(series, source, all_months, series.months[:0], None)
    against = series.against[at]
    behind = series.against[:-1] if source is None else (against,)
    is_known = np.min([one.effective_clusters[0] for one in behind], axis=0) >= MIN_CLUSTERS
    kept = np.flatnonzero(~np.isnan(against.values) & is_known)
    months = series.months[kept]
    if len(kept) < MIN_VALUES:
        return _Searched(series, source, all_months, months, None)
    change = find_change(
        against.values[kept],
        pooled_covariance(against.covariance(kept), against.freedom()[kept] + 1, months),
        months,
        confidence=bootstrap.confidence,
        draws=bootstrap.draws,
        seed=bootstrap.seed,
    )
    return _Searched(series, source, all_months, months, change)


def _judged(searched: _Searched, p_adjusted: float | None, confidence: float) -> EffectiveCutoff:
    model, months, change = searched.series.model, searched.months, searched.change
    all_months = searched.all_months
    unknown = EffectiveCutoff(
        model_id=model.model_id,
        source=searched.source,
        declared_on=model.declared_on,
        rests_on=model.rests_on,
        fresh_from_on=model.fresh_from_on,
        first_month_on=month_start(int(all_months[0])) if len(all_months) else None,
        last_month_on=month_start(int(all_months[-1])) if len(all_months) else None,
        month_count=len(months),
        outcome="not identifiable",
        effective_on=None,
        interval_low_on=None,
        interval_high_on=None,
        confidence=confidence,
        shape=None,
        change_percent=None,
        detectable_percent=100 * float(np.expm1(change.detectable_size)) if change else None,
        p_value=change.p_value if change else None,
        p_adjusted=p_adjusted,
        is_contradicted=False,
        anchors=searched.series.anchors,
        finding="",
    )
    if change is None or p_adjusted is None:
        return replace(unknown, finding=why_not_sought(unknown))
    if p_adjusted > 1 - confidence:
        outcome: Outcome = "no change" if is_inside(unknown) else "not identifiable"
        return replace(unknown, outcome=outcome, finding=why_no_change(unknown))
    found = replace(
        unknown,
        outcome="change",
        effective_on=month_start(int(months[change.last_before])),
        interval_low_on=None if change.low is None else month_start(int(months[change.low])),
        # Months without texts may lie before the first one that is harder.
        interval_high_on=month_start(int(months[change.high + 1]) - 1),
        shape=change.shape,
        change_percent=100 * float(np.expm1(change.size)),
    )
    contradicted = is_contradicted(found)
    return replace(found, is_contradicted=contradicted, finding=what_changed(found, contradicted))
