"""Expiries: what was not spent in time leaves the wallet, after it has paid what is still owed for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.db import execute, fetch
from core.ids import derived
from wallets import accounts
from wallets.accounts import AccountKind
from wallets.ledger import Transfer, lock, post


class Expired(msgspec.Struct, frozen=True):
    """A lot whose last day is over: what of it lapsed, and what of it paid the debt of its own clawback."""

    lot_id: UUID
    agent_id: UUID
    asset: str
    amount_minor: int
    repaid_minor: int


async def expire_due(*, now: datetime, limit: int) -> list[Expired]:
    """Take away what was not spent in time; joins the caller's transaction.

    Where a clawback found the money set aside and made a debt of it, money that comes back and lapses pays that debt:
    otherwise the agent would owe what he never had the use of.
    """
    due = await fetch(
        """SELECT id, agent_id, asset FROM lot
           WHERE state = 'available' AND remaining_minor > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT $2""",
        now,
        limit,
    )
    owners = {(row["agent_id"], row["asset"]) for row in due}
    balances = await lock(place(*owner) for owner in owners for place in (accounts.available, accounts.debt))
    # Looked at again under the lock: a spend may have been first.
    rows = await fetch(
        """SELECT id, agent_id, asset, cause, expiries, remaining_minor, owed_minor FROM lot
           WHERE id = ANY($1) AND remaining_minor > 0 ORDER BY id""",
        [row["id"] for row in due],
    )
    debts = {owner: balances[accounts.debt(*owner).id] for owner in owners}
    expired = []
    for row in rows:
        owner = (row["agent_id"], row["asset"])
        repaid_minor = min(row["remaining_minor"], row["owed_minor"], debts[owner])
        debts[owner] -= repaid_minor
        expired.append(Expired(row["id"], *owner, row["remaining_minor"] - repaid_minor, repaid_minor))
    await _empty(expired)
    await post([transfer for row, one in zip(rows, expired, strict=True) for transfer in _transfers(row, one)])
    return expired


async def _empty(expired: Sequence[Expired]) -> None:
    await execute(
        """UPDATE lot SET remaining_minor = 0, expiries = expiries + 1, expired_minor = expired_minor + t.lapsed,
                  owed_minor = owed_minor - t.repaid
           FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS t (id, lapsed, repaid) WHERE lot.id = t.id""",
        [one.lot_id for one in expired],
        [one.amount_minor for one in expired],
        [one.repaid_minor for one in expired],
    )


def _transfers(row: Any, one: Expired) -> list[Transfer]:
    free, debt = accounts.available(one.agent_id, one.asset), accounts.debt(one.agent_id, one.asset)
    moves = (
        ("expire", free, AccountKind.house_expired, one.amount_minor),
        ("repay", free, AccountKind.house_recovered, one.repaid_minor),
        ("forgive", debt, AccountKind.house_debts, one.repaid_minor),
    )
    # A lot expires again when a spend that was released later puts money back into it.
    reference = derived(b"expiry", str(one.lot_id), str(row["expiries"] + 1))
    return [
        Transfer(
            kind=kind,
            reference=reference,
            debit=debit,
            credit=accounts.house(to, one.asset),
            amount_minor=amount,
            cause=row["cause"],
        )
        for kind, debit, to, amount in moves
        if amount
    ]
