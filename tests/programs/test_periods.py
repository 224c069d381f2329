from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.periods import CalendarPeriod, LastDays, Period, period_key

days = st.dates(date(2000, 1, 10), date(2100, 12, 1))
calendar = st.sampled_from([Period.DAY, Period.WEEK, Period.MONTH, Period.QUARTER, Period.YEAR])


@given(days, calendar)
def test_a_period_holds_exactly_the_days_that_share_its_name(day: date, period: Period) -> None:
    stretch = CalendarPeriod(period).around(day)

    assert stretch is not None
    named = [
        ordinal
        for ordinal in range(day.toordinal() - 400, day.toordinal() + 400)
        if period_key(period, date.fromordinal(ordinal)) == period_key(period, day)
    ]
    assert (stretch.first, stretch.last) == (named[0], named[-1])


@pytest.mark.parametrize(
    ("period", "key"),
    [
        (Period.DAY, "2027-01-01"),
        (Period.WEEK, "2026-W53"),
        (Period.MONTH, "2027-01"),
        (Period.QUARTER, "2027-Q1"),
        (Period.YEAR, "2027"),
        (Period.ALL, "all"),
    ],
)
def test_a_period_has_a_name(period: Period, key: str) -> None:
    assert period_key(period, date(2027, 1, 1)) == key


def test_the_last_days_end_today() -> None:
    today = date(2026, 11, 22)

    stretch = LastDays(30).around(today)

    assert stretch == ((today - timedelta(days=29)).toordinal(), today.toordinal())


def test_for_ever_has_no_bounds() -> None:
    assert CalendarPeriod(Period.ALL).around(date(2026, 11, 22)) is None
