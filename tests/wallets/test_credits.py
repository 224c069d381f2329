import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.db import execute, fetch, fetch_value, transaction
from tests.wallets.purses import (
    DAY,
    a_credit,
    claw_back,
    credited,
    expire_due,
    expired,
    fund,
    purse,
    release_due,
    remaining,
    reserve,
    wait_over,
)
from wallets.credits import Released, credit, release_date
from wallets.expiries import Expired
from wallets.spends import release
from wallets.statement import balances

pytestmark = pytest.mark.usefixtures("books")


async def test_a_bonus_comes_from_its_campaign_and_waits() -> None:
    agent_id, campaign_id = uuid4(), uuid4()
    await fund(campaign_id, 1_000)

    async with transaction() as now:
        released = await credit([a_credit(agent_id, 300, at=now, wait_seconds=DAY, campaign_id=campaign_id)], now=now)

    assert released == []
    assert await purse(agent_id) == (300, 0, 0, 0)
    assert await fetch_value("SELECT balance_minor FROM v_accounts WHERE kind = 'campaign'") == 700
    [balance] = await balances(agent_id)
    assert balance.next_release_at == now + timedelta(days=1)


async def test_a_bonus_without_a_waiting_time_is_available_at_once() -> None:
    agent_id = uuid4()

    async with transaction() as now:
        one = a_credit(agent_id, 300, at=now)
        released = await credit([one], now=now)

    assert released == [Released(one.accrual_id, agent_id, "BON", 300, 0)]
    assert await purse(agent_id) == (0, 300, 0, 0)


async def test_hundreds_are_credited_in_one_batch() -> None:
    agents = [uuid4() for _ in range(40)]

    async with transaction() as now:
        batch = [a_credit(agents[turn % 40], turn + 1, at=now, wait_seconds=turn % 3 * DAY) for turn in range(400)]
        released = await credit(batch, now=now)

    free = [one for one in batch if one.releases_at <= now]
    assert {one.lot_id for one in released} == {one.accrual_id for one in free}
    for agent_id in agents:
        available = sum(one.amount_minor for one in free if one.agent_id == agent_id)
        earned = sum(one.amount_minor for one in batch if one.agent_id == agent_id)
        assert await purse(agent_id) == (earned - available, available, 0, 0)


async def test_an_accrual_is_credited_once_however_often_it_is_tried() -> None:
    agent_id = uuid4()
    async with transaction() as now:
        one = a_credit(agent_id, 300, at=now)
        await credit([one], now=now)

    async def again() -> None:
        async with transaction() as now:
            await credit([one], now=now)

    tries = await asyncio.gather(*(again() for _ in range(30)), return_exceptions=True)

    assert all(isinstance(one, asyncpg.UniqueViolationError) for one in tries)
    assert await purse(agent_id) == (0, 300, 0, 0)


async def test_thirty_first_credits_at_once_all_arrive_in_a_wallet_that_nobody_had_opened() -> None:
    agent_id = uuid4()

    await asyncio.gather(*(credited(agent_id, 10, wait_seconds=turn % 2 * DAY) for turn in range(30)))

    assert await purse(agent_id) == (150, 150, 0, 0)


async def test_pending_money_is_released_on_its_date_and_not_before() -> None:
    agent_id = uuid4()
    due, later = await credited(agent_id, 100, wait_seconds=DAY), await credited(agent_id, 50, wait_seconds=DAY)
    early = await release_due()
    await wait_over(due)

    released = await release_due()

    assert early == []
    assert released == [Released(due, agent_id, "BON", 100, 0)]
    assert await purse(agent_id) == (50, 100, 0, 0)
    assert await remaining(later) == 50


async def test_thirty_who_release_at_once_release_each_lot_once() -> None:
    agent_id = uuid4()
    accruals = [await credited(agent_id, 10, wait_seconds=DAY) for _ in range(20)]
    await wait_over(*accruals)

    released = await asyncio.gather(*(release_due() for _ in range(30)))

    assert sorted(one.lot_id for part in released for one in part) == sorted(accruals)
    assert await purse(agent_id) == (0, 200, 0, 0)


async def test_the_oldest_are_released_first() -> None:
    accruals = [await credited(uuid4(), 10, wait_seconds=DAY) for _ in range(5)]
    for turn, accrual_id in enumerate(accruals):
        await execute("UPDATE lot SET releases_at = now() - make_interval(hours => $2) WHERE id = $1", accrual_id, turn)

    released = await release_due(limit=2)

    assert sorted(one.lot_id for one in released) == sorted(accruals[3:])


async def test_a_lot_that_was_clawed_back_whole_is_released_as_nothing() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100, wait_seconds=DAY)
    await claw_back(accrual_id, 100)
    await wait_over(accrual_id)

    assert await release_due() == []
    assert await release_due() == []
    assert await purse(agent_id) == (0, 0, 0, 0)
    assert await fetch_value("SELECT state FROM lot") == "available"


async def test_a_lot_expires_so_many_days_after_its_release() -> None:
    accrual_id = await credited(uuid4(), 100, wait_seconds=DAY, expires_after_days=90)
    waiting = await fetch_value("SELECT expires_at FROM lot")
    await wait_over(accrual_id)

    await release_due()

    assert waiting is None
    assert await fetch_value("SELECT expires_at - releases_at FROM lot") >= timedelta(days=90)
    assert await fetch_value("SELECT expires_at - releases_at FROM lot") < timedelta(days=90, minutes=1)


async def test_what_was_not_spent_in_time_expires_once() -> None:
    agent_id = uuid4()
    old, kept = await credited(agent_id, 100, expires_after_days=1), await credited(agent_id, 30, expires_after_days=9)
    await reserve(agent_id, 40)
    await expired(old)

    swept = await asyncio.gather(*(expire_due() for _ in range(30)))

    assert [lot for lots in swept for lot in lots] == [Expired(old, agent_id, "BON", 60, 0)]
    assert await purse(agent_id) == (0, 30, 40, 0)
    assert (await remaining(old), await remaining(kept)) == (0, 30)
    assert await fetch_value("SELECT balance_minor FROM v_accounts WHERE kind = 'house_expired'") == 60


async def test_what_a_released_spend_puts_back_into_an_expired_lot_expires_again() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100, expires_after_days=1)
    spend = await reserve(agent_id, 40)
    await expired(accrual_id)
    await expire_due()
    await release(spend.id, by="test")

    await expire_due()

    assert await purse(agent_id) == (0, 0, 0, 0)
    expiries = await fetch("SELECT amount_minor FROM transfer WHERE kind = 'expire' ORDER BY amount_minor")
    assert [row["amount_minor"] for row in expiries] == [40, 60]


@pytest.mark.parametrize(("share", "repaid"), [(10_000, 60), (5_000, 50), (3_333, 33), (0, 0)])
async def test_the_next_bonus_repays_a_debt_by_its_campaigns_share(share: int, repaid: int) -> None:
    agent_id = uuid4()
    await claw_back(await in_debt(agent_id, 60), 60)

    async with transaction() as now:
        one = a_credit(agent_id, 100, at=now, debt_share_basis_points=share)
        released = await credit([one], now=now)

    assert released == [Released(one.accrual_id, agent_id, "BON", 100 - repaid, repaid)]
    assert await purse(agent_id) == (0, 100 - repaid, 60, 60 - repaid)
    assert await remaining(one.accrual_id) == 100 - repaid


async def in_debt(agent_id: UUID, amount_minor: int) -> UUID:
    """An accrual whose money has been spent, so that taking it back makes a debt."""
    accrual_id = await credited(agent_id, amount_minor)
    await reserve(agent_id, amount_minor)
    return accrual_id


async def test_a_debt_is_repaid_bonus_by_bonus_and_never_twice() -> None:
    agent_id = uuid4()
    await claw_back(await in_debt(agent_id, 60), 60)

    async with transaction() as now:
        released = await credit([a_credit(agent_id, 25, at=now) for _ in range(4)], now=now)

    assert sorted(one.repaid_minor for one in released) == [0, 10, 25, 25]
    assert await purse(agent_id) == (0, 40, 60, 0)
    await credited(agent_id, 25)
    assert await purse(agent_id) == (0, 65, 60, 0)


async def test_thirty_bonuses_at_once_repay_exactly_the_debt() -> None:
    agent_id = uuid4()
    await claw_back(await in_debt(agent_id, 55), 55)

    await asyncio.gather(*(credited(agent_id, 10, debt_share_basis_points=3_000) for _ in range(30)))

    assert await purse(agent_id) == (0, 245, 55, 0)


async def test_the_date_of_release_is_the_waiting_time_after_acceptance() -> None:
    async with transaction() as now:
        assert release_date(now, 14 * DAY) == now + timedelta(days=14)
