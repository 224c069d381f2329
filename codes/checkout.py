"""Checkout: an order is quoted, reserved, redeemed once, and its goods come back; whatever is lost is asked again."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from msgspec import UNSET

from codes import promo_codes, promo_orders
from codes.belonging import settle_belonging
from codes.order_returns import apply_parked
from codes.orders import Asked, Evaluated, Order, refuse_repeated
from codes.promises import Bear, Exhausted, look, promise, promise_beyond, until_seated
from codes.promo_orders import (
    Kept,
    OrderSettled,
    OrderView,
    find,
    kept_of,
    locked,
    locked_with_returns,
    refuse_other,
    view,
    writing,
)
from codes.sale_news import sale_news
from core import bundle, metrics
from core.bundle import Write
from core.db import execute, fetch, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from programs import capacity, pledges
from programs.decision import Demand
from programs.snapshot import Snapshot, current_snapshot, snapshot_of
from referrals import known_customers, settling
from referrals.activities import Evidence
from referrals.buyers import Buyer
from referrals.item_keys import of_order
from wallets.ledger import Transfer

TTL_SECONDS_MAX = 7 * 86_400
# The longest offline window that rules may have; a till that was away for longer is told by our clock.
_OFFLINE_MAX = timedelta(days=30)


class ReservationExpired(Conflict):
    slug = "reservation_expired"
    title = "The reservation has run out"


async def quote(order: Order, *, shop_id: UUID, customer: Buyer | None) -> OrderView:
    """What the order would cost now, and why a code gives nothing; changes nothing."""
    asked, snapshot = await _asked(order, uuid7(), shop_id=shop_id, customer=customer)
    return view(order, await look(asked, snapshot), "quoted")


async def reserve(order: Order, *, shop_id: UUID, customer: Buyer | None, ttl_seconds: int) -> OrderView:
    """Hold discount, bonus and limits for an order until it is redeemed, released, or its time is up.

    The same order again gets the same answer. Raises OrderRefused, OrderChanged, OrderSettled, ReservationExpired.
    """

    async def attempt(exhausted: Exhausted) -> OrderView:
        return await _reserve(order, exhausted, shop_id=shop_id, customer=customer, ttl_seconds=ttl_seconds)

    return await until_seated(attempt)


async def _reserve(
    order: Order, exhausted: Exhausted, *, shop_id: UUID, customer: Buyer | None, ttl_seconds: int
) -> OrderView:
    async with transaction() as now:
        row = await locked(shop_id, order.order_ref)
        if row is not None and row["state"] not in {"released", "expired"}:
            # What it holds is freed by the chore alone: here budgets would be locked before all the others.
            if _ran_out(row, now):
                raise ReservationExpired
            return await promo_orders.again(row, order, customer, wanted={"held"})
        order_id = row["id"] if row is not None else uuid7()
        expires_at = now + timedelta(seconds=ttl_seconds)

        async def hold(evaluated: Evaluated, _snapshot: Snapshot) -> None:
            order_row = writing(Kept.of(evaluated), order, evaluated, state="held", at=now, expires_at=expires_at)
            await bundle.write(order_row)
            await _count(evaluated)
            await pledges.hold(_round(order_id, now), evaluated.demands, order_id=order_id)

        asked, snapshot = await _asked(order, order_id, shop_id=shop_id, customer=customer)
        evaluated = await promise(asked, snapshot, hold, exhausted)
        metrics.orders.labels("held").inc()
        return view(order, evaluated, "held", expires_at=expires_at)


async def redeem(
    order: Order, *, shop_id: UUID, customer: Buyer | None, occurred_at: datetime | None = None
) -> OrderView:
    """The fiscal moment: the discount is given, the agent's bonus is his. Captures a reservation, or does all at once.

    The same order again gets the same answer. Raises OrderRefused, OrderChanged, OrderSettled, ReservationExpired.
    """

    async def attempt(exhausted: Exhausted) -> OrderView:
        return await _redeem(order, exhausted, shop_id=shop_id, customer=customer, occurred_at=occurred_at)

    return await until_seated(attempt)


async def _redeem(
    order: Order, exhausted: Exhausted, *, shop_id: UUID, customer: Buyer | None, occurred_at: datetime | None
) -> OrderView:
    spared: list[Demand] = []
    async with transaction() as now:
        row, parked = await locked_with_returns(shop_id, order.order_ref)
        if row is not None and row["state"] not in {"held", "released", "expired"}:
            return await promo_orders.again(
                row, order, customer, wanted={"succeeded", "partially_returned", "returned"}
            )
        given: OrderView | None = None
        if row is not None and row["state"] == "held":
            await refuse_other(row, order, customer)
            if _ran_out(row, now):
                raise ReservationExpired
            snapshot = await current_snapshot(age_seconds_max=0)
            spared[:] = await _capture(row, snapshot, now=now)
        else:
            order_id = row["id"] if row is not None else uuid7()

            async def give(evaluated: Evaluated, snapshot: Snapshot) -> None:
                kept = Kept.of(evaluated)
                order_row = writing(kept, order, evaluated, state="succeeded", at=now, redeemed_at=now)
                await _count(evaluated)
                owing = pledges.owing(order_id, evaluated.discounts, shop_id=shop_id)
                spared[:] = await _settle(
                    kept, snapshot, order_ref=order.order_ref, now=now, beside=owing, also=[order_row]
                )

            asked, snapshot = await _asked(
                order, order_id, shop_id=shop_id, customer=customer, occurred_at=_believed(occurred_at, now)
            )
            given = view(order, await promise(asked, snapshot, give, exhausted), "succeeded", redeemed_at=now)
        await _give_back(spared)
        metrics.orders.labels("redeemed").inc()
        if parked:
            await apply_parked(shop_id, order.order_ref, snapshot, now=now)
        return given if given is not None and not parked else await find(shop_id, order.order_ref)


async def redeem_beyond(
    order: Order, *, shop_id: UUID, customer: Buyer | None, occurred_at: datetime, bear: Bear
) -> OrderView:
    """A sale that a till has made offline and that there is no room for any more: `bear` says who pays its discount.

    Raises OrderRefused, OrderChanged, OrderSettled, and what `bear` raises.
    """
    spared: list[Demand] = []
    async with transaction() as now:
        row = await locked(shop_id, order.order_ref)
        if row is not None and row["state"] not in {"released", "expired"}:
            return await promo_orders.again(
                row, order, customer, wanted={"succeeded", "partially_returned", "returned"}
            )

        async def give(evaluated: Evaluated, snapshot: Snapshot) -> None:
            kept = Kept.of(evaluated)
            order_row = writing(kept, order, evaluated, state="succeeded", at=now, redeemed_at=now)
            await _count(evaluated)
            spared[:] = await _settle(kept, snapshot, order_ref=order.order_ref, now=now, also=[order_row])

        asked, snapshot = await _asked(
            order,
            row["id"] if row is not None else uuid7(),
            shop_id=shop_id,
            customer=customer,
            occurred_at=_believed(occurred_at, now),
        )
        await promise_beyond(asked, snapshot, give, bear)
        await _give_back(spared)
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


async def _capture(row: Any, snapshot: Snapshot, *, now: datetime) -> Sequence[Demand]:
    """What was promised is given: it comes out of what was held for it, so nothing can be full any more."""
    kept = kept_of(row)
    if kept.facts.customer_key:
        policy = snapshot.policy(kept.facts.program_id)
        await known_customers.hold(kept.facts.program_id, kept.facts.customer_key, policy, now=now)
    await settling.standings_of([kept.facts.agent_id], kept.facts.program_id, snapshot, read=False)
    given = "given_order AS (UPDATE promo_order SET state = 'succeeded', redeemed_at = $2 WHERE id = $1)"
    freeing = pledges.freeing(_round(row["id"], row["created_at"]), kept.demands, order_id=row["id"])
    owing = pledges.owing(row["id"], kept.discounts, shop_id=row["shop_id"])
    return await _settle(
        kept,
        snapshot,
        order_ref=row["order_ref"],
        now=now,
        beside=[*freeing, *owing],
        also=[Write(given, (row["id"], now))],
    )


async def _settle(
    kept: Kept,
    snapshot: Snapshot,
    *,
    order_ref: str,
    now: datetime,
    beside: Sequence[Transfer] = (),
    also: Sequence[Write] = (),
) -> Sequence[Demand]:
    """Pay the agent; what other proofs of the purchase had earned before is returned, and not needed any more."""
    facts, order_id = kept.facts, kept.facts.activity_id
    shop = snapshot.shops.get(facts.shop_id) if facts.shop_id else None
    belonging = await settle_belonging(kept, snapshot, now=now)
    evidence = Evidence(
        facts,
        cause=f"order:{order_id}",
        item_keys=(of_order(shop.code, order_ref),) if shop else (),
    )
    return await settling.settle(
        evidence,
        kept.decision,
        snapshot=snapshot,
        told=sale_news(kept, snapshot),
        now=now,
        beside=beside,
        also=[*also, *belonging],
    )


async def _give_back(spared: Sequence[Demand]) -> None:
    if spared:
        await capacity.give_back(spared)


async def _let_go(row: Any, state: Literal["released", "expired"]) -> None:
    facts, demands = kept_of(row).facts, kept_of(row).demands
    if facts.customer_key:
        await known_customers.uncount_order(facts.program_id, facts.customer_key, made_at=row["created_at"])
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
    *,
    shop_id: UUID,
    customer: Buyer | None,
    occurred_at: datetime | None = None,
) -> tuple[Asked, Snapshot]:
    """The order with its products and codes looked up, and the rules in force; LineRefsRepeated, NotFound."""
    refuse_repeated(order)
    texts = order.shown if order.seller is UNSET else (*order.shown, order.seller)
    seen = await promo_codes.look(list(dict.fromkeys(texts)))
    snapshot = await snapshot_of(seen.rules)
    shop = snapshot.shops.get(shop_id)
    if shop is None:
        raise NotFound
    meant = {line.sku: snapshot.product_id(shop.program_id, line.sku) for line in order.lines}
    asked = Asked(
        order=order,
        id=order_id,
        shop_id=shop_id,
        program_id=shop.program_id,
        products={sku: product_id for sku, product_id in meant.items() if product_id is not None},
        codes=seen.codes,
        customer=await known_customers.find(shop.program_id, customer) if customer else None,
        occurred_at=occurred_at or seen.now,
        now=seen.now,
        currency=snapshot.programs[shop.program_id].currency,
        region=shop.region,
        discount_form=snapshot.programs[shop.program_id].discount_form,
    )
    return asked, snapshot


async def _count(evaluated: Evaluated) -> None:
    if evaluated.facts and evaluated.facts.customer_key:
        await known_customers.count_order(evaluated.facts.program_id, evaluated.facts.customer_key)
