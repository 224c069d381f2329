"""Reward orders: bonuses set aside, the thing given, the money gone, in that order and once; or nothing of it.

A gift card is here or is not, so its order is all of that in one transaction. A service is paid when it is given: until
then its money is set aside, and is free again when the agent gives it back or its days are over.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
import structlog

from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, savepoint
from core.idempotency import IdempotencyMismatch
from core.ids import uuid7
from core.refusals import Conflict, DomainError, NotFound
from referrals import spending
from rewards import cards, vouchers
from rewards.cards import Card
from rewards.catalogue import Kind, Reward, find_reward
from wallets.spends import Spend, SpendSettled

Language = Literal["ru", "en"]
State = Literal["reserved", "fulfilled", "released", "refunded"]

_log = structlog.get_logger()

_STATES: dict[str, State] = {
    "reserved": "reserved",
    "captured": "fulfilled",
    "released": "released",
    "refunded": "refunded",
}
_DAY_SECONDS = 86_400


class RewardOff(Conflict):
    slug = "reward_off"
    title = "This reward is not on offer now"


class OutOfStock(Conflict):
    slug = "out_of_stock"
    title = "There is none left at the moment"


class RewardLimit(Conflict):
    """Facts: `agent_max`, how many of it one may have."""

    slug = "reward_limit"
    title = "You have had as many of it as one may have"


class VoucherUsed(Conflict):
    slug = "voucher_used"
    title = "This service was given already"


class VoucherOver(DomainError):
    slug = "voucher_over"
    title = "This voucher is no longer valid"
    status = 410


class NotGivenHere(Conflict):
    slug = "not_given_here"
    title = "This service is given in other shops"


class RewardOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order, and the spend that pays for it; a service is given until `expires_at` at the latest."""

    id: UUID
    reward_id: UUID
    spend_id: UUID
    kind: Kind
    name_ru: str
    name_en: str
    state: State
    price_minor: int
    asset: str
    created_at: datetime
    expires_at: datetime | None
    settled_at: datetime | None


class Shown(msgspec.Struct, frozen=True):
    """What the owner of an order is shown of it: the partner's code, or the voucher for the staff."""

    card: Card | None = None
    voucher: str | None = None


async def place(reward_id: UUID, *, agent_id: UUID, language: Language, spend_id: UUID) -> RewardOrder:
    """Order a reward; joins the caller's transaction, which has to be an adoptable one.

    An order that was paid by this spend before is the answer again, however late, and costs nothing.
    Raises NotFound, RewardOff, RewardLimit, OutOfStock, InsufficientFunds, SpendingFrozen, IdempotencyMismatch.
    """
    if (before := await _paid_by(spend_id)) is not None:
        if before.reward_id != reward_id:
            raise IdempotencyMismatch
        return before
    reward = await find_reward(reward_id)
    if reward.state != "active":
        raise RewardOff
    order_id = uuid7()
    # What is refused after the money has moved has moved none, although the refusal itself is kept as an answer.
    async with savepoint():
        # First of all the agent's accounts are locked: whoever orders for him at this moment waits, and is counted.
        spend = await _paid(reward, order_id, agent_id=agent_id, language=language, spend_id=spend_id)
        await _refuse_beyond(reward, agent_id)
        await _write(order_id, reward, spend)
        if reward.kind == "gift_card" and not await cards.give(reward_id, order_id):
            raise OutOfStock
    if reward.kind == "gift_card":
        _warn_of_few(reward)
    return await find(order_id, agent_id=agent_id)


async def find(order_id: UUID, *, agent_id: UUID | None = None) -> RewardOrder:
    """An order; an agent finds only his own."""
    row = await fetch_row(f"{_VIEW} WHERE o.id = $1 AND ($2::uuid IS NULL OR o.agent_id = $2)", order_id, agent_id)
    if row is None:
        raise NotFound
    return _order(row)


async def given(order_id: UUID, *, shop_id: UUID) -> RewardOrder:
    """An order whose service was given in this shop."""
    row = await fetch_row(f"{_VIEW} WHERE o.id = $1 AND o.shop_id = $2", order_id, shop_id)
    if row is None:
        raise NotFound
    return _order(row)


async def orders(agent_id: UUID, *, before: UUID | None, limit: int) -> list[RewardOrder]:
    """An agent's orders, the newest first."""
    rows = await fetch(
        f"{_VIEW} WHERE o.agent_id = $1 AND ($2::uuid IS NULL OR o.id < $2) ORDER BY o.id DESC LIMIT $3",
        agent_id,
        before,
        limit,
    )
    return [_order(row) for row in rows]


async def show(order_id: UUID, *, agent_id: UUID) -> Shown:
    """What is behind an order, to its owner, as often as he asks; NotFound where nothing is there any more."""
    order = await find(order_id, agent_id=agent_id)
    shown = await _shown(order)
    if shown is None:
        raise NotFound
    await execute("UPDATE reward_order SET shown_at = now() WHERE id = $1 AND shown_at IS NULL", order_id)
    return shown


async def look(voucher: str, *, program_id: UUID | None, shop_id: UUID | None) -> RewardOrder:
    """What a voucher is for, for the staff who are to give it: NotFound, NotGivenHere, VoucherUsed, VoucherOver."""
    text = vouchers.folded(voucher)
    row = await fetch_row(f"{_VIEW} WHERE o.voucher_hash = $1", vouchers.digest(text)) if text else None
    if row is None or program_id not in (None, row["program_id"]):
        raise NotFound
    shops = msgspec.json.decode(row["shops"], type=list[UUID])
    if shops and shop_id is not None and shop_id not in shops:
        raise NotGivenHere
    order = _order(row)
    if order.state in ("fulfilled", "refunded"):
        raise VoucherUsed(at=order.settled_at)
    if order.state == "released" or row["over"]:
        raise VoucherOver(expires_at=order.expires_at)
    return order


async def give(voucher: str, *, program_id: UUID | None, shop_id: UUID | None, by: str) -> RewardOrder:
    """The service of a voucher is given: its money is gone. A voucher is good once; refuses as `look` does."""
    order = await look(voucher, program_id=program_id, shop_id=shop_id)
    spend_id = await fetch_value("SELECT spend_id FROM reward_order WHERE id = $1", order.id)
    try:
        await spending.give_out(spend_id, by=by)
    except SpendSettled as settled:
        raise (VoucherUsed if settled.facts["state"] == "captured" else VoucherOver) from None
    await execute("UPDATE reward_order SET shop_id = $2 WHERE id = $1", order.id, shop_id)
    return await find(order.id)


async def refund(order_id: UUID, *, by: str, reason: str, program_id: UUID | None = None) -> RewardOrder:
    """The thing was no good: the money comes back, and a card of the order is never shown again; SpendSettled."""
    row = await fetch_row(
        """SELECT spend_id FROM reward_order o JOIN reward ON reward.id = reward_id
           WHERE o.id = $1 AND ($2::uuid IS NULL OR program_id = $2)""",
        order_id,
        program_id,
    )
    if row is None:
        raise NotFound
    await spending.take_back(row["spend_id"], by=by)
    await cards.bury(order_id)
    await audit.record(by, "reward.refund", order_id=order_id, reason=reason)
    return await find(order_id)


async def _paid_by(spend_id: UUID) -> RewardOrder | None:
    row = await fetch_row(f"{_VIEW} WHERE o.spend_id = $1", spend_id)
    return None if row is None else _order(row)


async def _paid(reward: Reward, order_id: UUID, *, agent_id: UUID, language: Language, spend_id: UUID) -> Spend:
    """A card's price is gone, a service's is set aside for its days."""
    asset, price_minor = reward.asset, reward.price_minor
    purpose = reward.name_ru if language == "ru" else reward.name_en
    if reward.valid_days is None:
        return await spending.pay(
            agent_id,
            asset=asset,
            amount_minor=price_minor,
            purpose=purpose,
            by=f"order:{order_id}",
            spend_id=spend_id,
        )
    return await spending.set_aside(
        agent_id,
        asset=asset,
        amount_minor=price_minor,
        purpose=purpose,
        ttl_seconds=reward.valid_days * _DAY_SECONDS,
        spend_id=spend_id,
    )


def _warn_of_few(reward: Reward) -> None:
    left = (reward.stock or 1) - 1
    if reward.low_stock is not None and left <= reward.low_stock:
        _log.warning("gift_cards_low", reward_id=str(reward.id), left=left)


async def _refuse_beyond(reward: Reward, agent_id: UUID) -> None:
    """What came back, or was never given, counts for nothing."""
    if reward.agent_max is None:
        return
    had = await fetch_value(
        """SELECT count(*) FROM reward_order o JOIN spend ON spend.id = spend_id
           WHERE o.agent_id = $1 AND reward_id = $2 AND spend.state IN ('reserved', 'captured')""",
        agent_id,
        reward.id,
    )
    if had >= reward.agent_max:
        raise RewardLimit(agent_max=reward.agent_max)


async def _write(order_id: UUID, reward: Reward, spend: Spend) -> None:
    voucher = vouchers.new() if reward.kind == "entitlement" else None
    await execute(
        """INSERT INTO reward_order (id, reward_id, agent_id, spend_id, kind, wrapped_secret, voucher_hash, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        order_id,
        reward.id,
        spend.agent_id,
        spend.id,
        reward.kind,
        vouchers.wrap(voucher) if voucher else None,
        vouchers.digest(voucher) if voucher else None,
        spend.created_at,
    )


async def _shown(order: RewardOrder) -> Shown | None:
    if order.kind == "gift_card":
        card = await cards.card_of(order.id)
        return Shown(card=card) if card is not None and order.state == "fulfilled" else None
    if order.state != "reserved":
        return None
    wrapped = await fetch_value("SELECT wrapped_secret FROM reward_order WHERE id = $1", order.id)
    return Shown(voucher=vouchers.unwrap(wrapped))


def _order(row: Any) -> RewardOrder:
    fields = {name: row[name] for name in RewardOrder.__struct_fields__ if name not in ("state", "expires_at")}
    return RewardOrder(
        state=_STATES[row["state"]],
        expires_at=row["expires_at"] if row["kind"] == "entitlement" else None,
        **fields,
    )


_VIEW = """
SELECT o.id, o.reward_id, o.spend_id, o.kind, r.name_ru, r.name_en, r.program_id, r.shops, s.state,
       s.amount_minor AS price_minor, s.asset, o.created_at, s.expires_at, s.settled_at, s.expires_at <= now() AS over
FROM reward_order o JOIN spend s ON s.id = o.spend_id JOIN reward r ON r.id = o.reward_id
"""
