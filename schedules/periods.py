"""Windows of time by name: `2026-10` is that calendar month; every window is [since, until)."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from storage.errors import InputError

_MONTH = re.compile(r"^(19|20|21)\d{2}-(0[1-9]|1[0-2])$")
# A name is a folder and a word in SQL and on pages.
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")


@dataclass(frozen=True, slots=True)
class Period:
    """A named window of publication dates: `since` is inside, `until` is not."""

    name: str
    since: date
    until: date


def month(name: str) -> Period:
    """Return the calendar month of this name.

    >>> month("2026-02")
    Period(name='2026-02', since=datetime.date(2026, 2, 1), until=datetime.date(2026, 3, 1))
    """
    since = date.fromisoformat(f"{name}-01")
    return Period(name, since, next_month(since))


def next_month(day: date) -> date:
    """Return the first day of the month after this day's."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def parse_period(name: str | None, since: date | None, until: date | None, default: Period, today: date) -> Period:
    """Return the window a user means by a name, by dates, by both, or by neither. It must be over."""
    if name and not _NAME.match(name):
        raise InputError(f"snapshot name {name!r} is not usable: letters, digits, '.', '_' and '-', at most 64.")
    named = month(name) if name and _MONTH.match(name) else None
    if name and not named and not (since and until):
        raise InputError(f"snapshot {name!r} is not a month (YYYY-MM), so it needs --since and --until.")
    fallback = named or default
    first, last = since or fallback.since, until or fallback.until
    if first >= last:
        raise InputError(f"the window from {first} until {last} is empty: --until must be later than --since.")
    if last > today:
        raise InputError(f"the window ends before {last}, which is after today, {today}; wait until it is over.")
    return Period(name or _name_of(first, last), first, last)


def default_period(covered_until: date | None, fresh_from: date | None, today: date) -> Period:
    """Return the window that is due, to the last whole month: from what is covered, or from the models' cutoffs.

    A text is new to a model only after the day `fresh_from`.
    """
    until = today.replace(day=1)
    last_month = (until - timedelta(days=1)).replace(day=1)
    since = covered_until or (fresh_from + timedelta(days=1) if fresh_from else last_month)
    return period_of(since, until) if since < until else month(f"{last_month:%Y-%m}")


def period_of(since: date, until: date) -> Period:
    """Return a window under the name it has by itself: its month, or its two days."""
    return Period(_name_of(since, until), since, until)


def _name_of(since: date, until: date) -> str:
    is_month = since.day == 1 and until == next_month(since)
    return f"{since:%Y-%m}" if is_month else f"{since}_{until}"
