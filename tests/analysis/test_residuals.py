"""Who is alarmed: models far above the line of other families, and nobody else."""

import numpy as np
import pytest
from scipy import stats

from analysis.correlation import Bootstrap, correlate
from analysis.points import CompressionPoint, CorrelationInput
from analysis.residuals import residuals, why_no_residuals
from storage.records import BenchmarkResult

X = np.array([0.40, 0.43, 0.47, 0.50, 0.54, 0.57, 0.61, 0.64, 0.68, 0.71, 0.74, 0.78])
WOBBLE = np.array([0.01, -0.02, 0.02, -0.01, 0.015, -0.01, 0.0, 0.02, -0.015, 0.01, -0.02, 0.005])


def fit_of(values, families, x=X):
    names = [f"m{at:02}" for at in range(len(x))]
    points = zip(names, families, x, strict=True)
    material = CorrelationInput(
        reported_by="me",
        compressions=tuple(CompressionPoint(name, family, "github", float(bits)) for name, family, bits in points),
        benchmarks=tuple(
            BenchmarkResult(name, "MBPP", "", "me", "coding", float(value), None, None)
            for name, value in zip(names, values, strict=True)
        ),
    )
    return correlate(material, "benchmark", Bootstrap(draws=100))[0]


HONEST = 1.2 - X + WOBBLE
FAMILIES = [f"f{at // 2}" for at in range(12)]


def test_an_over_tuned_model_is_named_and_nobody_else():
    tuned = HONEST.copy()
    tuned[5] += 0.2
    rows = residuals(fit_of(tuned, FAMILIES), alarm_rate=0.05)
    assert [row.model_id for row in rows if row.is_alarm] == ["m05"]
    assert rows[0].model_id == "m05"
    assert rows[0].residual == pytest.approx(0.2, abs=0.03)
    assert rows[0].residual == rows[0].value - rows[0].predicted
    assert len(rows) == 12


def test_a_model_far_below_the_line_is_no_alarm():
    poor = HONEST.copy()
    poor[5] -= 0.2
    rows = residuals(fit_of(poor, FAMILIES), alarm_rate=0.05)
    assert not any(row.is_alarm for row in rows)
    assert rows[-1].model_id == "m05"
    assert rows[-1].p_adjusted == 1


def test_siblings_do_not_vouch_for_one_another():
    tuned = HONEST.copy()
    tuned[4:8] += 0.2
    families = ["f0", "f0", "f1", "f1", *["tuned"] * 4, "f2", "f2", "f3", "f3"]
    rows = residuals(fit_of(tuned, families), alarm_rate=0.05)
    assert {row.model_id for row in rows if row.is_alarm} == {"m04", "m05", "m06", "m07"}
    # Without a look at families each is held against a line and a scatter that have its siblings in them.
    alone = residuals(fit_of(tuned, [f"f{at}" for at in range(12)]), alarm_rate=0.05)
    assert not any(row.is_alarm for row in alone)


def test_over_tuned_models_of_two_families_do_not_hide_one_another():
    tuned = HONEST.copy()
    tuned[[2, 9]] += 0.2
    rows = residuals(fit_of(tuned, FAMILIES), alarm_rate=0.05)
    assert {row.model_id for row in rows if row.is_alarm} == {"m02", "m09"}
    assert all(row.p_adjusted > 0.05 for row in rows[2:])
    # The others are held against a line in which neither has a part.
    honest = {row.model_id: row for row in residuals(fit_of(HONEST, FAMILIES), alarm_rate=0.05)}
    found = {row.model_id: row for row in rows}
    assert found["m05"].predicted == pytest.approx(honest["m05"].predicted, abs=0.01)


def test_without_siblings_residuals_are_externally_studentised_by_the_textbook():
    rows = residuals(fit_of(HONEST, [f"f{at}" for at in range(12)]), alarm_rate=0.05)
    centred = X - X.mean()
    leverage = 1 / 12 + centred**2 / np.sum(centred**2)
    line = stats.linregress(X, HONEST)
    misses = HONEST - line.intercept - line.slope * X
    scale = np.sqrt((np.sum(misses**2) - misses**2 / (1 - leverage)) / 9)
    expected = misses / (scale * np.sqrt(1 - leverage))
    found = {row.model_id: row.studentised for row in rows}
    assert [found[f"m{at:02}"] for at in range(12)] == pytest.approx(expected.tolist(), rel=1e-6)
    p_values = stats.t(9).sf(expected)
    assert rows[0].p_adjusted == pytest.approx(min(1, 12 * p_values.min()), rel=1e-6)


def test_under_five_families_models_are_held_out_singly_and_nobody_is_alarmed():
    tuned = HONEST.copy()
    tuned[5] += 0.2
    rows = residuals(fit_of(tuned, [f"f{at % 3}" for at in range(12)]), alarm_rate=0.05)
    assert rows[0].model_id == "m05"
    assert rows[0].p_adjusted < 0.05
    assert not any(row.is_alarm for row in rows)


def test_scores_exactly_on_a_line_alarm_only_the_one_that_is_not():
    exact = 1.2 - X
    exact[3] += 0.05
    rows = residuals(fit_of(exact, FAMILIES), alarm_rate=0.05)
    assert [row.model_id for row in rows if row.is_alarm] == ["m03"]
    straight = residuals(fit_of(1.2 - X, FAMILIES), alarm_rate=0.05)
    assert not any(row.is_alarm for row in straight)


def test_the_alarm_rate_is_the_limit_of_the_adjusted_p_value():
    tuned = HONEST.copy()
    tuned[5] += 0.08
    fit = fit_of(tuned, FAMILIES)
    p_adjusted = residuals(fit, alarm_rate=0.05)[0].p_adjusted
    assert residuals(fit, alarm_rate=p_adjusted + 1e-9)[0].is_alarm
    assert not residuals(fit, alarm_rate=p_adjusted - 1e-9)[0].is_alarm


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        (2, "2 models, a coefficient takes at least 3"),
        (3, "3 models, too few to hold each against the line of the others"),
    ],
)
def test_too_few_models_have_no_residuals_and_it_is_said(count, reason):
    fit = fit_of(HONEST[:count], FAMILIES[:count], X[:count])
    assert residuals(fit, alarm_rate=0.05) == []
    assert why_no_residuals(fit) == reason
    assert why_no_residuals(fit_of(HONEST, FAMILIES)) is None


def test_four_models_are_enough_to_ask_and_too_few_to_put_one_aside():
    tuned = np.array([0.8, 0.7, 0.6, 0.99])
    rows = residuals(fit_of(tuned, FAMILIES[:4], np.array([0.4, 0.5, 0.6, 0.7])), alarm_rate=0.05)
    assert len(rows) == 4
    assert not any(row.is_alarm for row in rows)
