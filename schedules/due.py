"""The windows a refresh takes when nobody names one, and which models they would not be new to.

A window that was begun and not sealed is open: a hole, or landed. Open windows come again as they are, so that what
has landed for them is kept; days that no window has touched make windows of their own.
"""

from collections.abc import Sequence
from datetime import date

from schedules.periods import Period, default_period, period_of
from schedules.workspace import Workspace
from storage import lake, snapshots, watermarks
from storage.records import Watermark, utc_now
from storage.watermarks import COVERED, HOLE


def due_periods(workspace: Workspace, sources: Sequence[str]) -> list[Period]:
    """Return every open window after what is covered of every source, then what is due up to the last whole month.

    Oldest first. Where nothing is covered yet, the first open window is the beginning, or else the models' cutoffs.
    What is crawled but not sealed is not covered. When nothing is due, it is the latest sealed window.
    """
    today = utc_now().date()
    with lake.reading(workspace.home) as connection:
        marks = watermarks.source_watermarks(connection, sources)
        covered_until = _covered_until(connection, sources)
        latest = snapshots.latest_snapshot(connection)
        fresh = [fresh_from for _, fresh_from in _fresh_from(connection) if fresh_from]
    periods = _open_periods(marks, covered_until)
    reached = periods[-1].until if periods else covered_until
    if reached is None or reached < today.replace(day=1):
        periods.append(default_period(reached, max(fresh, default=None), today))
    if not periods and latest:
        return [Period(latest.snapshot_id, latest.window_start, latest.window_end)]
    return periods or [default_period(reached, None, today)]


def due_span(workspace: Workspace, sources: Sequence[str]) -> Period:
    """Return one window over all that is due: where a window begins or ends of which a user names the other end."""
    periods = due_periods(workspace, sources)
    return period_of(periods[0].since, periods[-1].until) if len(periods) > 1 else periods[0]


def passed_holes(workspace: Workspace, sources: Sequence[str]) -> list[tuple[Period, str]]:
    """Return the holes that lie before what is covered of every source, oldest first, each with its source.

    No snapshot waits for them any more. A hole of which a covered window of its source holds a part is not among them:
    what lands there would have landed twice.
    """
    with lake.reading(workspace.home) as connection:
        marks = watermarks.source_watermarks(connection, sources)
        covered_until = _covered_until(connection, sources)
    holes = [mark for mark in marks if mark.state == HOLE and covered_until and mark.window_start < covered_until]
    passed = [hole for hole in holes if not any(_is_covered_by(hole, mark) for mark in marks)]
    passed.sort(key=lambda hole: (hole.window_start, hole.window_end, hole.source))
    return [(period_of(hole.window_start, hole.window_end), hole.source) for hole in passed]


def uncleared_models(workspace: Workspace, period: Period) -> list[str]:
    """Return, as sentences, the active models for which texts of this window are not all new."""
    with lake.reading(workspace.home) as connection:
        found = _fresh_from(connection)
    late = [f"{model}: texts are new to it after {day}" for model, day in found if day and day >= period.since]
    unknown = [model for model, day in found if day is None]
    return late + [f"{model}: cutoff and release date are unknown, so no text is ever new to it" for model in unknown]


def _covered_until(connection: lake.Connection, sources: Sequence[str]) -> date | None:
    """Return until when every source is covered; None where one has no covered window."""
    ends = [watermarks.covered_until(connection, source) for source in sources]
    return None if None in ends else min(end for end in ends if end)


def _open_periods(marks: Sequence[Watermark], covered_until: date | None) -> list[Period]:
    """Return the open windows, and what lies between them, from the day until which every source is covered.

    Of two that overlap the one that begins first is taken; the other's days past it are due like any others.
    """
    periods: list[Period] = []
    reached = covered_until
    for since, until in sorted({(m.window_start, m.window_end) for m in marks if m.state != COVERED}):
        if reached and since < reached:
            continue
        if reached and since > reached:
            periods.append(period_of(reached, since))
        periods.append(period_of(since, until))
        reached = until
    return periods


def _is_covered_by(hole: Watermark, mark: Watermark) -> bool:
    overlaps = mark.window_start < hole.window_end and hole.window_start < mark.window_end
    return overlaps and mark.state == COVERED and mark.source == hole.source


def _fresh_from(connection: lake.Connection) -> list[tuple[str, date | None]]:
    """Return every active model but the codecs with the day after which a text is new to it."""
    return connection.execute(
        "SELECT model_id, fresh_from_on FROM model_freshness WHERE is_active AND NOT is_always_fresh ORDER BY model_id"
    ).fetchall()
