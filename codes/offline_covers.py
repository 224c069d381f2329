"""Offline covers: a discount that a till gave when there was room for it no more, borne by the maker or by the shop."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from codes.orders import Evaluated
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from programs import capacity
from programs.decision import Award, Decision, Demand, Refusal
from programs.reasons import Reason
from programs.rules import Offline
from programs.snapshot import Snapshot
from wallets import accounts
from wallets.accounts import Account, AccountKind, house
from wallets.ledger import Transfer, post

# What may have been there when the till gave the discount, and is gone since.
GONE: Final = frozenset(
    {
        Reason.LIMIT_CODE,
        Reason.LIMIT_CUSTOMER,
        Reason.LIMIT_SHOP,
        Reason.LIMIT_AGENT,
        Reason.LIMIT_CAMPAIGN,
        Reason.BUDGET_EXHAUSTED,
    }
)


class ShopBears(Exception):
    """The maker bears no more of this till on that day: an outcome of a slip, never an answer of its own."""


class Till(msgspec.Struct, frozen=True):
    """Who gave a discount offline: a terminal, or the shop whose people wrote it down."""

    id: UUID
    shop_id: UUID


async def bear(
    evaluated: Evaluated, snapshot: Snapshot, *, till: Till, order_ref: str, reason: Reason, at: datetime
) -> Decision:
    """Let the maker bear an order's discount, and say what its agent gets; joins the transaction. ShopBears."""
    if evaluated.facts is None or evaluated.code is None:
        raise ShopBears
    campaign_id, order_id = evaluated.code.campaign_id, evaluated.facts.activity_id
    policy = snapshot.campaigns[campaign_id].version_at(at).rules.offline
    amount_minor = sum(demand.amount_minor for demand in evaluated.discounts)
    zone = snapshot.programs[evaluated.facts.program_id].zone
    if not amount_minor or not await _used(till, campaign_id, at.astimezone(zone).date(), policy):
        raise ShopBears
    await execute(
        """INSERT INTO offline_cover (order_id, shop_id, order_ref, till_id, campaign_id, asset, amount_minor, reason,
                                      at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        order_id,
        till.shop_id,
        order_ref,
        till.id,
        campaign_id,
        evaluated.currency,
        amount_minor,
        reason.value,
        at,
    )
    await post([_cover(order_id, accounts.shop(till.shop_id, evaluated.currency), amount_minor)])
    return await _bonus(evaluated, campaign_id, policy, reason)


async def take_back_due() -> None:
    """Goods of covered orders came back: the maker owes the shop so much less; a chore."""
    waiting = await fetch(
        """SELECT DISTINCT c.order_id FROM offline_cover c
           JOIN promo_return r ON r.shop_id = c.shop_id AND r.order_ref = c.order_ref AND r.applied_at IS NOT NULL
           WHERE c.returned_minor < c.amount_minor"""
    )
    for row in waiting:
        await _take_back(row["order_id"])


async def _take_back(order_id: UUID) -> None:
    """Owe the shop what is left of a cover in the proportion in which the whole discount is left."""
    async with transaction():
        cover = await fetch_row("SELECT * FROM offline_cover WHERE order_id = $1 FOR UPDATE", order_id)
        left = await fetch_row(_LEFT, order_id)
        if cover is None or left is None or not left["whole"]:
            return
        due_minor = cover["amount_minor"] * int(left["rest"]) // int(left["whole"])
        less_minor = cover["amount_minor"] - cover["returned_minor"] - due_minor
        if less_minor <= 0:
            return
        await execute(
            "UPDATE offline_cover SET returned_minor = returned_minor + $2 WHERE order_id = $1", order_id, less_minor
        )
        await post([_uncover(order_id, accounts.shop(cover["shop_id"], cover["asset"]), less_minor)])


async def _used(till: Till, campaign_id: UUID, day: date, policy: Offline) -> bool:
    """Count one more discount of the till that the maker bears that day, if he bears so many."""
    if not policy.maker_bears_per_till_day:
        return False
    used = await fetch_value(
        """INSERT INTO offline_cover_use AS u (id, till_id, campaign_id, day, used) VALUES ($1, $2, $3, $4, 1)
           ON CONFLICT (till_id, campaign_id, day) DO UPDATE SET used = u.used + 1 WHERE u.used < $5 RETURNING used""",
        uuid7(),
        till.id,
        campaign_id,
        day,
        policy.maker_bears_per_till_day,
    )
    return used is not None


async def _bonus(evaluated: Evaluated, campaign_id: UUID, policy: Offline, reason: Reason) -> Decision:
    """The agent's bonus where the policy pays it and its budget has room; it counts for no limit, as the sale does."""
    awards = tuple(_uncounted(award) for award in evaluated.decision.awards)
    if awards and policy.bonus == "pay":
        [full] = await capacity.take([[award.demand for award in awards]])
        if full is None:
            return Decision(awards)
    refused = [award.campaign_id for award in awards] or [campaign_id]
    return Decision(refusals=tuple(Refusal(one, None, reason) for one in refused))


def _uncounted(award: Award) -> Award:
    demand = Demand(award.demand.campaign_id, award.demand.asset, award.demand.amount_minor, count=0)
    return msgspec.structs.replace(award, demand=demand)


def _cover(order_id: UUID, owed: Account, amount_minor: int) -> Transfer:
    return Transfer(
        kind="cover",
        reference=order_id,
        debit=house(AccountKind.house_covered, owed.asset),
        credit=owed,
        amount_minor=amount_minor,
        cause=f"order:{order_id}",
    )


def _uncover(order_id: UUID, owed: Account, amount_minor: int) -> Transfer:
    return Transfer(
        kind="uncover",
        reference=uuid7(),
        debit=owed,
        credit=house(AccountKind.house_covered, owed.asset),
        amount_minor=amount_minor,
        cause=f"order:{order_id}",
    )


# The whole discount of an order, and what of it belongs to the pieces that have not come back.
_LEFT: Final = """
SELECT sum(discount_minor) AS whole, sum(div(discount_minor * (sold - back), sold)) AS rest FROM (
    SELECT (line ->> 'discount_minor')::numeric AS discount_minor,
           (SELECT sum((p ->> 'quantity')::bigint) FROM json_array_elements(line -> 'pieces') AS p) AS sold,
           (SELECT coalesce(sum((b ->> 'quantity')::bigint), 0)
            FROM promo_return r, json_array_elements(r.refund -> 'lines') AS b
            WHERE r.shop_id = o.shop_id AND r.order_ref = o.order_ref AND r.applied_at IS NOT NULL
              AND b ->> 'ref' = line ->> 'ref') AS back
    FROM promo_order o, json_array_elements(o.priced -> 'lines') AS line WHERE o.id = $1) AS lines
"""
