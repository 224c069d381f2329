"""Shifts: from when to when a cashier answers for what is entered at a till, and who takes it over from him."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core import audit
from core.db import fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict
from programs.staff import StaffHolder


class ShiftNeeded(Conflict):
    slug = "shift_needed"
    title = "There is no open shift of this person"


class Shift(msgspec.Struct, frozen=True):
    """A shift that is going on."""

    id: UUID
    shop_id: UUID
    opened_at: datetime


class Sums(msgspec.Struct, frozen=True):
    """What a shift has come to: sales that stand, what customers paid for them and were let off, sales undone."""

    sales: int
    undone: int
    final_minor: int
    discount_minor: int


async def current(staff_id: UUID) -> Shift | None:
    """The open shift of a cashier, if he has one."""
    return _shift(await fetch_row(_OPEN, staff_id))


async def held(staff_id: UUID) -> Shift:
    """The same, open until the caller's transaction ends; ShiftNeeded."""
    shift = _shift(await fetch_row(f"{_OPEN} FOR SHARE", staff_id))
    if shift is None:
        raise ShiftNeeded
    return shift


async def open_shift(cashier: StaffHolder) -> None:
    """Begin a cashier's shift in his shop; one that is open already goes on."""
    async with transaction():
        await _begin(cashier)


async def close(cashier: StaffHolder) -> None:
    """End a cashier's shift; what he entered in it is undone at this page no more."""
    async with transaction():
        await _end(cashier, next_id=None)


async def close_for(staff_id: UUID, *, by: str) -> None:
    """End the shift of a cashier who forgot to, or does not come back; ShiftNeeded where he has none open."""
    async with transaction():
        row = await fetch_row(
            "UPDATE till_shift SET closed_at = now() WHERE staff_id = $1 AND closed_at IS NULL RETURNING id", staff_id
        )
        if row is None:
            raise ShiftNeeded
        await audit.record(by, "shift.close", shift_id=row["id"], staff_id=staff_id)


async def hand_over(cashier: StaffHolder, *, to: StaffHolder) -> None:
    """End a cashier's shift and begin that of the colleague who takes over, or go on with it. ShiftNeeded."""
    async with transaction():
        # Locked before anything is looked at: of two who take over at once the second finds no shift.
        if await fetch_row(f"{_OPEN} FOR UPDATE", cashier.id) is None:
            raise ShiftNeeded
        await _end(cashier, next_id=await _begin(to))


async def sums(shift_id: UUID) -> Sums:
    """What a shift has come to so far."""
    row = await fetch_row(
        """SELECT count(*) FILTER (WHERE undone_at IS NULL) AS sales, count(undone_at) AS undone,
                  coalesce(sum((priced->>'final_minor')::bigint) FILTER (WHERE undone_at IS NULL), 0)::bigint AS final,
                  coalesce(sum((priced->>'discount_minor')::bigint) FILTER (WHERE undone_at IS NULL), 0)::bigint AS off
           FROM till_sale s JOIN promo_order o ON o.shop_id = s.shop_id AND o.order_ref = s.order_ref
           WHERE s.shift_id = $1""",
        shift_id,
    )
    return Sums(*row.values()) if row else Sums(0, 0, 0, 0)


_OPEN = "SELECT id, shop_id, opened_at FROM till_shift WHERE staff_id = $1 AND closed_at IS NULL"


async def _begin(cashier: StaffHolder) -> UUID:
    row = await fetch_row(
        """INSERT INTO till_shift (id, shop_id, staff_id) VALUES ($1, $2, $3)
           ON CONFLICT (staff_id) WHERE closed_at IS NULL DO NOTHING RETURNING id""",
        uuid7(),
        cashier.shop_id,
        cashier.id,
    )
    if row is None:
        going_on = await current(cashier.id)
        if going_on is None:
            raise ShiftNeeded
        return going_on.id
    await audit.record(cashier.who, "shift.open", shift_id=row["id"], shop_id=cashier.shop_id)
    shift_id: UUID = row["id"]
    return shift_id


async def _end(cashier: StaffHolder, *, next_id: UUID | None) -> None:
    row = await fetch_row(
        """UPDATE till_shift SET closed_at = now(), next_id = $2
           WHERE staff_id = $1 AND closed_at IS NULL AND id IS DISTINCT FROM $2 RETURNING id""",
        cashier.id,
        next_id,
    )
    if row is not None:
        await audit.record(cashier.who, "shift.close", shift_id=row["id"], next_id=next_id)


def _shift(row: Any) -> Shift | None:
    return Shift(*row.values()) if row is not None else None
