import asyncio
from datetime import timedelta

import pytest

from core import guesses
from core.db import fetch, fetch_value, transaction
from tests.core.rollbacks import rolled_back

pytestmark = pytest.mark.usefixtures("database")

ANNA, BORIS, NETWORK = b"anna", b"boris", b"network"


async def count(*subjects: bytes, most: int = 20) -> dict[bytes, int]:
    async with transaction() as now:
        return await guesses.count([[(subject, most)] for subject in subjects], now=now)


async def blocked(*subjects: bytes, most: int = 20) -> set[bytes]:
    rows = await fetch(guesses.blocked("$1", "$2"), subjects, [most] * len(subjects))
    return {row["subject"] for row in rows}


async def test_thirty_at_once_let_exactly_the_limit_in() -> None:
    let_in = await asyncio.gather(*(count(ANNA) for _ in range(30)))

    assert sum(one[ANNA] for one in let_in) == 20
    assert await fetch_value("SELECT failures FROM guess") == 20


async def test_thirty_batches_at_once_let_exactly_the_limit_of_each_in() -> None:
    batch = [ANNA, BORIS, ANNA]

    let_in = await asyncio.gather(*(count(*batch[:: (-1) ** turn], most=50) for turn in range(30)))

    assert sum(one[ANNA] for one in let_in) == 50
    assert sum(one[BORIS] for one in let_in) == 30


async def test_a_batch_lets_in_what_is_left_of_each_subject() -> None:
    await count(*[ANNA] * 18)

    let_in = await count(*[ANNA] * 5, *[BORIS] * 3)

    assert let_in == {ANNA: 2, BORIS: 3}


async def test_whoever_has_none_left_costs_his_network_none() -> None:
    async with transaction() as now:
        let_in = await guesses.count([[(ANNA, 20), (NETWORK, 200)]] * 500, now=now)
        behind = await guesses.count([[(ANNA, 20), (NETWORK, 200)], [(BORIS, 20), (NETWORK, 200)]], now=now)

    assert let_in == {ANNA: 20, NETWORK: 20}
    assert behind == {ANNA: 0, BORIS: 1, NETWORK: 1}
    assert await fetch_value("SELECT failures FROM guess WHERE subject = $1", NETWORK) == 21


async def test_whoever_used_his_failures_up_is_blocked_and_nobody_else() -> None:
    await count(*[ANNA] * 20, *[BORIS] * 19)

    assert await blocked(ANNA, BORIS, b"never seen") == {ANNA}


async def test_a_limit_that_was_lowered_holds_at_once() -> None:
    await count(*[ANNA] * 10)

    assert await blocked(ANNA, most=5) == {ANNA}
    assert await count(ANNA, most=5) == {ANNA: 0}


async def test_failures_count_for_their_hour() -> None:
    async with transaction() as now:
        await guesses.count([[(ANNA, 20)]] * 20, now=now - timedelta(hours=1))

    assert await blocked(ANNA) == set()
    assert await count(ANNA) == {ANNA: 1}


async def test_a_count_that_is_rolled_back_never_was() -> None:
    async with rolled_back() as now:
        await guesses.count([[(ANNA, 20)]] * 20, now=now)

    assert await blocked(ANNA) == set()


async def test_nobody_asked_is_nobody_blocked() -> None:
    assert await blocked() == set()
    assert await count() == {}
