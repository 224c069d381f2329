"""Promo orders as they are stored: one row for each order of a shop, its prices and what was decided for it."""

import hashlib
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from codes.orders import CodeAnswer, Evaluated, LinePrice, Order
from core import customer_peppers
from core.bundle import Write
from core.db import execute, fetch_row
from core.refusals import Conflict, NotFound, Unprocessable
from programs.decision import Award, Decision, Demand, Refusal
from programs.facts import Facts
from programs.installation import DiscountForm
from referrals.attributions import Attributed, Given
from referrals.buyers import Buyer

State = Literal["quoted", "held", "released", "expired", "succeeded", "partially_returned", "returned"]


class OrderChanged(Unprocessable):
    slug = "order_changed"
    title = "This order came before with other contents"


class OrderSettled(Conflict):
    slug = "order_settled"
    title = "The order is past this"


class OrderView(msgspec.Struct, frozen=True):
    """An order with its final prices, as its shop may see it; nothing of the agent but what his code says.

    `shop_minor` is what of the discount the shop bears; `attribution` is the evidence by which an agent has the sale.
    `discount_form` says what the receipt shows: the final prices, or the full ones with `discount_minor` of each line
    paid by counter-provision.
    """

    order_ref: str
    state: State
    lines: tuple[LinePrice, ...]
    codes: tuple[CodeAnswer, ...]
    final_minor: int
    discount_minor: int
    currency: str
    expires_at: datetime | None = None
    redeemed_at: datetime | None = None
    shop_minor: int = 0
    attribution: str | None = None
    discount_form: DiscountForm = "discount"


class Kept(msgspec.Struct, frozen=True):
    """What was decided for an order and holds whatever becomes of its campaigns."""

    facts: Facts
    awards: tuple[Award, ...]
    discounts: tuple[Demand, ...]
    demands: tuple[Demand, ...]
    # Empty where the customer was known and showed none.
    code: str
    attributed: Attributed | None = None
    given: tuple[Given, ...] = ()
    refusals: tuple[Refusal, ...] = ()

    @classmethod
    def of(cls, evaluated: Evaluated) -> "Kept":
        """What is kept of an order that is given something."""
        if evaluated.facts is None or evaluated.code is None:
            raise ValueError("nothing is given for this order")
        decision = evaluated.decision
        return cls(
            evaluated.facts,
            decision.awards,
            evaluated.discounts,
            evaluated.demands,
            evaluated.code.text,
            evaluated.attributed,
            evaluated.given,
            decision.refusals,
        )

    @property
    def decision(self) -> Decision:
        return Decision(self.awards, self.refusals)


async def find(shop_id: UUID, order_ref: str) -> OrderView:
    """An order of this shop as it stands."""
    row = await fetch_row("SELECT * FROM promo_order WHERE shop_id = $1 AND order_ref = $2", shop_id, order_ref)
    if row is None:
        raise NotFound
    return stored(row)


def kept_of(row: Any) -> Kept:
    """What was decided for a stored order."""
    return _kept_decoder.decode(row["decision"])


async def lock_order(shop_id: UUID, order_ref: str) -> None:
    """Let nobody else do anything about this order until the caller's transaction ends, whether or not it exists.

    Until then, customers also stand under the versions of their pepper under which they stand now.
    """
    await execute(
        "SELECT pg_advisory_xact_lock_shared($2), pg_advisory_xact_lock(hashtextextended($1, 2))",
        f"{shop_id}:{order_ref}",
        customer_peppers.FENCE,
    )


async def locked(shop_id: UUID, order_ref: str) -> Any:
    """The row of an order, None where there is none yet; held until the caller's transaction ends either way."""
    await lock_order(shop_id, order_ref)
    return await fetch_row("SELECT * FROM promo_order WHERE shop_id = $1 AND order_ref = $2", shop_id, order_ref)


async def locked_with_returns(shop_id: UUID, order_ref: str) -> tuple[Any, bool]:
    """The same, and whether goods of the order came back before it was redeemed."""
    await lock_order(shop_id, order_ref)
    row = await fetch_row(
        """SELECT promo_order.*, EXISTS (
               SELECT FROM promo_return WHERE shop_id = $1 AND order_ref = $2 AND applied_at IS NULL) AS parked
           FROM (VALUES (1)) AS once LEFT JOIN promo_order ON shop_id = $1 AND order_ref = $2""",
        shop_id,
        order_ref,
    )
    return (None, False) if row is None else (row if row["id"] else None, row["parked"])


def writing(
    kept: Kept,
    order: Order,
    evaluated: Evaluated,
    *,
    state: Literal["held", "succeeded"],
    at: datetime,
    expires_at: datetime | None = None,
    redeemed_at: datetime | None = None,
) -> Write:
    """What writes an order down, over what was released or ran out under the same reference."""
    facts = kept.facts
    return Write(
        """written_order AS (
           INSERT INTO promo_order (id, program_id, shop_id, order_ref, state, promo_code_id, agent_id, customer_key,
                                    request_hash, "order", priced, decision, occurred_at, created_at, expires_at,
                                    redeemed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::json, $11::json, $12::json, $13, $14, $15, $16)
           ON CONFLICT (shop_id, order_ref) DO UPDATE SET
               state = excluded.state, promo_code_id = excluded.promo_code_id, agent_id = excluded.agent_id,
               customer_key = excluded.customer_key, request_hash = excluded.request_hash, "order" = excluded.order,
               priced = excluded.priced, decision = excluded.decision, occurred_at = excluded.occurred_at,
               created_at = excluded.created_at, expires_at = excluded.expires_at,
               redeemed_at = excluded.redeemed_at)""",
        (
            facts.activity_id,
            facts.program_id,
            facts.shop_id,
            order.order_ref,
            state,
            facts.code_id,
            facts.agent_id,
            facts.customer_key,
            _hash(order, facts.customer_key),
            msgspec.json.encode(order).decode(),
            msgspec.json.encode(view(order, evaluated, state)).decode(),
            msgspec.json.encode(kept).decode(),
            facts.occurred_at,
            at,
            expires_at,
            redeemed_at,
        ),
    )


async def again(row: Any, order: Order, customer: Buyer | None, *, wanted: set[str]) -> OrderView:
    """The answer that the order had before, if it is the same order and has come no further."""
    await refuse_other(row, order, customer)
    if row["state"] not in wanted:
        raise OrderSettled(state=row["state"])
    return stored(row)


async def refuse_other(row: Any, order: Order, customer: Buyer | None) -> None:
    """OrderChanged where this is not the order that came before under the reference."""
    key: str | None = row["customer_key"]
    await customer_peppers.know(key)
    if row["request_hash"] != _hash(order, key) or not _may_be(customer, key):
        raise OrderChanged


def _may_be(customer: Buyer | None, key: str | None) -> bool:
    """Whether this is the customer of an order; of one who is forgotten, nobody can tell any more who he was."""
    if key is None or customer is None:
        return key is None and customer is None
    return key in customer.keys or customer_peppers.version_of(key) not in customer_peppers.versions()


def _hash(order: Order, customer: str | None) -> bytes:
    return hashlib.sha256(msgspec.json.encode((order, customer))).digest()


def stored(row: Any) -> OrderView:
    priced: OrderView = _view_decoder.decode(row["priced"])
    return msgspec.structs.replace(
        priced, state=row["state"], expires_at=row["expires_at"], redeemed_at=row["redeemed_at"]
    )


def view(
    order: Order,
    evaluated: Evaluated,
    state: State,
    *,
    expires_at: datetime | None = None,
    redeemed_at: datetime | None = None,
) -> OrderView:
    """An order as it was evaluated."""
    return OrderView(
        order.order_ref,
        state,
        evaluated.lines,
        evaluated.codes,
        evaluated.final_minor,
        evaluated.discount_minor,
        evaluated.currency,
        expires_at,
        redeemed_at,
        shop_minor=evaluated.shop_minor,
        attribution=evaluated.attributed.evidence.value if evaluated.attributed else None,
        discount_form=evaluated.discount_form,
    )


_kept_decoder = msgspec.json.Decoder(Kept)
_view_decoder = msgspec.json.Decoder(OrderView)
