"""Money for the tests of this room: credited, waited for, looked at, and proven."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import proofs
from core.db import execute, fetch_value, transaction
from core.ids import uuid7
from tests.invariants import broken_invariants
from wallets import accounts, clawbacks, credits, expiries, spends
from wallets.accounts import AccountKind
from wallets.clawbacks import Clawback
from wallets.credits import Credit, Released, credit
from wallets.expiries import Expired
from wallets.ledger import Transfer, post
from wallets.proofs import PROOFS
from wallets.spends import Spend, SpendSettled
from wallets.statement import balances

ASSET = "BON"
DAY = 86_400


def a_credit(
    agent_id: UUID,
    amount_minor: int = 100,
    *,
    at: datetime,
    wait_seconds: float = 0,
    campaign_id: UUID | None = None,
    expires_after_days: int | None = None,
    debt_share_basis_points: int = 10_000,
    asset: str = ASSET,
) -> Credit:
    """An accrual's money, as the drain hands it over."""
    accrual_id = uuid7()
    return Credit(
        accrual_id=accrual_id,
        agent_id=agent_id,
        campaign_id=campaign_id or UUID(int=1),
        asset=asset,
        amount_minor=amount_minor,
        releases_at=at + timedelta(seconds=wait_seconds),
        expires_after_days=expires_after_days,
        debt_share_basis_points=debt_share_basis_points,
        cause=f"code:{accrual_id}",
    )


async def credited(agent_id: UUID, amount_minor: int = 100, **terms: Any) -> UUID:
    """Credit an agent; returns the accrual."""
    async with transaction() as now:
        one = a_credit(agent_id, amount_minor, at=now, **terms)
        await credit([one], now=now)
    return one.accrual_id


async def fund(campaign_id: UUID, amount_minor: int, *, asset: str = ASSET) -> None:
    """A budget, as the owner gives it."""
    async with transaction():
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


async def reserve(agent_id: UUID, amount_minor: int, *, ttl_seconds: int = DAY, asset: str = ASSET) -> Spend:
    return await spends.reserve(
        agent_id, asset=asset, amount_minor=amount_minor, purpose="Перфоратор", ttl_seconds=ttl_seconds
    )


async def claw_back(accrual_id: UUID, amount_minor: int, *, key: UUID | None = None) -> Clawback:
    async with transaction() as now:
        return await clawbacks.claw_back(accrual_id, amount_minor=amount_minor, key=key or uuid7(), now=now)


async def release_due(limit: int = 500) -> Sequence[Released]:
    async with transaction() as now:
        return await credits.release_due(now=now, limit=limit)


async def expire_due(limit: int = 500) -> Sequence[Expired]:
    async with transaction() as now:
        return await expiries.expire_due(now=now, limit=limit)


async def release_overdue() -> None:
    """As the schedule does it, whoever else does it too."""
    for spend_id in await spends.overdue(500):
        with suppress(SpendSettled):
            await spends.release(spend_id, by="schedule")


async def wait_over(*accrual_ids: UUID) -> None:
    """As if the waiting time of these lots had passed."""
    await execute("UPDATE lot SET releases_at = now() WHERE id = ANY($1)", accrual_ids)


async def expired(*accrual_ids: UUID) -> None:
    """As if the last day of these lots had passed."""
    await execute("UPDATE lot SET expires_at = now() WHERE id = ANY($1)", accrual_ids)


async def purse(agent_id: UUID, asset: str = ASSET) -> tuple[int, int, int, int]:
    """An agent's pending, available, reserved and debt."""
    for one in await balances(agent_id):
        if one.asset == asset:
            return one.pending_minor, one.available_minor, one.reserved_minor, one.debt_minor
    return 0, 0, 0, 0


async def remaining(accrual_id: UUID) -> int:
    """What is left of an accrual's lot."""
    return int(await fetch_value("SELECT remaining_minor FROM lot WHERE id = $1", accrual_id))


async def failed_proofs() -> list[str]:
    """The proofs of the ledger that do not hold, and the rows that they name."""
    verdicts = await proofs.run(PROOFS)
    return [f"{verdict.name}: {breach.subject}" for verdict in verdicts for breach in verdict.breaches]


async def wrong() -> list[str]:
    """Everything that is wrong with the books, from inside and from outside."""
    return await failed_proofs() + await broken_invariants()
