import asyncio
from uuid import UUID, uuid4

import pytest

from core.db import fetch, fetch_value
from core.refusals import NotFound
from tests.core.rollbacks import rolled_back
from tests.wallets.purses import (
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
from wallets import clawbacks, spends
from wallets.clawbacks import Clawback, ClawbackMade

pytestmark = pytest.mark.usefixtures("books")


async def reversals() -> list[tuple[str, str]]:
    """Each reversing transfer's kind, and that of its original."""
    rows = await fetch(
        "SELECT r.kind, o.kind AS original FROM transfer r JOIN transfer o ON o.id = r.reverses_id ORDER BY r.kind"
    )
    return [(row["kind"], row["original"]) for row in rows]


async def test_pending_money_goes_back_to_its_campaign() -> None:
    agent_id = uuid4()
    await fund(UUID(int=1), 1_000)
    accrual_id = await credited(agent_id, 300, wait_seconds=60)

    taken = await claw_back(accrual_id, 300)

    assert taken == Clawback(300, 0, 0)
    assert await purse(agent_id) == (0, 0, 0, 0)
    assert await fetch_value("SELECT balance_minor FROM v_accounts WHERE kind = 'campaign'") == 1_000
    assert await reversals() == [("claw_pending", "credit")]


async def test_available_money_is_taken_out_of_its_own_lot_first() -> None:
    agent_id = uuid4()
    soon = await credited(agent_id, 100, expires_after_days=1)
    own, last = await credited(agent_id, 100, expires_after_days=5), await credited(agent_id, 100)

    taken = await claw_back(own, 100)

    assert taken == Clawback(0, 100, 0)
    assert [await remaining(lot) for lot in (own, soon, last)] == [0, 100, 100]
    assert await reversals() == [("claw_available", "credit")]


async def test_what_its_own_lot_no_longer_has_comes_out_of_the_first_others_to_expire() -> None:
    agent_id = uuid4()
    own = await credited(agent_id, 100, expires_after_days=1)
    await reserve(agent_id, 70)
    last, soon = await credited(agent_id, 50), await credited(agent_id, 50, expires_after_days=5)

    taken = await claw_back(own, 100)

    assert taken == Clawback(0, 100, 0)
    assert [await remaining(lot) for lot in (own, soon, last)] == [0, 0, 30]
    assert await purse(agent_id) == (0, 30, 70, 0)


async def test_what_is_gone_becomes_a_debt_and_no_reversal() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100)
    await spends.capture((await reserve(agent_id, 80)).id, by="test")

    taken = await claw_back(accrual_id, 100)

    assert taken == Clawback(0, 20, 80)
    assert await purse(agent_id) == (0, 0, 0, 80)
    assert await reversals() == []


async def test_others_waiting_money_is_not_touched() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100)
    await reserve(agent_id, 100)
    waiting = await credited(agent_id, 100, wait_seconds=60)

    taken = await claw_back(accrual_id, 60)

    assert taken == Clawback(0, 0, 60)
    assert await remaining(waiting) == 100


async def test_a_bonus_is_taken_back_in_parts() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100, wait_seconds=60)

    parts = [await claw_back(accrual_id, 30)]
    await wait_over(accrual_id)
    await release_due()
    parts += [await claw_back(accrual_id, 30), await claw_back(accrual_id, 40)]

    assert parts == [Clawback(30, 0, 0), Clawback(0, 30, 0), Clawback(0, 40, 0)]
    assert await purse(agent_id) == (0, 0, 0, 0)
    assert await reversals() == []


async def test_an_expired_bonus_that_is_still_there_pays_its_own_clawback() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100, expires_after_days=1)
    await expired(accrual_id)

    assert await claw_back(accrual_id, 100) == Clawback(0, 100, 0)
    assert await purse(agent_id) == (0, 0, 0, 0)


@pytest.mark.parametrize("spent", [0, 40, 100])
async def test_a_clawback_is_made_once_per_key_however_many_try(spent: int) -> None:
    agent_id, key = uuid4(), uuid4()
    accrual_id = await credited(agent_id, 100)
    if spent:
        await reserve(agent_id, spent)

    tries = await asyncio.gather(*(claw_back(accrual_id, 50, key=key) for _ in range(30)), return_exceptions=True)
    [taken] = [one for one in tries if isinstance(one, Clawback)]
    with pytest.raises(ClawbackMade):
        await claw_back(accrual_id, 50, key=key)

    free = min(50, 100 - spent)
    assert taken == Clawback(0, free, 50 - free)
    assert sum(isinstance(one, ClawbackMade) for one in tries) == 29
    assert await purse(agent_id) == (0, 100 - spent - free, spent, 50 - free)


async def test_thirty_clawbacks_of_one_wallet_at_once_take_exactly_what_was_asked() -> None:
    agent_id = uuid4()
    accruals = [await credited(agent_id, 10, wait_seconds=turn % 2 * 60) for turn in range(30)]
    await reserve(agent_id, 100)

    taken = await asyncio.gather(*(claw_back(accrual_id, 10) for accrual_id in accruals))

    assert sum(one.from_pending_minor for one in taken) == 150
    assert sum(one.from_available_minor for one in taken) == 50
    assert sum(one.to_debt_minor for one in taken) == 100
    assert await purse(agent_id) == (0, 0, 100, 100)


async def test_a_clawback_belongs_to_the_transaction_that_makes_it() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100)
    await reserve(agent_id, 70)

    async with rolled_back() as now:
        for _ in range(2):
            await clawbacks.claw_back(accrual_id, amount_minor=50, key=uuid4(), now=now)
    taken = await claw_back(accrual_id, 100)

    assert taken == Clawback(0, 30, 70)
    assert await purse(agent_id) == (0, 0, 70, 70)


async def test_a_bonus_that_was_never_credited_cannot_be_taken_back() -> None:
    with pytest.raises(NotFound):
        await claw_back(uuid4(), 1)


async def test_a_clawback_carries_the_cause_of_what_it_takes_back() -> None:
    accrual_id = await credited(uuid4(), 100)

    await claw_back(accrual_id, 100)

    assert {row["cause"] for row in await fetch("SELECT cause FROM transfer")} == {f"code:{accrual_id}"}


# What has expired is no debt.


async def an_expired_bonus(agent_id: UUID, amount_minor: int = 100, *, spent_minor: int = 0) -> UUID:
    """A bonus whose last day is over, after some of it was spent."""
    accrual_id = await credited(agent_id, amount_minor, expires_after_days=1)
    if spent_minor:
        await spends.capture((await reserve(agent_id, spent_minor)).id, by="test")
    await expired(accrual_id)
    await expire_due()
    return accrual_id


async def house_expired() -> int:
    held: int = await fetch_value("SELECT sum(balance_minor) FROM v_accounts WHERE kind = 'house_expired'")
    return held


async def test_what_expired_goes_back_from_the_house_and_is_owed_by_nobody() -> None:
    agent_id = uuid4()
    await fund(UUID(int=1), 1_000)
    accrual_id = await an_expired_bonus(agent_id)

    taken = await claw_back(accrual_id, 100)

    assert taken == Clawback(0, 0, 0, from_expired_minor=100)
    assert await purse(agent_id) == (0, 0, 0, 0)
    assert await house_expired() == 0
    assert await fetch_value("SELECT balance_minor FROM v_accounts WHERE kind = 'campaign'") == 1_000
    assert await reversals() == [("claw_expired", "credit")]


async def test_what_expired_costs_an_agent_none_of_his_other_bonuses() -> None:
    agent_id = uuid4()
    accrual_id = await an_expired_bonus(agent_id)
    other = await credited(agent_id, 100)

    await claw_back(accrual_id, 100)

    assert await remaining(other) == 100


async def test_only_what_was_spent_of_an_expired_bonus_is_owed() -> None:
    agent_id = uuid4()
    accrual_id = await an_expired_bonus(agent_id, spent_minor=30)

    assert await claw_back(accrual_id, 100) == Clawback(0, 0, 30, from_expired_minor=70)
    assert await purse(agent_id) == (0, 0, 0, 30)


async def test_the_parts_of_an_expired_bonus_are_taken_back_as_the_whole_would_be() -> None:
    agent_id = uuid4()
    accrual_id = await an_expired_bonus(agent_id, spent_minor=30)

    parts = [await claw_back(accrual_id, part) for part in (50, 40, 10)]

    assert parts == [Clawback(0, 0, 0, 50), Clawback(0, 0, 20, 20), Clawback(0, 0, 10, 0)]
    assert await purse(agent_id) == (0, 0, 0, 30)
    assert await house_expired() == 0


async def test_money_that_came_back_after_its_last_day_is_taken_before_what_expired() -> None:
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100, expires_after_days=1)
    spend = await reserve(agent_id, 60)
    await expired(accrual_id)
    await expire_due()
    await spends.release(spend.id, by="test")

    assert await claw_back(accrual_id, 70) == Clawback(0, 60, 0, from_expired_minor=10)
    assert await purse(agent_id) == (0, 0, 0, 0)
    assert await house_expired() == 30


@pytest.mark.parametrize("clawed_first", [True, False])
async def test_whoever_got_nothing_of_a_bonus_owes_nothing_whichever_came_first(clawed_first: bool) -> None:  # noqa: FBT001
    agent_id = uuid4()
    accrual_id = await credited(agent_id, 100, expires_after_days=1)
    spend = await reserve(agent_id, 60)
    await expired(accrual_id)
    await expire_due()

    if clawed_first:
        await claw_back(accrual_id, 100)
    await spends.release(spend.id, by="test")
    await expire_due()
    if not clawed_first:
        await claw_back(accrual_id, 100)

    assert await purse(agent_id) == (0, 0, 0, 0)


async def test_money_that_lapses_pays_no_debt_but_its_own() -> None:
    agent_id = uuid4()
    spent = await credited(agent_id, 100)
    await spends.capture((await reserve(agent_id, 100)).id, by="test")
    await claw_back(spent, 40)
    accrual_id = await credited(agent_id, 50, expires_after_days=1, debt_share_basis_points=0)
    await expired(accrual_id)

    await expire_due()

    assert await purse(agent_id) == (0, 0, 0, 40)
    assert await house_expired() == 50


async def test_an_expired_bonus_is_taken_back_once_per_key_however_many_try() -> None:
    agent_id, key = uuid4(), uuid4()
    accrual_id = await an_expired_bonus(agent_id)

    tries = await asyncio.gather(*(claw_back(accrual_id, 60, key=key) for _ in range(30)), return_exceptions=True)

    assert [one for one in tries if isinstance(one, Clawback)] == [Clawback(0, 0, 0, 60)]
    assert sum(isinstance(one, ClawbackMade) for one in tries) == 29


async def test_clawbacks_that_meet_the_expiry_make_no_debt_of_it() -> None:
    agent_id = uuid4()
    accruals = [await credited(agent_id, 10, expires_after_days=1) for _ in range(20)]
    await expired(*accruals)

    taken = await asyncio.gather(
        *(claw_back(accrual_id, 10) for accrual_id in accruals[:10]), *(expire_due(limit=3) for _ in range(10))
    )
    await expire_due()

    assert sum(one.to_debt_minor for one in taken if isinstance(one, Clawback)) == 0
    assert await purse(agent_id) == (0, 0, 0, 0)
    assert await house_expired() == 100
