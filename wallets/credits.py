"""Credits: a bonus arrives pending, becomes available on its date, and repays a debt first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core import bundle
from core.bundle import Write
from core.db import fetch
from core.money import percent
from core.rows import columns, rows
from wallets import accounts, lots
from wallets.accounts import AccountKind
from wallets.ledger import Transfer, lock, post, posting

_CELLS = rows(
    id="uuid",
    agent_id="uuid",
    campaign_id="uuid",
    asset="text",
    amount="bigint",
    releases_at="timestamptz",
    days="int",
    share="int",
    cause="text",
)
_OPEN_LOTS = f"""
opened_lots AS (
INSERT INTO lot (id, agent_id, campaign_id, asset, amount_minor, remaining_minor, state, releases_at,
                 expires_after_days, debt_share_basis_points, cause)
SELECT id, agent_id, campaign_id, asset, amount, amount, 'pending', releases_at, days, share, cause FROM ({_CELLS}) AS t
)
"""  # noqa: S608 - our own text.


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """One accrual's money: its id is the lot's id and the transfer's key."""

    accrual_id: UUID
    agent_id: UUID
    campaign_id: UUID
    asset: str
    amount_minor: int
    releases_at: datetime
    expires_after_days: int | None
    debt_share_basis_points: int
    cause: str


class Released(msgspec.Struct, frozen=True):
    """A lot that became available: what of it the agent may spend, what of it repaid his debt."""

    lot_id: UUID
    agent_id: UUID
    asset: str
    amount_minor: int
    repaid_minor: int


async def credit(credits: Sequence[Credit], *, now: datetime) -> list[Released]:
    """Post bonuses from their campaigns to their agents; joins the caller's transaction.

    Those with no waiting time are released at once, and returned.
    """
    await bundle.write(*await crediting(credits))
    return await release_what_is_due(credits, now=now)


async def crediting(credits: Sequence[Credit], *, beside: Sequence[Transfer] = ()) -> list[Write]:
    """What `credit` writes before anything is released, with other transfers that belong to the same event.

    Joins the caller's transaction, which carries it out before it locks or posts anything else.
    """
    transfers = [*beside, *map(_transfer, credits)]
    return [*([_opening_lots(credits)] if credits else []), *([await posting(transfers)] if transfers else [])]


def _transfer(item: Credit) -> Transfer:
    return Transfer(
        kind="credit",
        reference=item.accrual_id,
        debit=accounts.campaign(item.campaign_id, item.asset),
        credit=accounts.pending(item.agent_id, item.asset),
        amount_minor=item.amount_minor,
        cause=item.cause,
    )


async def release_what_is_due(credits: Sequence[Credit], *, now: datetime) -> list[Released]:
    """Release those of new credits that have no waiting time; joins the caller's transaction."""
    due = [item for item in credits if item.releases_at <= now]
    return await release([(item.accrual_id, item.agent_id, item.asset) for item in due], now=now)


async def release_due(*, now: datetime, limit: int) -> list[Released]:
    """Make available what has waited long enough; joins the caller's transaction."""
    due = await fetch(
        """SELECT id, agent_id, asset FROM lot WHERE state = 'pending' AND holds = 0 AND releases_at <= $1
           ORDER BY releases_at LIMIT $2""",
        now,
        limit,
    )
    return await release([(row["id"], row["agent_id"], row["asset"]) for row in due], now=now)


def _opening_lots(credits: Sequence[Credit]) -> Write:
    return Write(
        _OPEN_LOTS,
        tuple(
            columns(
                [item.accrual_id for item in credits],
                [item.agent_id for item in credits],
                [item.campaign_id for item in credits],
                [item.asset for item in credits],
                [item.amount_minor for item in credits],
                [item.releases_at for item in credits],
                [item.expires_after_days for item in credits],
                [item.debt_share_basis_points for item in credits],
                [item.cause for item in credits],
            )
        ),
    )


async def release(due: Sequence[tuple[UUID, UUID, str]], *, now: datetime) -> list[Released]:
    """Move lots, each with its agent and asset, from pending to available; joins the caller's transaction.

    A lot is released by its first taker, and not while it is held.
    """
    if not due:
        return []
    agents = {(agent_id, asset) for _, agent_id, asset in due}
    balances = await lock(
        place(agent_id, asset)
        for agent_id, asset in agents
        for place in (accounts.pending, accounts.available, accounts.debt)
    )
    freed = await fetch(
        """UPDATE lot SET state = 'available',
                  expires_at = $2::timestamptz + make_interval(days => lot.expires_after_days)
           WHERE id = ANY($1) AND state = 'pending' AND holds = 0
           RETURNING id, agent_id, asset, remaining_minor, debt_share_basis_points, cause""",
        [lot_id for lot_id, _, _ in due],
        now,
    )
    freed = sorted((lot for lot in freed if lot["remaining_minor"]), key=lambda lot: lot["id"])
    owed = {pair: balances.get(accounts.debt(*pair).id, 0) for pair in agents}
    transfers: list[Transfer] = []
    released: list[Released] = []
    for lot in freed:
        pair = (lot["agent_id"], lot["asset"])
        repaid = min(owed[pair], percent(lot["remaining_minor"], lot["debt_share_basis_points"]))
        owed[pair] -= repaid
        transfers += _release_transfers(lot["id"], pair, lot["remaining_minor"], repaid, lot["cause"])
        released.append(Released(lot["id"], *pair, lot["remaining_minor"] - repaid, repaid))
    await post(transfers)
    await lots.change([(item.lot_id, item.repaid_minor) for item in released if item.repaid_minor], sign=-1)
    return released


def _release_transfers(
    lot_id: UUID, pair: tuple[UUID, str], amount_minor: int, repaid_minor: int, cause: str
) -> list[Transfer]:
    free, asset = accounts.available(*pair), pair[1]
    moves = [("release", accounts.pending(*pair), free, amount_minor)]
    if repaid_minor:
        moves += [
            ("repay", free, accounts.house(AccountKind.house_recovered, asset), repaid_minor),
            ("forgive", accounts.debt(*pair), accounts.house(AccountKind.house_debts, asset), repaid_minor),
        ]
    return [
        Transfer(kind=kind, reference=lot_id, debit=debit, credit=to, amount_minor=amount, cause=cause)
        for kind, debit, to, amount in moves
    ]


def release_date(accepted_at: datetime, wait_seconds: int) -> datetime:
    """When a bonus for something accepted at this time is free to spend."""
    return accepted_at + timedelta(seconds=wait_seconds)
