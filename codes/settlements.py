"""Settlements: what a month has done to what the maker owes a shop, closed once and the same ever after."""

import re
from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from codes import settlement_entries
from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from programs.installation import find_program, programs
from programs.shops import find_shop
from programs.snapshot import Program, Shop
from wallets import accounts

# Whoever began before midnight has ended long before this.
QUIET: Final = timedelta(minutes=10)
_PAGE: Final = 1_000
_A_MONTH: Final = timedelta(days=31)

Month = Annotated[str, Meta(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])(?![\\s\\S])", description="A month: 2026-11.")]
LineKind = Literal["sale", "return", "correction", "payment", "dispute"]


class MonthNotOver(Conflict):
    """Facts: `closes_at`, from when on the month may be closed."""

    slug = "month_not_over"
    title = "The month is not over"


class NothingToSettle(Conflict):
    slug = "nothing_to_settle"
    title = "Nothing of this shop waits for a statement of that month"


class Settlement(msgspec.Struct, frozen=True):
    """A shop's statement of a month, in minor units of `asset`.

    `closing_minor`, what the maker owes the shop at its end, is `opening_minor` and the four movements after it.
    """

    id: UUID
    program_id: UUID
    shop_id: UUID
    month: str
    starts_at: datetime
    ends_at: datetime
    asset: str
    lines: int
    goods_minor: int
    discount_minor: int
    shop_minor: int
    opening_minor: int
    sold_minor: int
    returned_minor: int
    corrected_minor: int
    paid_minor: int
    closing_minor: int
    closed_at: datetime


class SettlementLine(msgspec.Struct, frozen=True):
    """A line of a statement: `owed_minor` is what it adds to what the maker owes the shop, below zero what it takes."""

    place: int
    kind: LineKind
    ref: str
    told: str
    at: datetime
    goods_minor: int
    discount_minor: int
    shop_minor: int
    owed_minor: int


_VIEW: Final = f"SELECT {', '.join(Settlement.__struct_fields__)} FROM settlement "  # noqa: S608 - our own names.
_LINES: Final = f"SELECT {', '.join(SettlementLine.__struct_fields__)} FROM settlement_line "  # noqa: S608 - ours.


async def close(shop_id: UUID, month: Month, *, by: str) -> Settlement:
    """Close a month of a shop, and those before it that wait; a month that is closed stays as it is.

    Raises MonthNotOver, NothingToSettle, NotFound.
    """
    wanted = _day(month)
    async with transaction() as now:
        shop = await find_shop(shop_id)
        program = await find_program(shop.program_id)
        await lock_shop(shop_id)
        _, ends_at = bounds(wanted, program)
        if now < ends_at + QUIET:
            raise MonthNotOver(closes_at=ends_at + QUIET)
        await _catch_up(shop, program, until=ends_at, by=by, now=now)
        found = await _of_month(shop_id, wanted)
        if found is None:
            raise NothingToSettle
        return found


async def close_due() -> None:
    """Close the months that are over for every shop of which something waits; a chore."""
    for program in await programs():
        now: datetime = await fetch_value("SELECT now()")
        month = now.astimezone(program.zone).date().replace(day=1)
        until, _ = bounds(month, program)
        if now < until + QUIET:
            continue
        shop_ids = [row["id"] for row in await fetch("SELECT id FROM shop WHERE program_id = $1", program.id)]
        for shop_id in await _open_months(shop_ids, program, until=until):
            async with transaction() as now:
                await lock_shop(shop_id)
                await _catch_up(await find_shop(shop_id), program, until=until, by="schedule", now=now)


async def find(settlement_id: UUID) -> Settlement:
    """A statement by its id."""
    row = await fetch_row(_VIEW + "WHERE id = $1", settlement_id)
    if row is None:
        raise NotFound
    return _settlement(row)


async def page(
    *,
    program_id: UUID | None = None,
    shop_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 100,
) -> list[Settlement]:
    """Statements, the latest first, of a program or a shop where one is named."""
    rows = await fetch(
        _VIEW
        + """WHERE ($1::uuid IS NULL OR program_id = $1) AND ($2::uuid IS NULL OR shop_id = $2)
             AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4""",
        program_id,
        shop_id,
        before,
        limit,
    )
    return [_settlement(row) for row in rows]


async def lines(settlement_id: UUID, *, after: int = 0, limit: int = _PAGE) -> list[SettlementLine]:
    """A page of a statement's lines in their order."""
    rows = await fetch(
        _LINES + "WHERE settlement_id = $1 AND place > $2 ORDER BY place LIMIT $3", settlement_id, after, limit
    )
    return [SettlementLine(*row.values()) for row in rows]


async def every_line(settlement_id: UUID) -> AsyncIterator[list[SettlementLine]]:
    """All lines, some at a time."""
    after = 0
    while some := await lines(settlement_id, after=after):
        yield some
        after = some[-1].place


async def lock_shop(shop_id: UUID) -> None:
    """Let nobody else settle anything of this shop until the caller's transaction ends."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 4))", str(shop_id))


def bounds(first: date, program: Program) -> tuple[datetime, datetime]:
    """Where a month begins and ends by the program's calendar."""
    after = (first + _A_MONTH).replace(day=1)
    return datetime.combine(first, time(), tzinfo=program.zone), datetime.combine(after, time(), tzinfo=program.zone)


async def _close(shop: Shop, program: Program, month: date, *, by: str, now: datetime) -> None:
    settlement_id, account = uuid7(), accounts.shop(shop.id, program.currency)
    starts_at, ends_at = bounds(month, program)
    before = await fetch_row(
        "SELECT starts_at, closing_minor FROM settlement WHERE shop_id = $1 ORDER BY month DESC LIMIT 1", shop.id
    )
    # Whoever came after an earlier month was closed, and still belongs to it, stands in this one.
    since = before["starts_at"] if before else datetime(2000, 1, 1, tzinfo=program.zone)
    await settlement_entries.write(settlement_id, shop_id=shop.id, account_id=account.id, since=since, until=ends_at)
    await execute(
        _TOTALS,
        settlement_id,
        program.id,
        shop.id,
        month,
        starts_at,
        ends_at,
        program.currency,
        before["closing_minor"] if before else 0,
        now,
        by,
    )
    await audit.record(by, "settlement.close", settlement_id=settlement_id, shop_id=shop.id, month=month)


async def _of_month(shop_id: UUID, month: date) -> Settlement | None:
    row = await fetch_row(_VIEW + "WHERE shop_id = $1 AND month = $2", shop_id, month)
    return None if row is None else _settlement(row)


async def _catch_up(shop: Shop, program: Program, *, until: datetime, by: str, now: datetime) -> None:
    """Close every month that waits, the earliest first; joins the caller's transaction."""
    # A large shop's month takes as long as it takes; nobody waits for it but other closings of the same shop.
    await execute("SET LOCAL statement_timeout = '10min'")
    while month := (await _open_months([shop.id], program, until=until)).get(shop.id):
        await _close(shop, program, month, by=by, now=now)


async def _open_months(shop_ids: Sequence[UUID], program: Program, *, until: datetime) -> dict[UUID, date]:
    """By shop the first month behind its last statement in which something came to pass, where there is one."""
    rows = await fetch(
        _FIRST_OPEN, shop_ids, [accounts.shop(shop_id, program.currency).id for shop_id in shop_ids], until
    )
    return {row["shop_id"]: row["at"].astimezone(program.zone).date().replace(day=1) for row in rows}


def _day(month: str) -> date:
    if not re.fullmatch(r"20\d\d-\d\d", month):
        raise ValueError(month)
    return date.fromisoformat(f"{month}-01")


def _settlement(row: Any) -> Settlement:
    return Settlement(**dict(row) | {"month": f"{row['month']:%Y-%m}"})


_TOTALS: Final = """
INSERT INTO settlement (id, program_id, shop_id, month, starts_at, ends_at, asset, lines, goods_minor, discount_minor,
                        shop_minor, opening_minor, sold_minor, returned_minor, corrected_minor, paid_minor,
                        closing_minor, closed_at, closed_by)
SELECT $1, $2, $3, $4, $5, $6, $7, count(*), coalesce(sum(goods_minor), 0),
       coalesce(sum(discount_minor) FILTER (WHERE kind IN ('sale', 'return')), 0),
       coalesce(sum(shop_minor) FILTER (WHERE kind IN ('sale', 'return')), 0), $8::bigint,
       coalesce(sum(owed_minor) FILTER (WHERE kind = 'sale'), 0),
       coalesce(sum(owed_minor) FILTER (WHERE kind = 'return'), 0),
       coalesce(sum(owed_minor) FILTER (WHERE kind = 'correction'), 0),
       coalesce(sum(owed_minor) FILTER (WHERE kind = 'payment'), 0), $8::bigint + coalesce(sum(owed_minor), 0), $9, $10
FROM settlement_line WHERE settlement_id = $1
"""

_FIRST_OPEN: Final = """
SELECT shop_id, at FROM unnest($1::uuid[], $2::uuid[]) AS asked (shop_id, account_id)
CROSS JOIN LATERAL (
    SELECT coalesce(max(ends_at), '2000-01-01') AS since FROM settlement s WHERE s.shop_id = asked.shop_id) last
CROSS JOIN LATERAL (SELECT least(
    (SELECT min(redeemed_at) FROM promo_order o WHERE o.shop_id = asked.shop_id AND redeemed_at >= since
     AND redeemed_at < $3),
    (SELECT min(applied_at) FROM promo_return r WHERE r.shop_id = asked.shop_id AND applied_at >= since
     AND applied_at < $3),
    (SELECT min(created_at) FROM transfer WHERE credit_account_id = account_id AND created_at >= since
     AND created_at < $3 AND kind IN ('discount', 'cover', 'raise_shop', 'unpay_shop')),
    (SELECT min(created_at) FROM transfer WHERE debit_account_id = account_id AND created_at >= since
     AND created_at < $3 AND kind IN ('undiscount', 'uncover', 'lower_shop', 'pay_shop'))) AS at) first
WHERE at IS NOT NULL
"""
