"""What benchmark score does a model's compression suggest, and how sure is that?

The score on the line of the other models, with an interval for one more model of one more family: how far models miss
the line, how much their families do, and how well the line is known there. The model itself is held out of the line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from analysis.correlation import Correlation
from analysis.family_line import MIN_POINTS, expect
from analysis.fit_measures import clustering
from analysis.fit_points import FitRules, fit_points
from analysis.points import ALL_SOURCES, AREA_SOURCES, CorrelationInput, Point


@dataclass(frozen=True, slots=True)
class Prediction:
    """One score that compression suggests. Without one, `remark` says why; with one it says what to mind.

    `value` is the measured score, where there is one; it has no part in `predicted`. `n` and `family_count` are of the
    models that the line was fitted to, `lowest_bits` and `highest_bits` the range of bits per character they cover.
    """

    model_id: str | None
    area: str
    benchmark: str | None
    source: str
    reported_by: str | None
    bits_per_character: float | None
    predicted: float | None
    low: float | None
    high: float | None
    confidence: float
    value: float | None
    n: int
    family_count: int
    interval_by: Literal["family", "model"] | None
    lowest_bits: float | None
    highest_bits: float | None
    is_extrapolated: bool
    remark: str | None


def predict(
    fit: Correlation, bits_per_character: float, *, confidence: float, model_id: str | None = None
) -> Prediction:
    """Predict the score of one more model with these bits per character of the fit's source.

    A `model_id` that is in the fit is held out of it, and its own score stands beside as `value`.
    """
    others = [point for point in fit.points if point.model_id != model_id]
    value = next((point.value for point in fit.points if point.model_id == model_id), None)
    x, families = [point.bits_per_character for point in others], [point.family for point in others]
    interval_by, by_model = clustering(families)
    clusters = families if interval_by == "family" else [point.model_id for point in others]
    told = expect(x, [point.value for point in others], clusters, [bits_per_character])
    bare = replace(_bare(fit, others, model_id, confidence), bits_per_character=bits_per_character, value=value)
    if not told:
        why = f"{len(others)} other models; a prediction takes at least {MIN_POINTS}, of different compression"
        return replace(bare, remark=why)
    low, high = told[0].interval(confidence)
    is_extrapolated = not min(x) <= bits_per_character <= max(x)
    return replace(
        bare,
        predicted=told[0].predicted,
        low=low,
        high=high,
        interval_by=interval_by,
        is_extrapolated=is_extrapolated,
        remark="; ".join(_reservations(by_model, x if is_extrapolated else None, told[0].predicted)) or None,
    )


def predict_model(
    material: CorrelationInput, rules: FitRules, fits: Sequence[Correlation], model_id: str, *, confidence: float
) -> list[Prediction]:
    """Predict one model's score in every fit from its compression, whether the fit has it or leaves it out."""
    everybody = fit_points(replace(material, exclusions=()), rules)
    values = {(fit.area, fit.benchmark): p.value for fit in everybody for p in fit.points if p.model_id == model_id}
    predictions = []
    for fit in fits:
        bits = _bits_on(material, model_id, fit.source)
        if bits is None:
            others = [point for point in fit.points if point.model_id != model_id]
            bare = _bare(fit, others, model_id, confidence)
            predictions.append(replace(bare, remark=_why_no_bits(material, model_id, fit.source)))
        else:
            predictions.append(predict(fit, bits, confidence=confidence, model_id=model_id))
    return [replace(row, value=values.get((row.area, row.benchmark))) for row in predictions]


def _bare(fit: Correlation, others: Sequence[Point], model_id: str | None, confidence: float) -> Prediction:
    """Return what is known before anything is predicted."""
    x = [point.bits_per_character for point in others]
    return Prediction(
        model_id=model_id,
        area=fit.area,
        benchmark=fit.benchmark,
        source=fit.source,
        reported_by=fit.reported_by,
        bits_per_character=None,
        predicted=None,
        low=None,
        high=None,
        confidence=confidence,
        value=None,
        n=len(others),
        family_count=len({point.family for point in others}),
        interval_by=None,
        lowest_bits=min(x, default=None),
        highest_bits=max(x, default=None),
        is_extrapolated=False,
        remark=None,
    )


def _reservations(by_model: str | None, left_range: Sequence[float] | None, predicted: float) -> list[str]:
    """Return what to mind about a prediction."""
    found = [by_model] if by_model else []
    if left_range:
        found.append(f"extrapolated: the models of the fit need {min(left_range):.4g} to {max(left_range):.4g}")
    if not 0 <= predicted <= 1:
        found.append("the line leaves 0 to 1, where every score lies")
    return found


def _bits_on(material: CorrelationInput, model_id: str, source: str) -> float | None:
    bits = {p.source: p.bits_per_character for p in material.compressions if p.model_id == model_id}
    wanted = list(AREA_SOURCES.values()) if source == ALL_SOURCES else [source]
    return fmean(bits[one] for one in wanted) if bits.keys() >= set(wanted) else None


def _why_no_bits(material: CorrelationInput, model_id: str, source: str) -> str:
    """Say on which sources a model has no bits per character, with the reason where one is known."""
    reasons = {row.scope: row.reason for row in material.left_out if row.model_id == model_id}
    if "all" in reasons:
        return reasons["all"]
    if any(point.model_id == model_id for point in material.floors):
        return "a codec, which no benchmark asks anything"
    measured = {point.source for point in material.compressions if point.model_id == model_id}
    wanted = AREA_SOURCES.values() if source == ALL_SOURCES else [source]
    lacking = [f"{one} ({reasons[one]})" if one in reasons else one for one in wanted if one not in measured]
    return f"no compression on {', '.join(lacking)}"
