"""Stretches of time in a program's own calendar: the last so many days, a calendar period, for ever."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec

from programs.standing import Days


class Period(StrEnum):
    """A stretch that ends with the calendar and starts anew."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


class LastDays(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="over", tag="last_days"):
    """The day itself and those before it."""

    days: Annotated[int, msgspec.Meta(ge=1, le=3660)]

    def around(self, day: date) -> Days | None:
        return Days(day.toordinal() - self.days + 1, day.toordinal())


class CalendarPeriod(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="over", tag="calendar"):
    """The whole calendar period that the day belongs to."""

    period: Period

    def around(self, day: date) -> Days | None:
        if self.period is Period.ALL:
            return None
        first = first_day(self.period, day)
        return Days(first.toordinal(), _first_day_after(self.period, first).toordinal() - 1)


Window = LastDays | CalendarPeriod
FOR_EVER = CalendarPeriod(Period.ALL)


def days_around(window: Window, moment: datetime, zone: ZoneInfo) -> Days | None:
    """The days of a window around a moment by a calendar's own clock; None for all of them."""
    return None if window == FOR_EVER else window.around(moment.astimezone(zone).date())


def period_key(period: Period, day: date) -> str:
    """The name of the period that a day belongs to: 2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026, all."""
    match period:
        case Period.DAY:
            return day.isoformat()
        case Period.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case Period.MONTH:
            return f"{day.year}-{day.month:02}"
        case Period.QUARTER:
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case Period.YEAR:
            return str(day.year)
        case Period.ALL:
            return "all"


def first_day(period: Period, day: date) -> date:
    """The day on which the period of this day began; weeks begin on Monday."""
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)
        case Period.ALL:
            return date.min


def _first_day_after(period: Period, first: date) -> date:
    # No period is longer than 366 days and none but the day shorter than 7: one step lands inside the next.
    steps = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31, Period.QUARTER: 92, Period.YEAR: 366}
    return first_day(period, first + timedelta(days=steps[period]))
