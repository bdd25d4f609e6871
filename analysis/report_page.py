"""The page of one snapshot: what it shows, made from what was read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from analysis.correlation import Correlation
from analysis.report_answers import (
    Answer,
    alarm_sentence,
    benchmark_answer,
    compression_answer,
    cost_sentence,
    headline_fit,
    trust_answer,
)
from analysis.report_checks import Check, scoring_machines, trust_checks
from analysis.report_figures import Figure, bits_figure, fits_drawn, fits_figure, min_k_figure
from analysis.report_flow import flow_figure, grades_figure
from analysis.report_leaderboard import Leaderboard, Standing, compared_sources, leaderboard, standings
from analysis.report_material import Material
from analysis.report_tables import PageTable, page_tables
from storage.records import content_id

# Names that the site itself uses.
RESERVED = ("index", "over_time")
FIGURES = ("bits_per_character", "correlation", "min_k", "flow", "grades")
LEADING = 5


@dataclass(frozen=True, slots=True)
class Page:
    """What one page shows. `folder` holds its files, `fit` is the one of the first screen."""

    material: Material
    folder: str
    standings: tuple[Standing, ...]
    leaderboard: Leaderboard
    tables: Mapping[str, PageTable]
    figures: Mapping[str, Figure | None]
    fit: Correlation | None
    compression: Answer
    benchmarks: Answer
    trust: Answer
    checks: tuple[Check, ...]
    alarms: str
    costs: str

    @property
    def href(self) -> str:
        """Return where the page lies, seen from any other."""
        return f"{self.folder}.html"

    @property
    def last_day(self) -> date:
        """Return the last day of the snapshot's window."""
        return self.material.snapshot.window_end - timedelta(days=1)

    @property
    def leading(self) -> tuple[Standing, ...]:
        """Return the first few models and the best codec."""
        return (*self.leaderboard.models[:LEADING], *self.leaderboard.codecs[:1])

    @property
    def machines(self) -> list[tuple[str, str]]:
        """Return on what the models were scored."""
        return scoring_machines(self.material)

    @property
    def fit_place(self) -> int | None:
        """Return which drawing of the correlation figure shows the fit of the first screen."""
        drawn = fits_drawn(self.material)
        return next((at for at, one in enumerate(drawn) if one is self.fit), None)


def make_page(material: Material, meanings: Mapping[str, str], alarm_rate: float) -> Page:
    """Make the page of one snapshot. `meanings` explains the reasons of verdicts and of the ledger."""
    table, checks = standings(material, material.ranked), trust_checks(material)
    figures = (
        bits_figure(table, compared_sources(material)),
        fits_figure(material),
        min_k_figure(material.answers["report_min_k"]),
        flow_figure(material),
        grades_figure(material),
    )
    return Page(
        material=material,
        folder=page_name(material.snapshot.snapshot_id),
        standings=tuple(table),
        leaderboard=leaderboard(material, table),
        tables=page_tables(material, table, meanings),
        figures=dict(zip(FIGURES, figures, strict=True)),
        fit=headline_fit(material.fits),
        compression=compression_answer(material, table),
        benchmarks=benchmark_answer(material),
        trust=trust_answer(checks),
        checks=tuple(checks),
        alarms=alarm_sentence(material, alarm_rate),
        costs=cost_sentence(material),
    )


def page_name(snapshot_id: str) -> str:
    """Return the name of a snapshot's page and folder: its own where that is a plain file name.

    >>> page_name("2026-10")
    '2026-10'
    """
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", snapshot_id) and snapshot_id not in RESERVED:
        return snapshot_id
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', snapshot_id).strip('-') or 'snapshot'}-{content_id(snapshot_id)[:8]}"
