"""The window a refresh takes when nobody names one, and which models it would not be new to."""

from collections.abc import Sequence
from datetime import date

from schedules.periods import Period, default_period
from schedules.workspace import Workspace
from storage import lake, snapshots, watermarks
from storage.records import utc_now


def due_period(workspace: Workspace, sources: Sequence[str]) -> Period:
    """Return the window after what is covered of every source, or from where the models' cutoffs end, to last month.

    What is crawled but not sealed is not covered: the same window stays due until its snapshot is sealed. When nothing
    is due, it is the latest sealed window.
    """
    today = utc_now().date()
    with lake.reading(workspace.home) as connection:
        ends = [watermarks.covered_until(connection, source) for source in sources]
        latest = snapshots.latest_snapshot(connection)
        fresh = [fresh_from for _, fresh_from in _fresh_from(connection) if fresh_from]
    covered_until = None if None in ends else min(end for end in ends if end)
    if latest and covered_until and covered_until >= today.replace(day=1):
        return Period(latest.snapshot_id, latest.window_start, latest.window_end)
    return default_period(covered_until, max(fresh, default=None), today)


def uncleared_models(workspace: Workspace, period: Period) -> list[str]:
    """Return, as sentences, the active models for which texts of this window are not all new."""
    with lake.reading(workspace.home) as connection:
        found = _fresh_from(connection)
    late = [f"{model}: texts are new to it after {day}" for model, day in found if day and day >= period.since]
    unknown = [model for model, day in found if day is None]
    return late + [f"{model}: cutoff and release date are unknown, so no text is ever new to it" for model in unknown]


def _fresh_from(connection: lake.Connection) -> list[tuple[str, date | None]]:
    """Return every active model but the codecs with the day after which a text is new to it."""
    return connection.execute(
        "SELECT model_id, fresh_from_on FROM model_freshness WHERE is_active AND NOT is_always_fresh ORDER BY model_id"
    ).fetchall()
