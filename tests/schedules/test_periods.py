from datetime import date

import pytest

from schedules.periods import Period, default_period, month, parse_period
from storage.errors import InputError

TODAY = date(2026, 11, 20)
DEFAULT = Period("2026-09", date(2026, 9, 1), date(2026, 10, 1))


def test_a_month_is_half_open_and_knows_leap_years() -> None:
    assert month("2024-02") == Period("2024-02", date(2024, 2, 1), date(2024, 3, 1))
    assert month("2026-12") == Period("2026-12", date(2026, 12, 1), date(2027, 1, 1))


def test_a_name_of_a_month_needs_no_dates() -> None:
    assert parse_period("2026-10", None, None, DEFAULT, TODAY) == month("2026-10")


def test_dates_of_a_whole_month_are_called_by_its_name() -> None:
    assert parse_period(None, date(2026, 10, 1), date(2026, 11, 1), DEFAULT, TODAY) == month("2026-10")
    assert parse_period(None, date(2026, 10, 1), date(2026, 10, 8), DEFAULT, TODAY).name == "2026-10-01_2026-10-08"


def test_dates_win_over_the_month_of_the_name() -> None:
    assert parse_period("2026-10", date(2000, 1, 1), date(2026, 11, 1), DEFAULT, TODAY).since == date(2000, 1, 1)


def test_neither_name_nor_dates_mean_what_is_due() -> None:
    assert parse_period(None, None, None, DEFAULT, TODAY) == DEFAULT


@pytest.mark.parametrize(
    ("name", "since", "until", "why"),
    [
        ("october", None, None, "is not a month"),
        ("2026-13", None, None, "is not a month"),
        ("0000-01", None, None, "is not a month"),
        ("9999-12", None, None, "is not a month"),
        ("../x", date(2026, 1, 1), date(2026, 2, 1), "is not usable"),
        (None, date(2026, 2, 1), date(2026, 2, 1), "is empty"),
    ],
)
def test_what_is_no_window_is_refused(name: str | None, since: date | None, until: date | None, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse_period(name, since, until, DEFAULT, TODAY)


def test_what_is_due_runs_from_the_watermark_to_the_last_whole_month() -> None:
    assert default_period(date(2026, 8, 1), None, date(2026, 11, 20)).since == date(2026, 8, 1)
    assert default_period(date(2026, 8, 1), None, date(2026, 11, 20)).until == date(2026, 11, 1)


def test_the_first_window_begins_after_the_day_on_which_the_models_cutoffs_end() -> None:
    assert default_period(None, date(2026, 5, 30), date(2026, 11, 20)).since == date(2026, 5, 31)


def test_a_window_that_is_not_over_is_refused() -> None:
    with pytest.raises(InputError, match="ends before 2026-12-01, which is after today, 2026-11-20"):
        parse_period("2026-11", None, None, DEFAULT, TODAY)
    assert parse_period(None, date(2026, 11, 1), date(2026, 11, 20), DEFAULT, TODAY).until == TODAY


def test_without_watermark_and_models_the_last_month_is_due() -> None:
    assert default_period(None, None, date(2026, 1, 5)) == month("2025-12")


def test_a_window_that_is_covered_already_stays_the_last_month() -> None:
    assert default_period(date(2026, 11, 1), None, date(2026, 11, 20)) == month("2026-10")
