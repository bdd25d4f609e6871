"""The index over time: the newest snapshot's answers, every model over all snapshots, drift, cutoffs, and all pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from analysis.correlation import Bootstrap
from analysis.cutoff_findings import EffectiveCutoff
from analysis.drift import MonthPoint, SnapshotPoint, compression_over_time, monthly_compression
from analysis.effective_cutoff import effective_cutoffs
from analysis.report_curves import coefficients_figure, cutoffs_figure, drift_figure, over_time_figure
from analysis.report_figures import Figure
from analysis.report_page import Page
from analysis.report_tables import PageTable, without
from analysis.tables import Table, records_table
from analysis.time_scores import read_time_scores
from storage.lake import Connection

Name = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Summary:
    """One snapshot in a line: what it holds, who is best, and whether that matches benchmarks."""

    snapshot_id: str
    href: str
    window_start: date
    window_end: date
    document_count: int
    char_count: int
    is_complete: bool
    model_count: int
    best_model: str | None
    bits_per_character: float | None
    tied_model_count: int | None
    pearson: float | None
    interval_low: float | None
    interval_high: float | None
    n: int | None
    protocol_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Times:
    """What moves with time, by one protocol."""

    snapshots: tuple[SnapshotPoint, ...]
    months: tuple[MonthPoint, ...]
    cutoffs: tuple[EffectiveCutoff, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """What the index shows. `pages` are in the order of their windows, the newest first."""

    lead: Page
    pages: tuple[Summary, ...]
    figures: Mapping[str, Figure | None]
    tables: Mapping[str, PageTable]
    anchors: tuple[str, ...]


def summary_of(page: Page) -> Summary:
    """Return what the index tells of one page."""
    snapshot, fit = page.material.snapshot, page.fit
    best = next((one for one in page.leaderboard.models if one.mean is not None), None)
    return Summary(
        snapshot_id=snapshot.snapshot_id,
        href=page.href,
        window_start=snapshot.window_start,
        window_end=snapshot.window_end,
        document_count=snapshot.document_count,
        char_count=snapshot.char_count,
        is_complete=snapshot.is_complete,
        model_count=len(page.leaderboard.models),
        best_model=best.name if best else None,
        bits_per_character=best.mean if best else None,
        tied_model_count=best.ranks[1] if best and best.ranks else None,
        pearson=fit.pearson if fit else None,
        interval_low=fit.interval_low if fit else None,
        interval_high=fit.interval_high if fit else None,
        n=fit.n if fit else None,
        protocol_id=page.material.protocol_id,
        fingerprint=snapshot.fingerprint,
    )


def gather_times(connection: Connection, protocol_id: str, anchors: Sequence[str], bootstrap: Bootstrap) -> Times:
    """Read what moves with time, all scores of the protocol at once."""
    scores = read_time_scores(connection, protocol_id)
    confidence = bootstrap.confidence
    return Times(
        tuple(compression_over_time(connection, protocol_id, anchors, confidence=confidence, scores=scores)),
        tuple(monthly_compression(connection, protocol_id, anchors, confidence=confidence, scores=scores)),
        tuple(effective_cutoffs(connection, protocol_id, anchors, bootstrap, scores=scores)),
    )


def make_index(lead: Page, pages: Sequence[Summary], times: Times, name: Name) -> Index:
    """Make the index. `lead` is the page whose answers stand in the first screen."""
    fits = [(p.snapshot_id, p.pearson, p.interval_low, p.interval_high, p.n or 0) for p in reversed(pages)]
    figures = {
        "over_time": over_time_figure(times.snapshots, name),
        "coefficients": coefficients_figure([(s, r, low, high, n) for s, r, low, high, n in fits if r is not None]),
        "drift": drift_figure(times.months, name),
        "cutoffs": cutoffs_figure(times.cutoffs, name),
    }
    made = [_over_time(times, name), _months(times, name), _cutoffs(times, name), _snapshots(pages)]
    anchors = dict.fromkeys(name(anchor) for point in times.snapshots for anchor in point.anchors)
    return Index(lead, tuple(pages), figures, {one.name: one for one in made}, tuple(anchors))


def _snapshots(pages: Sequence[Summary]) -> PageTable:
    full = records_table(Summary, pages)
    return PageTable("snapshots", "All snapshots, the newest first", full, without(full, ("href",)), "None is sealed.")


def _over_time(times: Times, name: Name) -> PageTable:
    """Hold every point in the files; show the mean of the sources, a model a line."""
    raw = {(p.model_id, p.snapshot_id): p.bits_per_character for p in times.snapshots if p.source is None}
    shown = _pivoted(raw, name)
    full = _named(records_table(SnapshotPoint, times.snapshots), name)
    caption = "Bits per character of every snapshot, mean of the sources, all texts"
    return PageTable("over_time", caption, shown, full, "No model is scored on any snapshot.")


def _months(times: Times, name: Name) -> PageTable:
    raw = {(p.model_id, f"{p.month_on:%Y-%m}"): p.bits_per_character for p in times.months if p.source is None}
    full = _named(records_table(MonthPoint, times.months), name)
    caption = "Bits per character by month of publication, mean of the sources"
    return PageTable("drift", caption, _pivoted(raw, name), full, "No scored text has a month of publication.")


def _cutoffs(times: Times, name: Name) -> PageTable:
    columns = ("model", "declared_on", "effective_on", "interval_low_on", "interval_high_on", "outcome", "p_adjusted",
               "is_contradicted", "finding")  # fmt: skip
    own = [one for one in times.cutoffs if one.source is None]
    rows = tuple((name(one.model_id), *(getattr(one, column) for column in columns[1:])) for one in own)
    full = _named(records_table(EffectiveCutoff, times.cutoffs), name)
    caption = "Until when a model seems to know texts, beside what is declared of it"
    return PageTable("cutoffs", caption, Table(columns, rows), full, "No model is scored on dated texts.")


def _pivoted(values: Mapping[tuple[str, str], float], name: Name) -> Table:
    places = sorted({place for _, place in values})
    models = dict.fromkeys(model_id for model_id, _ in values)
    ordered = sorted(models, key=lambda model_id: ([values.get((model_id, at), float("inf")) for at in places[::-1]]))
    rows = tuple((name(model_id), *(values.get((model_id, place)) for place in places)) for model_id in ordered)
    return Table(("model", *places), rows)


def _named(table: Table, name: Name) -> Table:
    at = table.columns.index("model_id")
    return Table(("model", *table.columns), tuple((name(row[at]), *row) for row in table.rows))
