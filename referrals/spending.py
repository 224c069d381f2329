"""Spending: money set aside, given out, freed or returned, and its agent told each time.

Each verb joins its caller's transaction, which has to be an adoptable one: the money's use case takes part in it first.
Only what is freed by schedule has transactions of its own.
"""

from datetime import datetime
from uuid import UUID

from core.db import transaction
from core.idempotency import IdempotencyMismatch
from core.refusals import NotFound
from referrals import journal
from referrals.journal import JournalKind
from wallets import spends
from wallets.spends import Spend, SpendSettled

OVERDUE_BATCH = 500


async def set_aside_once(
    spend_id: UUID, agent_id: UUID, *, asset: str, amount_minor: int, purpose: str, ttl_seconds: int
) -> Spend:
    """Reserve money for an intent that is known by this id: asked again, however late, it is the spend as it stands.

    IdempotencyMismatch where the id stands for another spend; InsufficientFunds when there is less that is free.
    """
    try:
        before = await spends.find(spend_id, agent_id=agent_id)
    except NotFound:
        return await set_aside(
            agent_id,
            asset=asset,
            amount_minor=amount_minor,
            purpose=purpose,
            ttl_seconds=ttl_seconds,
            spend_id=spend_id,
        )
    if (before.asset, before.amount_minor, before.purpose) != (asset, amount_minor, purpose):
        raise IdempotencyMismatch
    return before


async def set_aside(
    agent_id: UUID, *, asset: str, amount_minor: int, purpose: str, ttl_seconds: int, spend_id: UUID | None = None
) -> Spend:
    """Reserve an agent's money; InsufficientFunds when there is less that is free."""
    spend = await spends.reserve(
        agent_id, asset=asset, amount_minor=amount_minor, purpose=purpose, ttl_seconds=ttl_seconds, spend_id=spend_id
    )
    return await _tell(spend, JournalKind.spend_reserved, at=spend.created_at)


async def pay(
    agent_id: UUID, *, asset: str, amount_minor: int, purpose: str, by: str, spend_id: UUID | None = None
) -> Spend:
    """Set aside and capture at once, for what is given in the same transaction; the agent is told once."""
    spend = await spends.pay(
        agent_id, asset=asset, amount_minor=amount_minor, purpose=purpose, by=by, spend_id=spend_id
    )
    return await _tell(spend, JournalKind.spend_captured)


async def give_out(spend_id: UUID, *, by: str) -> Spend:
    """Capture what was reserved: the thing was given."""
    return await _tell(await spends.capture(spend_id, by=by), JournalKind.spend_captured)


async def free(spend_id: UUID, *, by: str, agent_id: UUID | None = None) -> Spend:
    """Release what was reserved; an agent frees only his own."""
    return await _tell(await spends.release(spend_id, by=by, agent_id=agent_id), JournalKind.spend_released)


async def free_all_overdue() -> int:
    """Release everything that nobody captured in time, a spend a transaction; returns how many."""
    total = 0
    while due := await spends.overdue(OVERDUE_BATCH):
        for spend_id in due:
            total += await _free_overdue(spend_id)
    return total


async def _free_overdue(spend_id: UUID) -> bool:
    try:
        async with transaction(adoptable=True):
            spend = await spends.release(spend_id, by="schedule")
            await _tell(spend, JournalKind.spend_released, overdue=True)
    except SpendSettled:
        # Somebody else was first, which is as good.
        return False
    return True


async def take_back(spend_id: UUID, *, by: str) -> Spend:
    """Refund what was captured."""
    return await _tell(await spends.refund(spend_id, by=by), JournalKind.spend_refunded)


async def _tell(spend: Spend, kind: JournalKind, *, at: datetime | None = None, **facts: bool) -> Spend:
    moment = at or spend.settled_at
    if moment is None:
        raise ValueError("a settled spend says when it was")
    await journal.tell(
        spend.agent_id,
        kind,
        at=moment,
        spend_id=spend.id,
        amount_minor=spend.amount_minor,
        asset=spend.asset,
        purpose=spend.purpose,
        **facts,
    )
    return spend
