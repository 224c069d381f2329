"""Spends: an agent sets money aside, whoever gives the goods captures it, or it is released."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec

from core import switches
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from wallets import accounts, lots
from wallets.accounts import Account, AccountKind
from wallets.ledger import Transfer, lock, post

State = Literal["reserved", "captured", "released", "refunded"]


class Spend(msgspec.Struct, frozen=True):
    """A spend and how far it is."""

    id: UUID
    agent_id: UUID
    asset: str
    amount_minor: int
    purpose: str
    state: State
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None


class InsufficientFunds(Conflict):
    slug = "insufficient_funds"
    title = "There is not that much free to spend"


class SpendingFrozen(Conflict):
    slug = "spending_frozen"
    title = "Spending is stopped for the moment; the money is safe"


class SpendSettled(Conflict):
    slug = "spend_settled"
    title = "This spend is no longer reserved"


async def reserve(
    agent_id: UUID, *, asset: str, amount_minor: int, purpose: str, ttl_seconds: int, spend_id: UUID | None = None
) -> Spend:
    """Set money aside, first-to-expire lots first; InsufficientFunds tells what is free."""
    async with transaction() as now:
        return await _reserve(
            spend_id or uuid7(),
            agent_id,
            asset=asset,
            amount_minor=amount_minor,
            purpose=purpose,
            ttl_seconds=ttl_seconds,
            now=now,
        )


async def capture(spend_id: UUID, *, by: str) -> Spend:
    """What was reserved is gone: the thing was given. A second capture is SpendSettled."""
    async with transaction():
        return await _capture(spend_id, by=by)


async def pay(
    agent_id: UUID, *, asset: str, amount_minor: int, purpose: str, by: str, spend_id: UUID | None = None
) -> Spend:
    """Reserve and capture at once, for what is given in the same transaction; refuses as `reserve` does."""
    async with transaction() as now:
        spend = await _reserve(
            spend_id or uuid7(),
            agent_id,
            asset=asset,
            amount_minor=amount_minor,
            purpose=purpose,
            ttl_seconds=0,
            now=now,
        )
        return await _capture(spend.id, by=by)


async def release(spend_id: UUID, *, by: str, agent_id: UUID | None = None) -> Spend:
    """What was reserved is free again, in the lots it came from; an agent may release only his own."""
    async with transaction():
        spend = await _settle(spend_id, state="released", by=by, agent_id=agent_id)
        await _put_back(spend)
    return spend


async def refund(spend_id: UUID, *, by: str) -> Spend:
    """A captured spend is taken back by a reversing transfer that names it, and the money is free again."""
    async with transaction():
        spend = await _settle(spend_id, state="refunded", by=by, was="captured")
        captured = await fetch_value("SELECT id FROM transfer WHERE kind = 'capture' AND reference = $1", spend_id)
        await _move(
            spend,
            "refund",
            accounts.house(AccountKind.house_redeemed, spend.asset),
            accounts.reserved(spend.agent_id, spend.asset),
            reverses_id=captured,
        )
        await _put_back(spend)
    return spend


async def overdue(limit: int) -> list[UUID]:
    """Spends that were never captured in time and are reserved still, the oldest first."""
    due = await fetch(
        "SELECT id FROM spend WHERE state = 'reserved' AND expires_at <= now() ORDER BY expires_at LIMIT $1", limit
    )
    return [row["id"] for row in due]


async def find(spend_id: UUID, *, agent_id: UUID | None = None) -> Spend:
    """A spend; an agent finds only his own."""
    row = await fetch_row("SELECT * FROM spend WHERE id = $1", spend_id)
    if row is None or agent_id not in (None, row["agent_id"]):
        raise NotFound
    return _spend(row)


async def _reserve(
    spend_id: UUID, agent_id: UUID, *, asset: str, amount_minor: int, purpose: str, ttl_seconds: int, now: datetime
) -> Spend:
    await _refuse_if_frozen(agent_id, asset)
    await lock([accounts.available(agent_id, asset), accounts.reserved(agent_id, asset)])
    there = await lots.spendable(agent_id, asset, now=now)
    free_minor = sum(remaining for _, remaining in there)
    if free_minor < amount_minor:
        raise InsufficientFunds(available_minor=free_minor, asset=asset)
    spend = Spend(
        id=spend_id,
        agent_id=agent_id,
        asset=asset,
        amount_minor=amount_minor,
        purpose=purpose,
        state="reserved",
        created_at=now,
        expires_at=now + timedelta(seconds=ttl_seconds),
        settled_at=None,
    )
    await _write(spend, lots.pick(there, amount_minor))
    await _move(spend, "reserve", accounts.available(agent_id, asset), accounts.reserved(agent_id, asset))
    return spend


async def _capture(spend_id: UUID, *, by: str) -> Spend:
    spend = await _settle(spend_id, state="captured", by=by)
    await _move(
        spend,
        "capture",
        accounts.reserved(spend.agent_id, spend.asset),
        accounts.house(AccountKind.house_redeemed, spend.asset),
    )
    return spend


async def _refuse_if_frozen(agent_id: UUID, asset: str) -> None:
    names = [switches.spending(asset), switches.spending(switches.EVERY_ASSET), switches.spending_of(agent_id)]
    if await fetch_value("SELECT EXISTS (SELECT FROM switch WHERE name = ANY($1))", names):
        raise SpendingFrozen


async def _settle(
    spend_id: UUID, *, state: State, by: str, agent_id: UUID | None = None, was: State = "reserved"
) -> Spend:
    # The owner is read first and his accounts are locked before the spend's own row: the order of every money verb.
    spend = await find(spend_id, agent_id=agent_id)
    await lock([accounts.available(spend.agent_id, spend.asset), accounts.reserved(spend.agent_id, spend.asset)])
    row = await fetch_row(
        """UPDATE spend SET state = $2, settled_at = now(), settled_by = $3 WHERE id = $1 AND state = $4 RETURNING *""",
        spend_id,
        state,
        by,
        was,
    )
    if row is None:
        raise SpendSettled(state=(await find(spend_id)).state)
    return _spend(row)


async def _put_back(spend: Spend) -> None:
    parts = await fetch("SELECT lot_id, amount_minor FROM spend_part WHERE spend_id = $1", spend.id)
    await lots.change([(part["lot_id"], part["amount_minor"]) for part in parts], sign=1)
    await _move(
        spend,
        "unreserve",
        accounts.reserved(spend.agent_id, spend.asset),
        accounts.available(spend.agent_id, spend.asset),
    )


async def _move(spend: Spend, kind: str, debit: Account, to: Account, *, reverses_id: UUID | None = None) -> None:
    await post(
        [
            Transfer(
                kind=kind,
                reference=spend.id,
                debit=debit,
                credit=to,
                amount_minor=spend.amount_minor,
                cause=f"spend:{spend.id}",
                reverses_id=reverses_id,
            )
        ]
    )


async def _write(spend: Spend, parts: list[tuple[UUID, int]]) -> None:
    await execute(
        """INSERT INTO spend (id, agent_id, asset, amount_minor, purpose, created_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        spend.id,
        spend.agent_id,
        spend.asset,
        spend.amount_minor,
        spend.purpose,
        spend.created_at,
        spend.expires_at,
    )
    await execute(
        "INSERT INTO spend_part (spend_id, lot_id, amount_minor) SELECT $1, * FROM unnest($2::uuid[], $3::bigint[])",
        spend.id,
        [lot_id for lot_id, _ in parts],
        [amount for _, amount in parts],
    )
    await lots.change(parts, sign=-1)


def _spend(row: Any) -> Spend:
    return Spend(**{name: row[name] for name in Spend.__struct_fields__})
