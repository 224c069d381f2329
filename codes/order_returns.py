"""Returns: goods of an order come back, in any order and at any age, and what was given for them goes with them."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from codes import promo_orders
from codes.given_bonuses import less_given_again
from codes.orders import LINES_MAX, LinePrice
from codes.promo_orders import Kept, OrderChanged
from core import metrics
from core.db import execute, fetch, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Unprocessable
from core.text import Key
from programs import capacity, pledges
from programs.decide import decide_again
from programs.decision import Decision, Demand
from programs.facts import Facts
from programs.purchases import Left
from programs.snapshot import Snapshot, current_snapshot
from referrals import known_customers, settling, standings

GONE_STATES = frozenset({"held", "released", "expired"})


class ReturnRefused(Unprocessable):
    """Facts: the `line`, how many of it are `left`."""

    slug = "return_refused"
    title = "More comes back than was sold"


class ReturnedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pieces of a line of the order."""

    ref: Key
    quantity: Annotated[int, Meta(ge=1, le=100_000)]


class Return(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Goods that came back, by the till's own reference; without lines everything that is left of the order."""

    order_ref: Key
    return_ref: Key
    lines: Annotated[tuple[ReturnedLine, ...], Meta(max_length=LINES_MAX)] = ()


class Refund(msgspec.Struct, frozen=True):
    """What the customer gets back for one line."""

    ref: str
    quantity: int
    refund_minor: int


class ReturnView(msgspec.Struct, frozen=True):
    """A return with its refund; `parked` while the sale that it belongs to has not come."""

    return_ref: str
    order_ref: str
    parked: bool
    lines: tuple[Refund, ...]
    refund_minor: int
    currency: str | None


async def take_back(asked: Return, *, shop_id: UUID) -> ReturnView:
    """Take goods back, once for each reference: the refund at the prices that were paid, and the bonus with it.

    Raises ReturnRefused, OrderChanged.
    """
    async with transaction() as now:
        await promo_orders.lock_order(shop_id, asked.order_ref)
        before = await fetch_row(
            "SELECT * FROM promo_return WHERE shop_id = $1 AND return_ref = $2", shop_id, asked.return_ref
        )
        if before is not None:
            if before["request_hash"] != _hash(asked):
                raise OrderChanged
            return _view(before)
        row = await fetch_row(
            """INSERT INTO promo_return (id, shop_id, order_ref, return_ref, request_hash, lines, at)
               VALUES ($1, $2, $3, $4, $5, $6::json, $7)
               ON CONFLICT (shop_id, return_ref) DO NOTHING RETURNING *""",
            uuid7(),
            shop_id,
            asked.order_ref,
            asked.return_ref,
            _hash(asked),
            msgspec.json.encode(asked.lines).decode(),
            now,
        )
        if row is None:
            # In this very moment the reference has become the return of another order.
            raise OrderChanged
        order = await promo_orders.locked(shop_id, asked.order_ref)
        if order is None or order["state"] in GONE_STATES:
            metrics.returns.labels("parked").inc()
            return _view(row)
        return await _apply(row, order, await current_snapshot(age_seconds_max=0), now=now)


async def apply_parked(shop_id: UUID, order_ref: str, snapshot: Snapshot, *, now: datetime) -> None:
    """Take back what came back before the sale was known; joins the transaction of the sale."""
    parked = await fetch(
        """SELECT * FROM promo_return WHERE shop_id = $1 AND order_ref = $2 AND applied_at IS NULL ORDER BY id""",
        shop_id,
        order_ref,
    )
    for row in parked:
        order = await promo_orders.locked(shop_id, order_ref)
        await _apply(row, order, snapshot, now=now, clip=True)


async def _apply(row: Any, order: Any, snapshot: Snapshot, *, now: datetime, clip: bool = False) -> ReturnView:
    kept, priced = promo_orders.kept_of(order), promo_orders.stored(order)
    # Customer and agent first, as whoever redeems has them: two orders of theirs never wait for each other in a circle.
    await _hold_customer(kept, snapshot, now=now)
    await settling.standings_of([kept.facts.agent_id], kept.facts.program_id, snapshot, read=False)
    sold = {line.ref: sum(group.quantity for group in line.pieces) for line in priced.lines}
    before = await _left(order, sold)
    lines = _lines_decoder.decode(row["lines"]) or tuple(
        ReturnedLine(ref, quantity) for ref, quantity in before.items() if quantity
    )
    after = _less(before, lines, clip=clip)
    refunds = tuple(
        Refund(line.ref, before[line.ref] - after[line.ref], _paid(line, before, sold) - _paid(line, after, sold))
        for line in priced.lines
        if before[line.ref] > after[line.ref]
    )
    view = ReturnView(
        row["return_ref"],
        row["order_ref"],
        parked=False,
        lines=refunds,
        refund_minor=sum(one.refund_minor for one in refunds),
        currency=priced.currency,
    )
    await execute(
        "UPDATE promo_return SET refund = $2::json, applied_at = $3 WHERE id = $1",
        row["id"],
        msgspec.json.encode(view).decode(),
        now,
    )
    metrics.returns.labels("taken").inc()
    nothing_left = not any(after.values())
    await execute(
        "UPDATE promo_order SET state = $2 WHERE id = $1",
        order["id"],
        "returned" if nothing_left else "partially_returned",
    )
    if refunds:
        was_nothing_left = not any(before.values())
        less = _discounts_less(kept, priced.lines, before, after, sold)
        await pledges.owe_shop_less(row["id"], less, shop_id=order["shop_id"], order_id=order["id"])
        decision = await _decided_again(kept, priced.lines, after, sold, snapshot)
        await standings.lessen(
            _remaining(kept.facts, priced.lines, before, sold),
            _remaining(kept.facts, priced.lines, after, sold),
            snapshot,
        )
        undone = await settling.settle_less(
            order["id"], decision, goods=_goods_left(priced.lines, after, sold), key=row["id"], told=(), now=now
        )
        restored = _uses(kept, snapshot) if nothing_left and not was_nothing_left else []
        if nothing_left and kept.facts.customer_key:
            await known_customers.count_returned(
                kept.facts.program_id, kept.facts.customer_key, order_id=order["id"], made_at=order["created_at"]
            )
        await capacity.give_back(_with_limits(kept, [*less, *undone.demands, *restored]))
    return view


async def _hold_customer(kept: Kept, snapshot: Snapshot, *, now: datetime) -> None:
    if kept.facts.customer_key:
        policy = snapshot.policy(kept.facts.program_id)
        await known_customers.hold(kept.facts.program_id, kept.facts.customer_key, policy, now=now)


async def _left(order: Any, sold: Mapping[str, int]) -> dict[str, int]:
    """How many pieces of each line have not come back yet."""
    left = dict(sold)
    for row in await fetch(
        """SELECT refund FROM promo_return WHERE shop_id = $1 AND order_ref = $2 AND applied_at IS NOT NULL""",
        order["shop_id"],
        order["order_ref"],
    ):
        for refund in _view_decoder.decode(row["refund"]).lines:
            left[refund.ref] -= refund.quantity
    return left


def _less(before: Mapping[str, int], lines: Sequence[ReturnedLine], *, clip: bool) -> dict[str, int]:
    """What is left after these have come back; what was parked and is too much counts for what there is."""
    after = dict(before)
    for line in lines:
        left = after.get(line.ref, 0)
        if line.quantity > left and not clip:
            raise ReturnRefused(line=line.ref, left=left)
        if line.ref in after:
            after[line.ref] = max(0, left - line.quantity)
    return after


def _paid(line: LinePrice, left: Mapping[str, int], sold: Mapping[str, int]) -> int:
    """What the pieces that are left have cost; rounded so that every order of returns ends alike."""
    return line.final_minor * left[line.ref] // sold[line.ref]


def _goods_left(lines: Sequence[LinePrice], after: Mapping[str, int], sold: Mapping[str, int]) -> Left:
    """What is left of the order by its prices; by its pieces where everything was free."""
    whole = sum(line.final_minor for line in lines)
    if whole:
        return Left(sum(_paid(line, after, sold) for line in lines), whole)
    return Left(sum(after.values()), sum(sold.values()))


def _discounts_less(
    kept: Kept, lines: Sequence[LinePrice], before: Mapping[str, int], after: Mapping[str, int], sold: Mapping[str, int]
) -> list[Demand]:
    """What the maker owes the shop no more: each campaign's discount shrinks as the whole discount does."""
    whole = sum(line.discount_minor for line in lines)
    if not whole:
        return []
    then, now = (
        sum(line.discount_minor * left[line.ref] // sold[line.ref] for line in lines) for left in (before, after)
    )
    less = [
        Demand(one.campaign_id, one.asset, one.amount_minor * then // whole - one.amount_minor * now // whole, count=0)
        for one in kept.discounts
    ]
    return [one for one in less if one.amount_minor]


async def _decided_again(
    kept: Kept, lines: Sequence[LinePrice], after: Mapping[str, int], sold: Mapping[str, int], snapshot: Snapshot
) -> Decision:
    """What the original versions say to the lines that are left, by the standing that the order met."""
    remaining = _remaining(kept.facts, lines, after, sold)
    if not remaining.lines:
        return Decision()
    met = await standings.met([kept.facts], snapshot)
    versions = {award.campaign_id: award.version for award in kept.awards}
    standing = met.get(kept.facts.activity_id) or snapshot.standing(kept.facts.program_id)
    again = decide_again(remaining, snapshot.campaigns, standing, versions=versions)
    return less_given_again(again, kept.given)


def _remaining(facts: Facts, lines: Sequence[LinePrice], after: Mapping[str, int], sold: Mapping[str, int]) -> Facts:
    kept = [
        msgspec.structs.replace(line, quantity=after[price.ref], amount_minor=_paid(price, after, sold))
        for line, price in zip(facts.lines, lines, strict=True)
        if after[price.ref]
    ]
    return msgspec.structs.replace(facts, lines=tuple(kept))


def _uses(kept: Kept, snapshot: Snapshot) -> list[Demand]:
    """The uses of limits that count no more, where the campaign gives them back."""
    versions = {award.campaign_id: award.version for award in kept.awards}
    return [
        Demand(one.campaign_id, one.asset, 0, one.limits, count=1)
        for one in kept.demands
        if one.limits and _restores(one.campaign_id, versions.get(one.campaign_id), snapshot)
    ]


def _restores(campaign_id: UUID, version: int | None, snapshot: Snapshot) -> bool:
    campaign = snapshot.campaigns[campaign_id]
    rules = campaign.numbered(version).rules if version is not None else campaign.versions[-1].rules
    return rules.returns_restore == "budget_and_limits"


def _with_limits(kept: Kept, demands: Sequence[Demand]) -> list[Demand]:
    """Money that comes back lessens what limits by amount have counted, too."""
    limits = {(one.campaign_id, one.asset): one.limits for one in kept.demands}
    return [
        one if one.limits else msgspec.structs.replace(one, limits=limits.get((one.campaign_id, one.asset), ()))
        for one in demands
    ]


def _view(row: Any) -> ReturnView:
    if row["refund"] is None:
        return ReturnView(row["return_ref"], row["order_ref"], parked=True, lines=(), refund_minor=0, currency=None)
    found: ReturnView = _view_decoder.decode(row["refund"])
    return found


def _hash(asked: Return) -> bytes:
    return hashlib.sha256(msgspec.json.encode(asked)).digest()


_lines_decoder = msgspec.json.Decoder(tuple[ReturnedLine, ...])
_view_decoder = msgspec.json.Decoder(ReturnView)
