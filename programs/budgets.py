"""Budgets: what a campaign may spend, raised by the owner, spent by awards, never passed."""

from uuid import UUID

import msgspec

from core import audit
from core.db import fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import NotFound
from programs.seats import budget_id
from wallets import accounts
from wallets.accounts import AccountKind
from wallets.ledger import Transfer, post


class Budget(msgspec.Struct, frozen=True):
    """A campaign's money in one asset."""

    campaign_id: UUID
    asset: str
    cap_minor: int
    spent_minor: int


async def open_budget(campaign_id: UUID, asset: str, cap_minor: int = 0) -> None:
    """Give a campaign a budget in an asset, if it has none; joins the caller's transaction."""
    opened = await fetch_value(
        """INSERT INTO budget (id, campaign_id, asset, cap_minor) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING RETURNING id""",
        budget_id(campaign_id, asset),
        campaign_id,
        asset,
        cap_minor,
    )
    if opened is not None and cap_minor:
        await _fund(campaign_id, asset, cap_minor)


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
        await _fund(campaign_id, asset, amount_minor)
        await audit.record(by, "budget.top_up", campaign_id=campaign_id, asset=asset, amount_minor=amount_minor)
    return Budget(*row.values())


async def _fund(campaign_id: UUID, asset: str, amount_minor: int) -> None:
    """The ledger's side of a budget: what the campaign's account holds is what is left of it."""
    await post(
        [
            Transfer(
                kind="fund",
                reference=uuid7(),
                debit=accounts.house(AccountKind.house_issued, asset),
                credit=accounts.campaign(campaign_id, asset),
                amount_minor=amount_minor,
                cause=f"campaign:{campaign_id}",
            )
        ]
    )


async def budgets(campaign_id: UUID) -> list[Budget]:
    """A campaign's budgets, one for each asset that it has paid in."""
    rows = await fetch(
        "SELECT campaign_id, asset, cap_minor, spent_minor FROM budget WHERE campaign_id = $1 ORDER BY asset",
        campaign_id,
    )
    return [Budget(*row.values()) for row in rows]
