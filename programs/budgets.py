"""Budgets: what a campaign may spend, raised by the owner, spent by awards, never passed."""

from uuid import UUID

import msgspec

from core import audit
from core.db import execute, fetch, fetch_row, transaction
from core.refusals import NotFound
from programs.seats import budget_id


class Budget(msgspec.Struct, frozen=True):
    """A campaign's money in one asset."""

    campaign_id: UUID
    asset: str
    cap_minor: int
    spent_minor: int


async def open_budget(campaign_id: UUID, asset: str, cap_minor: int = 0) -> None:
    """Give a campaign a budget in an asset, if it has none; joins the caller's transaction."""
    await execute(
        "INSERT INTO budget (id, campaign_id, asset, cap_minor) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        budget_id(campaign_id, asset),
        campaign_id,
        asset,
        cap_minor,
    )


async def top_up(campaign_id: UUID, *, asset: str, amount_minor: int, by: str) -> Budget:
    """Let a campaign spend so much more."""
    async with transaction():
        row = await fetch_row(
            """UPDATE budget SET cap_minor = cap_minor + $2 WHERE id = $1
               RETURNING campaign_id, asset, cap_minor, spent_minor""",
            budget_id(campaign_id, asset),
            amount_minor,
        )
        if row is None:
            raise NotFound
        await audit.record(by, "budget.top_up", campaign_id=campaign_id, asset=asset, amount_minor=amount_minor)
    return Budget(*row.values())


async def budgets(campaign_id: UUID) -> list[Budget]:
    """A campaign's budgets, one for each asset that it has paid in."""
    rows = await fetch(
        "SELECT campaign_id, asset, cap_minor, spent_minor FROM budget WHERE campaign_id = $1 ORDER BY asset",
        campaign_id,
    )
    return [Budget(*row.values()) for row in rows]
