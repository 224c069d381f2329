"""Unprinted: what becomes of print orders that nobody prints, canceled by hand or lapsed after half a year."""

import contextlib
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from codes import batches
from codes.print_orders import PrintOrder, PrintOrderState, find, hold
from codes.transitions import SUSPENDED, paint
from core import audit
from core.db import execute, fetch, transaction

# Codes that went out half a year ago and were not printed lie about somewhere: nobody shall be paid for them.
MONTHS: Final = 6
WHO: Final = "print_orders"


async def cancel(order_id: UUID, *, reason: str, by: str) -> PrintOrder:
    """Give an order up: what has not left is free for another one, what has left is suspended. PrintOrderState."""
    async with transaction() as now:
        order = await hold(order_id, "open", "exported")
        await _end(order, "canceled", reason=reason, by=by, now=now)
        return await find(order_id)


async def lapse_overdue() -> None:
    """Suspend what was exported half a year ago and not printed since."""
    for order_id in await _overdue():
        # Whoever has reported or canceled it in this moment was in time.
        with contextlib.suppress(PrintOrderState):
            await _lapse(order_id)


async def _overdue() -> list[UUID]:
    rows = await fetch(
        """SELECT id FROM print_order
           WHERE state = 'exported' AND exported_at < now() - make_interval(months => $1) ORDER BY exported_at""",
        MONTHS,
    )
    return [row["id"] for row in rows]


async def _lapse(order_id: UUID) -> None:
    async with transaction() as now:
        order = await hold(order_id, "exported")
        reason = f"exported and not printed within {MONTHS} months"
        await _end(order, "lapsed", reason=reason, by=WHO, now=now)


async def _end(order: PrintOrder, state: Literal["canceled", "lapsed"], *, reason: str, by: str, now: datetime) -> None:
    """End an order unprinted; what has left of it and is still only paper is suspended."""
    suspended = await _suspend(order, reason=f"print order {state}", by=by, now=now) if order.exported_at else 0
    await execute(
        "UPDATE print_order SET state = $2, reason = $3, closed_at = $4 WHERE id = $1", order.id, state, reason, now
    )
    await audit.record(
        by,
        f"print_order.{state}",
        print_order_id=order.id,
        batch_id=order.batch_id,
        reason=reason,
        suspended=suspended,
    )


async def _suspend(order: PrintOrder, *, reason: str, by: str, now: datetime) -> int:
    """Suspend what is on its way to paper, and not what has gone on since; returns how many indexes that are."""
    batch = await batches.find(order.batch_id)
    suspended = await paint(
        batch,
        first=order.first,
        stop=order.stop,
        state=SUSPENDED,
        reason=reason,
        by=by,
        now=now,
        among={"exported"},
    )
    return sum(one.stop - one.first for one in suspended)
