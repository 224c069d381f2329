"""Checkout: an order is quoted, reserved, redeemed once, and its goods come back; whatever is lost is asked again."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from codes import promo_codes, promo_orders
from codes.order_returns import apply_parked
from codes.orders import Asked, Evaluated, Order, refuse_repeated
from codes.promises import look, promise
from codes.promo_orders import Kept, OrderSettled, OrderView, find, kept_of, locked, refuse_other, view, write
from core import metrics
from core.db import execute, fetch, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from programs import capacity, pledges
from programs.snapshot import Snapshot, current_snapshot
from referrals import settling
from referrals.activities import Evidence
from referrals.journal import Entry, JournalKind

TTL_SECONDS_MAX = 7 * 86_400
# The longest offline window that rules may have; a till that was away for longer is told by our clock.
_OFFLINE_MAX = timedelta(days=30)


class ReservationExpired(Conflict):
    slug = "reservation_expired"
    title = "The reservation has run out"


async def quote(order: Order, *, shop_id: UUID, customer: str | None) -> OrderView:
    """What the order would cost now, and why a code gives nothing; changes nothing."""
    async with transaction() as now:
        snapshot = await current_snapshot(age_seconds_max=0)
        asked = await _asked(order, uuid7(), snapshot, shop_id=shop_id, customer=customer, occurred_at=now, now=now)
        return view(order, await look(asked, snapshot), "quoted")


async def reserve(order: Order, *, shop_id: UUID, customer: str | None, ttl_seconds: int) -> OrderView:
    """Hold discount, bonus and limits for an order until it is redeemed, released, or its time is up.

    The same order again gets the same answer. Raises OrderRefused, OrderChanged, OrderSettled, ReservationExpired.
    """
    async with transaction() as now:
        row = await locked(shop_id, order.order_ref)
        if row is not None and row["state"] not in {"released", "expired"}:
            # What it holds is freed by the chore alone: here budgets would be locked before all the others.
            if _ran_out(row, now):
                raise ReservationExpired
            return promo_orders.again(row, order, customer, wanted={"held"})
        order_id = row["id"] if row is not None else uuid7()
        expires_at = now + timedelta(seconds=ttl_seconds)

        async def hold(evaluated: Evaluated, _snapshot: Snapshot) -> None:
            kept = _kept(evaluated, asked)
            await write(kept, order, evaluated, state="held", at=now, expires_at=expires_at)
            await pledges.hold(_round(order_id, now), evaluated.demands, order_id=order_id)

        snapshot = await current_snapshot(age_seconds_max=0)
        asked = await _asked(order, order_id, snapshot, shop_id=shop_id, customer=customer, occurred_at=now, now=now)
        evaluated = await promise(asked, snapshot, hold)
        metrics.orders.labels("held").inc()
        return view(order, evaluated, "held", expires_at=expires_at)


async def redeem(
    order: Order, *, shop_id: UUID, customer: str | None, occurred_at: datetime | None = None
) -> OrderView:
    """The fiscal moment: the discount is given, the agent's bonus is his. Captures a reservation, or does all at once.

    The same order again gets the same answer. Raises OrderRefused, OrderChanged, OrderSettled, ReservationExpired.
    """
    async with transaction() as now:
        row = await locked(shop_id, order.order_ref)
        if row is not None and row["state"] not in {"held", "released", "expired"}:
            return promo_orders.again(row, order, customer, wanted={"succeeded", "partially_returned", "returned"})
        snapshot = await current_snapshot(age_seconds_max=0)
        if row is not None and row["state"] == "held":
            refuse_other(row, order, customer)
            if _ran_out(row, now):
                raise ReservationExpired
            await _capture(row, snapshot, now=now)
        else:
            order_id = row["id"] if row is not None else uuid7()

            async def give(evaluated: Evaluated, snapshot: Snapshot) -> None:
                kept = _kept(evaluated, asked)
                await write(kept, order, evaluated, state="succeeded", at=now, redeemed_at=now)
                await pledges.owe_shop(order_id, evaluated.discounts, shop_id=shop_id)
                await _settle(kept, snapshot, now=now)

            happened_at = _believed(occurred_at, now)
            asked = await _asked(
                order, order_id, snapshot, shop_id=shop_id, customer=customer, occurred_at=happened_at, now=now
            )
            await promise(asked, snapshot, give)
        metrics.orders.labels("redeemed").inc()
        await apply_parked(shop_id, order.order_ref, snapshot, now=now)
        return await find(shop_id, order.order_ref)


async def release(shop_id: UUID, order_ref: str) -> OrderView:
    """Give up a reservation; what it held is free again. Raises OrderSettled, NotFound."""
    async with transaction():
        row = await locked(shop_id, order_ref)
        if row is None:
            raise NotFound
        if row["state"] == "held":
            await _let_go(row, "released")
        elif row["state"] not in {"released", "expired"}:
            raise OrderSettled(state=row["state"])
        return await find(shop_id, order_ref)


async def expire_overdue(limit: int = 200) -> int:
    """Free what reservations held beyond their time; returns how many ran out, 0 when none is left."""
    due = await fetch(
        "SELECT shop_id, order_ref FROM promo_order WHERE state = 'held' AND expires_at <= now() LIMIT $1", limit
    )
    for one in due:
        async with transaction() as now:
            row = await locked(one["shop_id"], one["order_ref"])
            if row is not None and _ran_out(row, now):
                await _let_go(row, "expired")
    return len(due)


def _ran_out(row: Any, now: datetime) -> bool:
    return bool(row["state"] == "held" and row["expires_at"] <= now)


def _believed(occurred_at: datetime | None, now: datetime) -> datetime:
    """When an order happened: a till that was offline says so, and is believed neither ahead nor far back."""
    if occurred_at is None or not now - _OFFLINE_MAX <= occurred_at < now:
        return now
    return occurred_at


async def _capture(row: Any, snapshot: Snapshot, *, now: datetime) -> None:
    """What was promised is given: it comes out of what was held for it, so nothing can be full any more."""
    kept = kept_of(row)
    await settling.standings_of([kept.facts.agent_id], kept.facts.program_id, snapshot, read=False)
    await execute("UPDATE promo_order SET state = 'succeeded', redeemed_at = $2 WHERE id = $1", row["id"], now)
    await pledges.free(_round(row["id"], row["created_at"]), kept.demands, order_id=row["id"])
    await pledges.owe_shop(row["id"], kept.discounts, shop_id=row["shop_id"])
    await _settle(kept, snapshot, now=now)


async def _settle(kept: Kept, snapshot: Snapshot, *, now: datetime) -> None:
    facts, order_id = kept.facts, kept.facts.activity_id
    shop = snapshot.shops.get(facts.shop_id) if facts.shop_id else None
    total_minor = sum(line.amount_minor or 0 for line in facts.lines)
    came = Entry(
        agent_id=facts.agent_id,
        kind=JournalKind.client_came,
        activity_id=order_id,
        facts={
            "shop": shop.name if shop else "",
            "amount_minor": total_minor,
            "asset": facts.lines[0].currency,
            "code": kept.code,
        },
    )
    evidence = Evidence(facts, cause=f"order:{order_id}", item_keys=(f"order:{order_id}",))
    await settling.settle(evidence, kept.decision, snapshot=snapshot, told=[came], now=now)


async def _let_go(row: Any, state: Literal["released", "expired"]) -> None:
    demands = kept_of(row).demands
    await execute("UPDATE promo_order SET state = $2 WHERE id = $1", row["id"], state)
    await pledges.free(_round(row["id"], row["created_at"]), demands, order_id=row["id"])
    await capacity.give_back(demands)
    metrics.orders.labels(state).inc()


def _round(order_id: UUID, at: datetime) -> UUID:
    """The key of one reservation of an order, which may be reserved again after it was let go."""
    return UUID(bytes=hashlib.sha256(f"{order_id}:{at.isoformat()}".encode()).digest()[:16])


async def _asked(
    order: Order,
    order_id: UUID,
    snapshot: Snapshot,
    *,
    shop_id: UUID,
    customer: str | None,
    occurred_at: datetime,
    now: datetime,
) -> Asked:
    """The order with its products and codes looked up; LineRefsRepeated, NotFound."""
    refuse_repeated(order)
    shop = snapshot.shops.get(shop_id)
    if shop is None:
        raise NotFound
    wanted = list({line.sku for line in order.lines})
    rows = await fetch(
        """SELECT sku AS said, id FROM product WHERE program_id = $1 AND sku = ANY($2)
           UNION ALL SELECT asked, product_id FROM unnest($2::text[]) AS asked
           JOIN product_gtin ON program_id = $1 AND gtin = lpad(asked, 14, '0') AND length(asked) <= 14""",
        shop.program_id,
        wanted,
    )
    return Asked(
        order=order,
        id=order_id,
        shop_id=shop_id,
        program_id=shop.program_id,
        products={row["said"]: row["id"] for row in reversed(rows)},
        codes=await promo_codes.found(list(dict.fromkeys(order.codes))),
        customer_key=customer,
        occurred_at=occurred_at,
        now=now,
        currency=snapshot.programs[shop.program_id].currency,
        region=shop.region,
    )


def _kept(evaluated: Evaluated, asked: Asked) -> Kept:
    if evaluated.facts is None:
        raise ValueError("nothing is given for this order")
    code = next(one.text for one in asked.codes.values() if one.id == evaluated.promo_code_id)
    return Kept(evaluated.facts, evaluated.decision.awards, evaluated.discounts, evaluated.demands, code)
