"""Clawbacks: a bonus is taken back, wherever it is by now; what was spent becomes a debt, what expired does not."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.db import execute, fetch_row, fetch_value
from core.refusals import Conflict, NotFound
from wallets import accounts, lots
from wallets.accounts import Account, AccountKind
from wallets.ledger import Transfer, lock, post

_KINDS = ("claw_pending", "claw_available", "claw_expired", "owe")


class ClawbackMade(Conflict):
    slug = "clawback_made"
    title = "This clawback was made before"


class Clawback(msgspec.Struct, frozen=True):
    """What a clawback took, and from where; the four sum to what was asked."""

    from_pending_minor: int
    from_available_minor: int
    to_debt_minor: int
    from_expired_minor: int = 0


async def claw_back(accrual_id: UUID, *, amount_minor: int, key: UUID, now: datetime) -> Clawback:
    """Take back a part of an accrual, once per key (ClawbackMade); joins the caller's transaction.

    Its own lot pays first. What of it has expired is the house's already and goes back from there: the agent can no
    longer spend it and does not owe it. Then his other lots pay, the first to expire first; the rest is his debt.
    """
    lot = await _lot(accrual_id)
    agent_id, asset = lot["agent_id"], lot["asset"]
    await lock(place(agent_id, asset) for place in (accounts.pending, accounts.available, accounts.debt))
    if await fetch_value("SELECT EXISTS (SELECT FROM transfer WHERE reference = $1 AND kind = ANY($2))", key, _KINDS):
        raise ClawbackMade
    lot = await _lot(accrual_id)
    own_minor = min(amount_minor, lot["remaining_minor"])
    expired_minor = min(amount_minor - own_minor, lot["expired_minor"])
    others = [part for part in await lots.spendable(agent_id, asset, now=now) if part[0] != accrual_id]
    parts = lots.pick(others, amount_minor - own_minor - expired_minor)
    others_minor = sum(amount for _, amount in parts)
    owed_minor = amount_minor - own_minor - expired_minor - others_minor
    await _take(accrual_id, own_minor=own_minor, expired_minor=expired_minor, owed_minor=owed_minor)
    await lots.change(parts, sign=-1)
    waiting_minor = own_minor if lot["state"] == "pending" else 0
    taken = Clawback(waiting_minor, own_minor - waiting_minor + others_minor, owed_minor, expired_minor)
    await post(await _transfers(lot, taken, key=key))
    return taken


async def _take(lot_id: UUID, *, own_minor: int, expired_minor: int, owed_minor: int) -> None:
    await execute(
        """UPDATE lot SET remaining_minor = remaining_minor - $2, expired_minor = expired_minor - $3,
                  owed_minor = owed_minor + $4
           WHERE id = $1""",
        lot_id,
        own_minor,
        expired_minor,
        owed_minor,
    )


async def _lot(accrual_id: UUID) -> Any:
    row = await fetch_row("SELECT * FROM lot WHERE id = $1", accrual_id)
    if row is None:
        raise NotFound
    return row


async def _transfers(lot: Any, taken: Clawback, *, key: UUID) -> list[Transfer]:
    agent_id, asset = lot["agent_id"], lot["asset"]
    budget = accounts.campaign(lot["campaign_id"], asset)
    moves: list[tuple[str, Account, Account, int]] = [
        ("claw_pending", accounts.pending(agent_id, asset), budget, taken.from_pending_minor),
        ("claw_available", accounts.available(agent_id, asset), budget, taken.from_available_minor),
        ("claw_expired", accounts.house(AccountKind.house_expired, asset), budget, taken.from_expired_minor),
        (
            "owe",
            accounts.house(AccountKind.house_debts, asset),
            accounts.debt(agent_id, asset),
            taken.to_debt_minor,
        ),
    ]
    # A clawback that undoes a whole credit in one piece is its reversal and names it.
    in_one_piece = lot["amount_minor"] in {
        taken.from_pending_minor,
        taken.from_available_minor,
        taken.from_expired_minor,
    }
    original = await _credit_of(lot["id"]) if in_one_piece else None
    return [
        Transfer(
            kind=kind,
            reference=key,
            debit=debit,
            credit=to,
            amount_minor=amount,
            cause=lot["cause"],
            reverses_id=original,
        )
        for kind, debit, to, amount in moves
        if amount
    ]


async def _credit_of(accrual_id: UUID) -> UUID | None:
    found: UUID | None = await fetch_value(
        """SELECT id FROM transfer credit WHERE kind = 'credit' AND reference = $1
           AND NOT EXISTS (SELECT FROM transfer WHERE reverses_id = credit.id)""",
        accrual_id,
    )
    return found
