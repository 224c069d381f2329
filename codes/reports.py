"""Reports: what purchases brought a program and what it gave for them, by product, shop, day or campaign."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from codes import report_statements as statements
from core.db import fetch, fetch_value
from core.refusals import Unprocessable
from core.whole_tables import SECONDS_MAX, reading
from programs.snapshot import Program

DAYS_MAX: Final = 366
_UNASKED: Final = timedelta(days=29)
# Beyond them a time zone or a day more leads out of the calendar.
_EARLIEST, _LATEST = date(1970, 1, 1), date(2999, 12, 31)
# However many ask for reports, the others find connections.
_turns = asyncio.Semaphore(2)


class By(StrEnum):
    """What a report has a row for."""

    PRODUCT = "product"
    SHOP = "shop"
    DAY = "day"
    CAMPAIGN = "campaign"


class DaysWrong(Unprocessable):
    slug = "days_wrong"
    title = "The last day comes before the first, there are more than 366 of them, or they lie outside of 1970-2999"


class Days(msgspec.Struct, frozen=True):
    """Days of a program's calendar, both ends included."""

    first: date
    last: date

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The moments between which they lie; DaysWrong."""
        if not timedelta() <= self.last - self.first < timedelta(days=DAYS_MAX):
            raise DaysWrong(days_max=DAYS_MAX)
        after = self.last + timedelta(days=1)
        return datetime.combine(self.first, time(), tzinfo=zone), datetime.combine(after, time(), tzinfo=zone)


async def days_between(program: Program, first: date | None, last: date | None) -> Days:
    """The days that somebody asks for; what he leaves open ends today, or makes them thirty. DaysWrong."""
    if last is None:
        last = (await fetch_value("SELECT now()")).astimezone(program.zone).date()
    if not _EARLIEST <= (first or last) <= last <= _LATEST:
        raise DaysWrong(days_max=DAYS_MAX)
    return Days(first or last - _UNASKED, last)


class Figures(msgspec.Struct, frozen=True):
    """What some purchases came to: without the goods that came back, and without what was taken back of the bonus.

    `key` is the id of a product, shop or campaign, or the day; null stands for what has none. Where fewer participants
    are behind it than may be told, `participants` and `bonus` are null.
    """

    key: str | None
    purchases: int
    goods_minor: int
    discount_minor: int
    participants: int | None
    bonus: dict[str, int] | None


class Report(msgspec.Struct, frozen=True):
    """The rows and their whole; a purchase of several products counts in the row of each and in the whole once."""

    by: By
    first: date
    last: date
    currency: str
    rows: list[Figures]
    whole: Figures


async def report(
    program: Program, days: Days, *, by: By, campaign_id: UUID | None = None, participants_min: int
) -> Report:
    """The figures of these days, of one campaign or of all; DaysWrong."""
    wanted = program.id, *days.bounds(program.zone), campaign_id
    async with _turns, reading():
        figures, paid = await _read(wanted, program, by)
    earned: dict[str | None, dict[str, int]] = {}
    whole_bonus: dict[str, int] = {}
    for row in paid:
        earned.setdefault(_told(row["key"]), {})[row["asset"]] = row["bonus_minor"]
        whole_bonus[row["asset"]] = whole_bonus.get(row["asset"], 0) + row["bonus_minor"]
    [whole] = [_figures(row, whole_bonus) for row in figures if row["is_whole"]]
    rows = [_figures(row, earned.get(_told(row["key"]), {})) for row in figures if not row["is_whole"]]
    rows, whole = veiled(rows, whole, participants_min, keeps_bonus=by is By.CAMPAIGN)
    return Report(by, days.first, days.last, program.currency, _ordered(rows, by), whole)


async def _read(wanted: tuple[Any, ...], program: Program, by: By) -> tuple[list[Any], list[Any]]:
    """The rows with their whole, and the bonuses of each."""
    if by is By.PRODUCT:
        rows = await fetch(statements.products(), *wanted, seconds_max=SECONDS_MAX)
        return [row for row in rows if row["asset"] is None], [row for row in rows if row["asset"] is not None]
    wanted = (*wanted, program.time_zone) if by is By.DAY else wanted
    bonus = statements.bonus(by, of_own_campaign=by is By.CAMPAIGN)
    return (
        await fetch(statements.figures(by), *wanted, seconds_max=SECONDS_MAX),
        await fetch(bonus, *wanted, seconds_max=SECONDS_MAX),
    )


def veiled(
    rows: Sequence[Figures], whole: Figures, participants_min: int, *, keeps_bonus: bool
) -> tuple[list[Figures], Figures]:
    """Rows and whole without the participants and the bonus of those that would single somebody out. Pure.

    A whole that is told leaves two hidden rows at least, so that neither is what it is more than the others. What a
    campaign has paid in all its budget tells anyway: where rows are campaigns they keep their bonus.
    """
    counted = sorted(rows, key=lambda row: row.participants or 0)
    few = [row for row in counted if _is_few(row, participants_min)]
    least = 1 if keeps_bonus or _is_few(whole, participants_min) else 2
    hidden = {row.key for row in counted[: max(len(few), least)]} if few else set()
    veil = _without_participants if keeps_bonus else _without_both
    return (
        [veil(row) if row.key in hidden else row for row in rows],
        veil(whole) if _is_few(whole, participants_min) else whole,
    )


def _is_few(row: Figures, participants_min: int) -> bool:
    return (row.participants or 0) < participants_min and row.purchases > 0


def _without_participants(row: Figures) -> Figures:
    return msgspec.structs.replace(row, participants=None)


def _without_both(row: Figures) -> Figures:
    return msgspec.structs.replace(row, participants=None, bonus=None)


def _figures(row: Any, bonus: dict[str, int]) -> Figures:
    return Figures(
        _told(row["key"]), row["purchases"], row["goods_minor"], row["discount_minor"], row["participants"], bonus
    )


def _ordered(rows: Iterable[Figures], by: By) -> list[Figures]:
    """Days as they went by, everything else by what it brought."""
    if by is By.DAY:
        return sorted(rows, key=lambda row: row.key or "")
    return sorted(rows, key=lambda row: (-row.goods_minor, -row.purchases, row.key or ""))


def _told(key: UUID | date | None) -> str | None:
    return None if key is None else str(key)
