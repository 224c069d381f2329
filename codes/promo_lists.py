"""Promo lists: a program's codes with what they brought, and the orders that they were redeemed for, page by page."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from core.db import fetch

PAGE: Final = 100
PIECE: Final = 1_000


class CodeLine(msgspec.Struct, frozen=True):
    """A promo code: whose, how often its page was opened, how many orders it brought, what it earned by asset."""

    id: UUID
    campaign: str
    text: str
    alias: str
    alias_en: str
    state: str
    seen: int
    redeemed: int
    earned: dict[str, int]


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was redeemed: its prices, and what became of the bonus for it."""

    id: UUID
    redeemed_at: datetime
    shop: str
    code: str
    alias: str
    alias_en: str
    goods: str
    goods_minor: int
    discount_minor: int
    final_minor: int
    currency: str
    state: str
    bonus: dict[str, int]
    bonus_state: str
    reason: str | None


class Mark(msgspec.Struct, frozen=True):
    """Where a page of redemptions ends."""

    at: datetime
    id: UUID


# The page is picked before anything is looked up for it.
_CODES: Final = """
WITH page AS MATERIALIZED (
    SELECT * FROM promo_code
    WHERE program_id = $1 AND ($2::uuid IS NULL OR campaign_id = $2) AND ($3::uuid IS NULL OR id < $3)
    ORDER BY id DESC LIMIT $4)
SELECT c.id, campaign.name AS campaign, c.text, agent.alias, agent.alias_en, c.state, c.seen,
       (SELECT count(*) FROM promo_order o WHERE o.promo_code_id = c.id AND o.redeemed_at IS NOT NULL) AS redeemed,
       (SELECT coalesce(json_object_agg(asset, earned_minor), '{}') FROM (
            SELECT x.asset, sum(x.amount_minor - x.clawed_minor)::bigint AS earned_minor
            FROM promo_order o JOIN accrual x ON x.activity_id = o.id AND x.agent_id = c.agent_id
                                             AND x.state IN ('waiting', 'credited')
            WHERE o.promo_code_id = c.id GROUP BY 1) AS by_asset) AS earned
FROM page c JOIN agent ON agent.id = c.agent_id JOIN campaign ON campaign.id = c.campaign_id
ORDER BY c.id DESC
"""
# What waits for its date and what can be spent are one state in the accrual, and two for whoever reads.
_REDEMPTIONS: Final = """
WITH page AS MATERIALIZED (
    SELECT * FROM promo_order o
    WHERE program_id = $1 AND redeemed_at >= $2 AND redeemed_at < $3
      AND ($4::uuid IS NULL OR EXISTS (SELECT FROM promo_code c WHERE c.id = o.promo_code_id AND c.campaign_id = $4))
      AND ($5::timestamptz IS NULL OR (redeemed_at, id) < ($5, $6::uuid))
    ORDER BY redeemed_at DESC, id DESC LIMIT $7)
SELECT o.id, o.redeemed_at, shop.name AS shop, coalesce(c.text, '') AS code, coalesce(agent.alias, '') AS alias,
       coalesce(agent.alias_en, '') AS alias_en, o.state, o.priced ->> 'currency' AS currency,
       (SELECT string_agg((l ->> 'sku') || ' × ' || (l ->> 'quantity'), ', ' ORDER BY place)
        FROM json_array_elements(o."order" -> 'lines') WITH ORDINALITY AS lines (l, place)) AS goods,
       (o.priced ->> 'final_minor')::bigint + (o.priced ->> 'discount_minor')::bigint AS goods_minor,
       (o.priced ->> 'discount_minor')::bigint AS discount_minor, (o.priced ->> 'final_minor')::bigint AS final_minor,
       (SELECT coalesce(json_object_agg(asset, bonus_minor), '{}') FROM (
            SELECT x.asset, sum(x.amount_minor - x.clawed_minor)::bigint AS bonus_minor FROM accrual x
            WHERE x.activity_id = o.id AND x.state IN ('waiting', 'credited') AND x.asset IS NOT NULL GROUP BY 1
        ) AS by_asset) AS bonus,
       coalesce(
           (SELECT CASE WHEN x.state = 'credited' AND x.releases_at > now() THEN 'pending' ELSE x.state END
            FROM accrual x WHERE x.activity_id = o.id
            ORDER BY array_position('{waiting,credited,clawed_back,canceled,denied}', x.state) LIMIT 1),
           CASE WHEN EXISTS (SELECT FROM activity_queue q WHERE q.activity_id = o.id) THEN 'queued' ELSE 'none' END
       ) AS bonus_state,
       (SELECT x.reason FROM accrual x WHERE x.activity_id = o.id AND x.state = 'denied' LIMIT 1) AS reason
FROM page o JOIN shop ON shop.id = o.shop_id
LEFT JOIN promo_code c ON c.id = o.promo_code_id LEFT JOIN agent ON agent.id = o.agent_id
ORDER BY o.redeemed_at DESC, o.id DESC
"""


async def codes(
    program_id: UUID, *, campaign_id: UUID | None = None, before: UUID | None = None, limit: int = PAGE
) -> list[CodeLine]:
    """A page of a program's codes, or of one campaign's, the newest first."""
    rows = await fetch(_CODES, program_id, campaign_id, before, limit)
    return [CodeLine(**dict(row) | {"earned": msgspec.json.decode(row["earned"])}) for row in rows]


async def every_code(program_id: UUID, *, campaign_id: UUID | None) -> AsyncIterator[list[CodeLine]]:
    """All of them, some at a time."""
    before = None
    while some := await codes(program_id, campaign_id=campaign_id, before=before, limit=PIECE):
        yield some
        before = some[-1].id


async def redemptions(
    program_id: UUID,
    bounds: tuple[datetime, datetime],
    *,
    campaign_id: UUID | None = None,
    before: Mark | None = None,
    limit: int = PAGE,
) -> list[Redemption]:
    """A page of the orders that were redeemed between two moments, the latest first."""
    at, last = (before.at, before.id) if before else (None, None)
    rows = await fetch(_REDEMPTIONS, program_id, *bounds, campaign_id, at, last, limit)
    return [_redemption(row) for row in rows]


async def every_redemption(
    program_id: UUID, bounds: tuple[datetime, datetime], *, campaign_id: UUID | None
) -> AsyncIterator[list[Redemption]]:
    """All of them, some at a time."""
    before = None
    while some := await redemptions(program_id, bounds, campaign_id=campaign_id, before=before, limit=PIECE):
        yield some
        before = Mark(some[-1].redeemed_at, some[-1].id)


def _redemption(row: Any) -> Redemption:
    return Redemption(**dict(row) | {"bonus": msgspec.json.decode(row["bonus"])})
