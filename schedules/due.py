"""The window a refresh takes when nobody names one, and which models it would not be new to."""

from collections.abc import Sequence
from datetime import date

from schedules.periods import Period, default_period
from schedules.runs import utc_now
from schedules.workspace import Workspace
from storage import lake, watermarks


def due_period(workspace: Workspace, sources: Sequence[str]) -> Period:
    """Return the window from what is covered of every source, or from where the models' cutoffs end, to last month."""
    with lake.reading(workspace.home) as connection:
        covered = [watermarks.covered_until(connection, source) for source in sources]
        fresh = [fresh_from for _, fresh_from in _fresh_from(connection) if fresh_from]
    known = [day for day in covered if day]
    covered_until = min(known) if len(known) == len(covered) else None
    return default_period(covered_until, max(fresh, default=None), utc_now().date())


def uncleared_models(workspace: Workspace, period: Period) -> list[str]:
    """Return, as sentences, the active models for which texts of this window are not all new."""
    with lake.reading(workspace.home) as connection:
        found = _fresh_from(connection)
    unknown = [
        f"{model}: knowledge cutoff and release date are unknown, so no text is ever new to it"
        for model, day in found
        if day is None
    ]
    late = [f"{model}: texts are new to it after {day}" for model, day in found if day and day >= period.since]
    return late + unknown


def _fresh_from(connection: lake.Connection) -> list[tuple[str, date | None]]:
    """Return every active model but the codecs with the day after which a text is new to it."""
    return connection.execute(
        "SELECT model_id, fresh_from_on FROM model_freshness WHERE is_active AND NOT is_always_fresh ORDER BY model_id"
    ).fetchall()
