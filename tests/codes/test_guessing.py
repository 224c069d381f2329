import asyncio
from collections import Counter

import asyncpg
import pytest
import redis.asyncio

from core.db import execute, fetch, fetch_value
from core.guesses import forget_old
from core.limits import RateLimited
from core.settings import Settings
from tests.packs import (
    Sale,
    a_sale,
    a_wrong_code,
    an_agent,
    asks,
    claimed,
    said,
    scan,
    some_agents,
)


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


async def test_after_the_last_guess_that_is_allowed_nothing_is_looked_at(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = [await scan(agent_id, a_wrong_code(sale.batch), most=3) for _ in range(5)]

    silenced = await scan(agent_id, sale.batch.code(0), most=3)
    assert list(map(said, judged)) == ["not_accepted"] * 3 + ["rate_limited"] * 2
    assert isinstance(silenced, RateLimited)
    assert 0 < (silenced.retry_after_seconds or 0) <= 3601


async def test_within_a_batch_too_nothing_is_looked_at_after_a_guess_too_many(sale: Sale) -> None:
    agent_id, other = await some_agents(2)
    wrong, right = a_wrong_code(sale.batch), sale.batch.code(0)

    judged = await claimed(
        *(asks(agent_id, wrong, most=3) for _ in range(5)),
        asks(agent_id, right, most=3),
        asks(other, right, most=3),
    )

    assert list(map(said, judged)) == ["not_accepted"] * 3 + ["rate_limited"] * 3 + ["new accepted"]


async def test_guesses_within_what_is_allowed_silence_nobody(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = await claimed(
        *(asks(agent_id, a_wrong_code(sale.batch)) for _ in range(3)), asks(agent_id, sale.batch.code(0))
    )

    assert list(map(said, judged)) == ["not_accepted"] * 3 + ["new accepted"]


async def test_guesses_of_many_agents_silence_their_network_and_no_other(sale: Sale) -> None:
    agents = await some_agents(4)
    wrong = a_wrong_code(sale.batch)

    judged = [await scan(agent_id, wrong, network_most=3) for agent_id in agents]

    silenced = await scan(await an_agent(), sale.batch.code(0), network_most=3)
    elsewhere = await scan(await an_agent(), sale.batch.code(0), network=b"elsewhere", network_most=3)
    assert list(map(said, judged)) == ["not_accepted"] * 3 + ["rate_limited"]
    assert (said(silenced), said(elsewhere)) == ("rate_limited", "new accepted")


async def test_a_queue_full_of_guesses_silences_its_agent_and_not_his_network(sale: Sale) -> None:
    guesser, silenced, other = await some_agents(3)
    wrong = a_wrong_code(sale.batch)
    await claimed(*(asks(silenced, wrong, most=1, network_most=50) for _ in range(2)))

    judged = await claimed(
        *(asks(guesser, wrong, most=3, network_most=50) for _ in range(60)),
        asks(silenced, wrong, most=1, network_most=50),
        asks(other, sale.batch.code(0), network_most=50),
    )

    assert Counter(map(said, judged)) == {"not_accepted": 3, "rate_limited": 58, "new accepted": 1}
    assert said(await scan(other, sale.batch.code(1), network_most=50)) == "new accepted"
    assert await fetch_value("SELECT failures FROM guess WHERE subject = $1", b"network") == 4


async def test_two_hundred_guesses_at_once_are_counted_exactly(sale: Sale) -> None:
    agents = await some_agents(20)
    wrong = a_wrong_code(sale.batch)
    requests = [asks(agents[place % 20], wrong, most=4, network_most=50) for place in range(200)]

    judged = await asyncio.gather(*(claimed(*requests[place : place + 5]) for place in range(0, 200, 5)))

    outcomes = Counter(said(one) for each in judged for one in each)
    by_agent = Counter(
        request.agent_id
        for request, one in zip(requests, (one for each in judged for one in each), strict=True)
        if said(one) == "not_accepted"
    )
    assert outcomes == {"not_accepted": 50, "rate_limited": 150}
    assert max(by_agent.values()) <= 4
    assert await fetch_value("SELECT failures FROM guess WHERE subject = $1", b"network") == 50


async def test_guesses_that_another_process_is_just_counting_count(sale: Sale, settings: Settings) -> None:
    agent_id = await an_agent()
    other = await asyncpg.connect(settings.database_url)
    async with other.transaction():
        await other.execute(
            "INSERT INTO guess (subject, hour, failures) VALUES ($1, date_trunc('hour', now()), 3)", agent_id.bytes
        )
        right, wrong = asks(agent_id, sale.batch.code(0), most=3), asks(agent_id, a_wrong_code(sale.batch), most=3)
        judging = asyncio.create_task(claimed(right, wrong))
        await asyncio.sleep(0.1)
        assert not judging.done()
    await other.close()

    assert list(map(said, await judging)) == ["rate_limited", "rate_limited"]


async def test_guesses_are_remembered_although_valkey_forgets_everything(sale: Sale, settings: Settings) -> None:
    agent_id = await an_agent()
    await claimed(*(asks(agent_id, a_wrong_code(sale.batch), most=3) for _ in range(3)))

    async with redis.asyncio.Redis.from_url(settings.redis_url) as valkey:
        await valkey.flushall()

    assert said(await scan(agent_id, sale.batch.code(0), most=3)) == "rate_limited"


async def test_guesses_count_for_the_hour_of_the_clock_and_are_forgotten(sale: Sale) -> None:
    agent_id = await an_agent()
    await claimed(*(asks(agent_id, a_wrong_code(sale.batch), most=3) for _ in range(3)))
    await execute("UPDATE guess SET hour = hour - interval '3 hours'")

    assert said(await scan(agent_id, sale.batch.code(0), most=3)) == "new accepted"

    await forget_old()
    assert await fetch("SELECT FROM guess") == []
