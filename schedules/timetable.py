"""Which job is due when: crontab lines and intervals, in UTC, checked before anything starts."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from config import SchedulesSettings
from storage.errors import ConfigError

# In the order in which they feed each other; the service runs one at a time.
JOBS = ("refresh", "score", "report")

_INTERVAL = re.compile(r"^(?P<number>[1-9]\d*) (?P<unit>minute|hour|day|week)s?$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timetable."""

    job: str
    rule: str
    trigger: BaseTrigger


def read_timetable(settings: SchedulesSettings) -> list[Entry]:
    """Return every job that has a rule, or say which rule is wrong."""
    rules = [(job, getattr(settings, job)) for job in JOBS]
    return [Entry(job, rule, _trigger(job, rule)) for job, rule in rules if rule]


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
        return CronTrigger.from_crontab(rule, timezone=UTC)
    except ValueError as error:
        raise ConfigError(
            f"[schedules] {job} = {rule!r} is neither a crontab line of five fields nor an interval "
            f"such as '12 hours' ({error})."
        ) from None
