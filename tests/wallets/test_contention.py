"""Many hands in few wallets: nothing is lost, doubled or waited for in a circle."""

import asyncio
import random
import time
from collections.abc import Awaitable
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.db import execute, fetch, fetch_value
from core.refusals import DomainError
from tests.wallets.purses import (
    claw_back,
    credited,
    expire_due,
    purse,
    release_due,
    release_overdue,
    reserve,
    wait_over,
)
from wallets import spends
from wallets.spends import InsufficientFunds, Spend

pytestmark = pytest.mark.usefixtures("books")


async def race(tries: list[Awaitable[Any]]) -> list[Any]:
    """All at once; refusals are results, anything else is a failure."""
    done = await asyncio.gather(*tries, return_exceptions=True)
    broken = [one for one in done if isinstance(one, BaseException) and not isinstance(one, DomainError)]
    assert broken == []
    return done


async def test_three_hundred_mixed_movements_of_one_wallet_end_as_some_order_of_them_would() -> None:
    chance, agent_id = random.Random(7), uuid4()
    accruals = [await credited(agent_id, 100) for _ in range(30)]
    before = [await reserve(agent_id, 10) for _ in range(60)]
    tries: list[Awaitable[Any]] = [spends.capture(spend.id, by="key:1") for spend in before[:40]]
    tries += [spends.release(spend.id, by="agent") for spend in before[20:]]
    tries += [reserve(agent_id, chance.randrange(1, 50)) for _ in range(130)]
    tries += [credited(agent_id, 5) for _ in range(70)]
    tries += [claw_back(accrual_id, 40) for accrual_id in accruals[:20]]
    chance.shuffle(tries)

    await race(tries)

    spent = await fetch_value("SELECT coalesce(sum(amount_minor), 0) FROM spend WHERE state = 'captured'")
    set_aside = await fetch_value("SELECT coalesce(sum(amount_minor), 0) FROM spend WHERE state = 'reserved'")
    pending, available, reserved, debt = await purse(agent_id)
    assert (pending, reserved) == (0, set_aside)
    assert available - debt == 30 * 100 + 70 * 5 - 20 * 40 - spent - set_aside


async def test_a_hot_wallet_takes_credits_and_spends_from_everywhere_without_waiting_in_a_circle() -> None:
    agent_id = uuid4()
    await credited(agent_id, 10_000)
    started = time.monotonic()

    await race([movement for _ in range(60) for movement in (credited(agent_id, 3), reserve(agent_id, 2))])

    assert await purse(agent_id) == (0, 10_000 + 60, 120, 0)
    assert time.monotonic() - started < 30


async def test_batches_over_the_same_wallets_in_any_order_never_wait_in_a_circle() -> None:
    agents = [uuid4() for _ in range(12)]
    movements: list[Awaitable[Any]] = []
    for turn in range(8):
        movements.append(credit_all(agents[turn:] + agents[:turn]))
        movements.append(credit_all(agents[::-1]))

    await race(movements)

    assert [await purse(agent_id) for agent_id in agents] == [(0, 160, 0, 0)] * 12


async def credit_all(agents: list[UUID]) -> None:
    from core.db import transaction
    from tests.wallets.purses import a_credit
    from wallets.credits import credit

    async with transaction() as now:
        await credit([a_credit(agent_id, 10, at=now) for agent_id in agents], now=now)


async def test_a_lot_that_expires_while_it_is_spent_is_spent_or_expired_and_never_both() -> None:
    agents = [uuid4() for _ in range(40)]
    for agent_id in agents:
        await credited(agent_id, 100, expires_after_days=1)
    # The last moment of all of them falls into the middle of the race.
    await execute("UPDATE lot SET expires_at = clock_timestamp() + interval '60 milliseconds'")

    done = await race(
        [movement for agent_id in agents for movement in (after(random.random() / 8, reserve(agent_id, 100)),)]
        + [after(turn / 100, expire_due()) for turn in range(15)]
    )
    await expire_due()

    spent = {one.agent_id for one in done if isinstance(one, Spend)}
    refused = [one for one in done if isinstance(one, InsufficientFunds)]
    assert len(spent) + len(refused) == 40
    for agent_id in agents:
        assert await purse(agent_id) == (0, 0, 100 if agent_id in spent else 0, 0)
    assert await fetch_value("SELECT count(*) FROM transfer WHERE kind = 'expire'") == len(refused)


async def after(seconds: float, movement: Awaitable[Any]) -> Any:
    await asyncio.sleep(seconds)
    return await movement


async def test_a_clawback_that_meets_the_release_takes_its_money_once() -> None:
    agent_id = uuid4()
    accruals = [await credited(agent_id, 10, wait_seconds=60) for _ in range(30)]
    await wait_over(*accruals)

    done = await race(
        [claw_back(accrual_id, 10) for accrual_id in accruals] + [release_due(limit=3) for _ in range(20)]
    )

    taken = [one for one in done if not isinstance(one, list)]
    assert sum(one.from_pending_minor + one.from_available_minor for one in taken) == 300
    assert await purse(agent_id) == (0, 0, 0, 0)


async def test_many_wallets_at_once_with_everything_keep_their_books() -> None:
    chance = random.Random(11)
    agents = [uuid4() for _ in range(6)]
    accruals = {
        agent_id: [await credited(agent_id, 50, wait_seconds=turn % 2 * 60) for turn in range(6)] for agent_id in agents
    }
    await wait_over(*(lot for lots in accruals.values() for lot in lots[::3]))
    made = [await reserve(agent_id, 20) for agent_id in agents]
    tries: list[Awaitable[Any]] = []
    for agent_id in agents:
        tries += [reserve(agent_id, chance.randrange(1, 60)) for _ in range(15)]
        tries += [claw_back(lot, chance.randrange(1, 25)) for lot in accruals[agent_id]]
        tries += [credited(agent_id, 7, wait_seconds=chance.randrange(2) * 60) for _ in range(10)]
    tries += [verb(spend.id, by="test") for spend in made for verb in (spends.capture, spends.release, spends.refund)]
    tries += [release_due(limit=5) for _ in range(10)] + [expire_due() for _ in range(5)]
    tries += [release_overdue() for _ in range(5)]
    chance.shuffle(tries)

    await race(tries)

    assert await fetch("SELECT FROM account WHERE balance_minor < 0") == []
