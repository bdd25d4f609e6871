"""When each job is due: crontab lines and intervals, in UTC, checked before anything starts.

What is due is decided from `job_runs`, not from memory, so that a run that was missed while the machine was off is made
up once.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from analysis.tables import Table, records_table
from config import SchedulesSettings
from schedules.workspace import Workspace
from storage import job_runs, lake
from storage.errors import ConfigError
from storage.lake import Connection
from storage.records import utc_now

# In the order in which they feed each other; the service runs one at a time.
JOBS = ("refresh", "score", "report", "maintenance")

_INTERVAL = re.compile(r"^(?P<number>[1-9]\d*) (?P<unit>minute|hour|day|week)s?$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timetable."""

    job: str
    rule: str
    trigger: BaseTrigger


@dataclass(frozen=True, slots=True)
class Due:
    """When a job ran last and is due next, in UTC. What is due in the past was missed and is made up once."""

    job: str
    rule: str
    last_started_at: datetime | None
    due_at: datetime
    is_missed: bool


def read_timetable(settings: SchedulesSettings) -> list[Entry]:
    """Return every job that has a rule, or say which rule is wrong."""
    rules = [(job, getattr(settings, job)) for job in JOBS]
    return [Entry(job, rule, _trigger(job, rule)) for job, rule in rules if rule]


def due_table(workspace: Workspace) -> Table:
    """Return when every job of the timetable is due, for `freshpress status`."""
    with lake.reading(workspace.home) as connection:
        return records_table(Due, preview(connection, workspace.settings.schedules))


def preview(connection: Connection, settings: SchedulesSettings) -> list[Due]:
    """Return when every job of the timetable is due, by what `job_runs` says of it."""
    now = utc_now()
    dues = []
    for entry in read_timetable(settings):
        last = job_runs.last_start(connection, entry.job)
        due_at = next_due(entry, last, now)
        dues.append(Due(entry.job, entry.rule, last, due_at, is_missed=due_at < now))
    return dues


def next_due(entry: Entry, last_started_at: datetime | None, now: datetime) -> datetime:
    """Return when a job is due next: in the past when a run was missed, so that it is caught up once.

    Times are UTC and naive. A job that never ran is due at its next regular time, or at once by an interval.
    """
    if last_started_at is None:
        return now if isinstance(entry.trigger, IntervalTrigger) else _after(entry.trigger, now)
    if isinstance(entry.trigger, IntervalTrigger):
        interval: timedelta = entry.trigger.interval
        return last_started_at + interval
    return _after(entry.trigger, last_started_at)


def _after(trigger: BaseTrigger, moment: datetime) -> datetime:
    fire: datetime = trigger.get_next_fire_time(None, (moment + timedelta(microseconds=1)).replace(tzinfo=UTC))
    return fire.astimezone(UTC).replace(tzinfo=None)


def _trigger(job: str, rule: str) -> BaseTrigger:
    if match := _INTERVAL.match(rule):
        return IntervalTrigger(**{f"{match['unit']}s": int(match["number"])}, timezone=UTC)
    try:
        trigger = CronTrigger.from_crontab(rule, timezone=UTC)
    except ValueError as error:
        raise ConfigError(
            f"[schedules] {job} = {rule!r} is neither a crontab line of five fields nor an interval "
            f"such as '12 hours' ({error})."
        ) from None
    if trigger.get_next_fire_time(None, utc_now().replace(tzinfo=UTC)) is None:
        raise ConfigError(f"[schedules] {job} = {rule!r} names a day that never comes; write one that does.")
    return trigger
