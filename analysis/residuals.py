"""Whose benchmarks stand far above what compression predicts? An alarm for over-tuning and contamination.

Every model is held against the line through the models of all other families, since tuning to a benchmark runs in
families, and siblings would vouch for one another. The residual over its standard error (externally studentised: the
family has no part in either) gets a one-sided p value. Over-tuned models of several families hide one another, so the
most surprising model is put aside and the others are asked again, a quarter of the models at least (generalised ESD,
Rosner 1983): all that were put aside up to the last surprising one are alarmed. Every step allows for the number of
models it looks at, so that with an alarm rate of 0.05 a fit in which everybody is honest raises any alarm at all in at
most 5 of 100 cases (measured: docs/statistics.md).

An alarm says that a score is surprisingly high for such compression, not why: training for that very ability does it as
well as the test set in the training data.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.correlation import Correlation
from analysis.family_line import Expectation, expect
from analysis.fit_measures import MIN_FAMILIES, clustering
from analysis.points import Point
from analysis.statistics import holm

# So many models are put aside before the search for hidden ones ends.
SUSPECTED_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Residual:
    """One model of one fit: its score, what the other families' line predicts, and how surprising the difference is.

    Alarmed models have no part in anybody's `predicted`. `studentised` is `residual` over its standard error;
    `p_adjusted` is one-sided (too high only) and allows for the number of models.
    """

    model_id: str
    family: str
    area: str
    benchmark: str | None
    bits_per_character: float
    value: float
    predicted: float
    residual: float
    studentised: float
    p_adjusted: float
    is_alarm: bool


def residuals(fit: Correlation, *, alarm_rate: float) -> list[Residual]:
    """Hold every model against the line of the others; the most surprisingly high first.

    `alarm_rate` is the probability that any honest model of the fit is alarmed. Under five families, where no rate can
    be promised, nobody is. Empty where the models are too few to tell, as `why_no_residuals` says.
    """
    if why_no_residuals(fit):
        return []
    groups = _groups(fit)
    # Few families that err each as one look like few models that stand out: the rate could not be kept.
    alarmed = {} if fit.family_count < MIN_FAMILIES else _put_aside(fit.points, groups, alarm_rate)
    honest = [point for point in fit.points if point.model_id not in alarmed]
    told = _expected(fit.points, honest, groups)
    p_values = holm([told[point.model_id].exceeding(point.value) for point in honest])
    adjusted = {point.model_id: p for point, p in zip(honest, p_values, strict=True)} | alarmed
    rows = [
        _residual(fit, point, told[point.model_id], adjusted[point.model_id], point.model_id in alarmed)
        for point in fit.points
    ]
    return sorted(rows, key=lambda row: (row.p_adjusted, -row.studentised, row.model_id))


def why_no_residuals(fit: Correlation) -> str | None:
    """Say why a fit has no residuals, if it has none."""
    if fit.pearson is None:
        return fit.remark
    if len(_expected(fit.points, fit.points, _groups(fit))) < fit.n:
        return f"{fit.n} models, too few to hold each against the line of the others"
    return None


def _put_aside(points: Sequence[Point], groups: Mapping[str, str], alarm_rate: float) -> dict[str, float]:
    """Return the alarmed models with their adjusted p values: put aside one by one, up to the last surprising one."""
    remaining, steps = list(points), list[tuple[str, float]]()
    while True:
        told = _expected(remaining, remaining, groups)
        if len(told) < len(remaining):
            # Whoever is put aside leaves a line to the others.
            steps = steps[:-1]
            break
        p_values = {point.model_id: told[point.model_id].exceeding(point.value) for point in remaining}
        worst = min(remaining, key=lambda point: p_values[point.model_id])
        steps.append((worst.model_id, min(1.0, len(remaining) * p_values[worst.model_id])))
        remaining.remove(worst)
        if len(steps) >= len(points) * SUSPECTED_SHARE and steps[-1][1] > alarm_rate:
            break
    # A step that surprises vouches for those before it, which it was hidden by.
    last = max((at for at, (_, p_value) in enumerate(steps) if p_value <= alarm_rate), default=-1)
    return {name: min(p for _, p in steps[at : last + 1]) for at, (name, _) in enumerate(steps[: last + 1])}


def _groups(fit: Correlation) -> dict[str, str]:
    """Return with whom each model is held out: its family, or nobody where families are too few."""
    is_by_family = clustering([point.family for point in fit.points])[0] == "family"
    return {point.model_id: point.family if is_by_family else point.model_id for point in fit.points}


def _expected(points: Sequence[Point], reference: Sequence[Point], groups: Mapping[str, str]) -> dict[str, Expectation]:
    """Return what the reference models of other groups say of every model that they say something of."""
    found: dict[str, Expectation] = {}
    for name in dict.fromkeys(groups[point.model_id] for point in points):
        inside = [point for point in points if groups[point.model_id] == name]
        outside = [point for point in reference if groups[point.model_id] != name]
        told = expect(
            [point.bits_per_character for point in outside],
            [point.value for point in outside],
            [groups[point.model_id] for point in outside],
            [point.bits_per_character for point in inside],
        )
        if told:
            found |= {point.model_id: expectation for point, expectation in zip(inside, told, strict=True)}
    return found


def _residual(fit: Correlation, point: Point, expectation: Expectation, p_adjusted: float, is_alarm: bool) -> Residual:
    residual = point.value - expectation.predicted
    return Residual(
        model_id=point.model_id,
        family=point.family,
        area=fit.area,
        benchmark=fit.benchmark,
        bits_per_character=point.bits_per_character,
        value=point.value,
        predicted=expectation.predicted,
        residual=residual,
        studentised=residual / expectation.standard_error,
        p_adjusted=p_adjusted,
        is_alarm=is_alarm,
    )
