"""Figures over time and of the flow: what stands out, what is left, and nothing where there is nothing to draw."""

import re
from dataclasses import fields
from datetime import date

import pytest

from analysis.cutoff_findings import EffectiveCutoff
from analysis.drift import MonthPoint, SnapshotPoint
from analysis.report_curves import OUTSTANDING, coefficients_figure, cutoffs_figure, drift_figure, over_time_figure
from analysis.report_figures import ROW_HEIGHT, bits_figure
from analysis.report_flow import flow_figure, grades_figure
from analysis.report_leaderboard import compared_sources, standings
from tests.analysis.test_report import fill, material_of, october


def at(model: str, month: int, bits: float, adjusted: float | None, source: str | None = None) -> SnapshotPoint:
    start = date(2026, month, 1)
    return SnapshotPoint(
        f"2026-{month:02d}", start, date(2026, month + 1, 1), model, "base", source, 10, 5, 1.0, bits, None, None,
        "2026-01", 0.0, adjusted, None, None, ("zstd@19",), None,
    )  # fmt: skip


def in_month(model: str, month: int, bits: float, against: float | None, cutoff: int = 3) -> MonthPoint:
    return MonthPoint(
        model, "base", None, date(2026, month, 1), month - cutoff, 10, 5, bits, None, None, against, None, None, ("z",)
    )


def cutoff(model: str, outcome: str) -> EffectiveCutoff:
    known = {
        "model_id": model, "declared_on": date(2026, 5, 31), "first_month_on": date(2026, 1, 1), "outcome": outcome,
        "finding": "it knows texts until 2026-03",
    }  # fmt: skip
    days = {"effective_on": date(2026, 3, 1), "interval_low_on": date(2026, 2, 1), "interval_high_on": date(2026, 4, 1)}
    blank = {field.name: None for field in fields(EffectiveCutoff)}
    return EffectiveCutoff(**(blank | known | (days if outcome == "change" else {})))


def tips(body: str) -> list[str]:
    return re.findall(r'data-tip="([^"]*)"', body)


def test_raw_and_adjusted_stand_side_by_side_and_the_best_stand_out():
    points = [at(f"m{n}", month, 1 + n / 10, 0.9 + n / 10) for n in range(9) for month in (1, 2, 3)]
    figure = over_time_figure(points, str.upper)
    assert figure is not None
    raw, adjusted = figure.drawings
    assert (raw.title, adjusted.title) == ("As measured", "Adjusted by ZSTD@19")
    assert [entry.label for entry in figure.legend] == [f"M{n}" for n in range(OUTSTANDING)]
    # Every point of those that stand out, and where the others end.
    assert len(tips(raw.body)) == OUTSTANDING * 3 + 3
    assert "M0; 2026-02: 1.000 bits per character" in tips(raw.body)
    assert "M8; 2026-03: 1.700 bits per character" in tips(adjusted.body)


def test_without_anchors_only_what_was_measured_is_drawn():
    figure = over_time_figure([at("m", month, 1.0, None) for month in (1, 2)], str)
    assert figure is not None
    assert [drawing.title for drawing in figure.drawings] == ["As measured"]


def test_one_snapshot_makes_no_curve_and_sources_are_not_mixed_in():
    assert over_time_figure([at("m", 1, 1.0, 1.0)], str) is None
    assert over_time_figure([at("m", 1, 1.0, 1.0), at("m", 2, 1.0, 1.0, "github")], str) is None
    assert drift_figure([in_month("m", 1, 1.0, 1.0)], str) is None


def test_drift_is_relative_to_the_level_after_the_cutoff():
    points = [in_month("m", month, 1.0, 0.5 if month > 3 else 0.4) for month in range(1, 7)]
    figure = drift_figure(points, str)
    assert figure is not None
    said = tips(figure.drawings[1].body)
    assert said[0] == "m; -2 months, 2026-01: 0.800 of its level after the cutoff"
    assert said[-1] == "m; +3 months, 2026-06: 1.000 of its level after the cutoff"
    assert 'class="rule"' in figure.drawings[1].body


def test_cutoffs_are_drawn_beside_those_declared_where_a_change_is_seen():
    figure = cutoffs_figure([cutoff("seen", "change"), cutoff("unseen", "not identifiable")], str)
    assert figure is not None
    said = tips(figure.drawings[0].body)
    assert said == ["seen; it knows texts until 2026-03", "seen; declared 2026-05-31"]
    assert cutoffs_figure([cutoff("unseen", "not identifiable")], str) is None


def test_coefficients_need_two_snapshots():
    assert coefficients_figure([("a", -0.9, -0.95, -0.8, 7)]) is None
    figure = coefficients_figure([("a", -0.9, -0.95, -0.8, 7), ("b", -0.5, None, None, 3)])
    assert figure is not None
    assert tips(figure.drawings[0].body) == [
        "a; r = -0.900, n = 7; -0.950 to -0.800",
        "b; r = -0.500, n = 3; no interval",
    ]


def test_the_flow_loses_what_was_dropped_and_ends_with_what_was_kept():
    figure = flow_figure(material_of(fill(october())))
    assert figure is not None
    assert [drawing.title for drawing in figure.drawings] == ["Web pages", "Code", "Papers"]
    code = figure.drawings[1]
    # Four met, one of them not landed, one too old, two kept.
    assert code.alternative == "code: of 4 texts 2 were kept; left at not landed 1; freshness 1."
    assert tips(code.body) == ["not landed; 1 of 4 left here; http_status 1", "freshness; 1 of 3 left here; too_old 1"]
    assert "kept, 50.0% of what was met" in code.body


def test_without_crawls_and_verdicts_there_is_no_flow():
    assert flow_figure(material_of(october())) is None


def test_grades_are_shares_of_each_source():
    figure = grades_figure(material_of(fill(october())))
    assert figure is not None
    assert "code, grade A; 100.0% of the characters" in tips(figure.drawings[0].body)


@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_bits_figure_has_a_row_for_each_model(count):
    small = october()
    for n in range(count):
        small.model(f"m{n}", knowledge_cutoff_on="2025-01-31")
        small.score(f"m{n}", {"g1": 100.0 + n, "g2": 300.0, "a1": 200.0, "w1": 400.0})
    material = material_of(small)
    figure = bits_figure(standings(material, material.ranked), compared_sources(material))
    assert figure is not None
    assert figure.drawings[0].height == ROW_HEIGHT * count + 44
    assert len(tips(figure.drawings[0].body)) == 4 * count
