"""Offline orders: what a till has sold without a network is redeemed when it is told, and borne by somebody if not."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import msgspec

from codes import checkout, promo_codes
from codes.offline_covers import GONE, ShopBears, Till, bear
from codes.orders import Evaluated, LineRefsRepeated, Order
from codes.promises import OrderRefused
from codes.promo_orders import OrderChanged, OrderSettled, OrderView
from codes.slips import SlipTooLate
from core.db import execute, fetch_row, fetch_value, transaction
from programs.decision import Decision
from programs.reasons import Reason
from programs.snapshot import Snapshot, current_snapshot
from referrals.buyers import Buyer

# What no campaign says anything about is taken for so long, and given nothing.
WINDOW_MAX: Final = timedelta(days=30)

State = Literal["redeemed", "maker_bears", "shop_bears", "refused"]


class Outcome(msgspec.Struct, frozen=True):
    """What became of an offline sale.

    `given_minor` is the discount that the till gave, `ruled_minor` what the rules give; the shop bears what is above
    it, and all of it where the maker bears nothing.
    """

    state: State
    order_ref: str
    given_minor: int
    ruled_minor: int = 0
    shop_bears_minor: int = 0
    reason: str | None = None


class Sale(msgspec.Struct, frozen=True):
    """An order that was paid at a till without a network, and the discount that its customer has."""

    order: Order
    till: Till
    customer: Buyer | None
    at: datetime
    given_minor: int


class Place(msgspec.Struct, frozen=True):
    """The row of a sale, where its outcome is written down with its effect."""

    table: Literal["offline_slip", "sales_receipt"]
    id: UUID


async def window_of(order: Order) -> timedelta:
    """For how long the campaigns of an order's codes believe a till: the shortest of their windows."""
    snapshot = await current_snapshot(age_seconds_max=0)
    found = await promo_codes.found(list(dict.fromkeys(order.codes)))
    campaigns = [snapshot.campaigns[code.campaign_id] for code in found.values()]
    return min((campaign.versions[-1].offline_window for campaign in campaigns), default=WINDOW_MAX)


async def take_in_time(sale: Sale, place: Place, *, sent_at: datetime) -> Outcome:
    """As `take`, for a sale that nobody has held against its campaigns' window; what came too late the shop bears."""
    if sent_at - sale.at <= await window_of(sale.order):
        return await take(sale, place)
    minor = sale.given_minor
    return await _given_up(
        place, Outcome("shop_bears", sale.order.order_ref, minor, shop_bears_minor=minor, reason=SlipTooLate.slug)
    )


async def take(sale: Sale, place: Place) -> Outcome:
    """Redeem an offline sale, once; the customer has his discount whatever is decided now.

    It opens transactions of its own, and one that was cut goes on where it was. Raises ReservationExpired.
    """
    try:
        async with transaction(adoptable=True):
            if (before := await _before(place)) is not None:
                return before
            sold = await checkout.redeem(
                sale.order, shop_id=sale.till.shop_id, customer=sale.customer, occurred_at=sale.at
            )
            return await _keep(place, await _redeemed(sale, sold))
    except OrderRefused as refused:
        return await _borne(sale, place, refused)
    except (OrderChanged, OrderSettled, LineRefsRepeated) as refused:
        return await _given_up(place, Outcome("refused", sale.order.order_ref, sale.given_minor, reason=refused.slug))


async def _borne(sale: Sale, place: Place, refused: OrderRefused) -> Outcome:
    """What the rules give no more is the maker's where a limit or a budget is gone and he bears it, else the shop's."""
    reasons = _reasons(refused)
    reason = next((one for one in reasons if one in GONE), reasons[0])

    async def maker(evaluated: Evaluated, snapshot: Snapshot) -> Decision:
        return await bear(
            evaluated, snapshot, till=sale.till, order_ref=sale.order.order_ref, reason=reason, at=sale.at
        )

    if reason in GONE:
        try:
            async with transaction(adoptable=True):
                if (before := await _before(place)) is not None:
                    return before
                sold = await checkout.redeem_beyond(
                    sale.order, shop_id=sale.till.shop_id, customer=sale.customer, occurred_at=sale.at, bear=maker
                )
                return await _keep(place, await _redeemed(sale, sold))
        except (ShopBears, OrderRefused):
            pass
    minor = sale.given_minor
    return await _given_up(
        place, Outcome("shop_bears", sale.order.order_ref, minor, shop_bears_minor=minor, reason=reason.value)
    )


def _reasons(refused: OrderRefused) -> list[Reason]:
    told = [one["reason"] for one in refused.facts["codes"]]
    return [Reason(one) for one in told if one in set(Reason)] or [Reason.NOT_ACTIVE]


async def _redeemed(sale: Sale, sold: OrderView) -> Outcome:
    reason = await fetch_value(
        "SELECT reason FROM offline_cover WHERE shop_id = $1 AND order_ref = $2", sale.till.shop_id, sold.order_ref
    )
    return Outcome(
        "redeemed" if reason is None else "maker_bears",
        sold.order_ref,
        sale.given_minor,
        ruled_minor=sold.discount_minor,
        shop_bears_minor=max(0, sale.given_minor - sold.discount_minor),
        reason=reason,
    )


async def _before(place: Place) -> Outcome | None:
    """What was decided before, if anything; until the transaction ends nobody else decides about this sale."""
    row = await fetch_row(f"SELECT outcome FROM {place.table} WHERE id = $1 FOR UPDATE", place.id)  # noqa: S608 - ours.
    return None if row is None or row["outcome"] is None else decode(row["outcome"])


async def _keep(place: Place, outcome: Outcome) -> Outcome:
    await execute(
        f"UPDATE {place.table} SET outcome = $2::json WHERE id = $1",  # noqa: S608 - one of two.
        place.id,
        msgspec.json.encode(outcome).decode(),
    )
    return outcome


async def _given_up(place: Place, outcome: Outcome) -> Outcome:
    async with transaction():
        return await _before(place) or await _keep(place, outcome)


def decode(stored: str) -> Outcome:
    """An outcome as it was written down."""
    return _decoder.decode(stored)


_decoder = msgspec.json.Decoder(Outcome)
