"""Budgets: what a campaign may spend, raised by the owner, spent by awards, never passed."""

from uuid import UUID

import msgspec

from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from programs.seats import budget_id
from wallets import accounts
from wallets.accounts import AccountKind
from wallets.ledger import Transfer, post

# What an installation can issue of one asset. Every balance is a part of it, so none outgrows its column of 64 bits.
ISSUED_MINOR_MAX = 10**18


class TooMuchIssued(Conflict):
    slug = "too_much_issued"
    title = "All budgets of this asset together would be more than can be counted"


class Budget(msgspec.Struct, frozen=True):
    """A campaign's money in one asset."""

    campaign_id: UUID
    asset: str
    cap_minor: int
    spent_minor: int


async def open_budget(campaign_id: UUID, asset: str, cap_minor: int = 0) -> None:
    """Give a campaign a budget in an asset, if it has none; joins the caller's transaction."""
    if cap_minor:
        await _refuse_beyond_issue(asset, cap_minor)
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


async def top_up(campaign_id: UUID, *, asset: str, amount_minor: int, by: str, key: UUID | None = None) -> Budget:
    """Let a campaign spend so much more, once for each key; TooMuchIssued when nobody could count that."""
    async with transaction():
        await _refuse_beyond_issue(asset, amount_minor)
        if key is not None and await fetch_value(
            "SELECT EXISTS (SELECT FROM transfer WHERE kind = 'fund' AND reference = $1)", key
        ):
            return next(budget for budget in await budgets(campaign_id) if budget.asset == asset)
        row = await fetch_row(
            """UPDATE budget SET cap_minor = cap_minor + $2 WHERE id = $1
               RETURNING campaign_id, asset, cap_minor, spent_minor""",
            budget_id(campaign_id, asset),
            amount_minor,
        )
        if row is None:
            raise NotFound
        await _fund(campaign_id, asset, amount_minor, key=key)
        await audit.record(by, "budget.top_up", campaign_id=campaign_id, asset=asset, amount_minor=amount_minor)
    return Budget(*row.values())


async def _refuse_beyond_issue(asset: str, amount_minor: int) -> None:
    """Joins the caller's transaction, until whose end nobody else raises a budget of the asset."""
    await execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"budgets of {asset}")
    issued_minor = await fetch_value("SELECT coalesce(sum(cap_minor), 0)::bigint FROM budget WHERE asset = $1", asset)
    if issued_minor + amount_minor > ISSUED_MINOR_MAX:
        raise TooMuchIssued(asset=asset, issued_max_minor=ISSUED_MINOR_MAX)


async def _fund(campaign_id: UUID, asset: str, amount_minor: int, *, key: UUID | None = None) -> None:
    """The ledger's side of a budget: what the campaign's account holds is what is left of it."""
    await post(
        [
            Transfer(
                kind="fund",
                reference=key or uuid7(),
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
