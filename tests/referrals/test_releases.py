import asyncio
from uuid import UUID

from core.db import execute, fetch_value
from referrals.releases import release_all_due, release_due
from tests.interruptions import interruptions
from tests.packs import BONUS_MINOR, a_sale, accepted, an_agent, settled, some_agents, told, wallet

DAY = 86_400


async def waiting_bonuses(agent_id: UUID, count: int) -> None:
    """So many bonuses that wait for a day."""
    sale = await a_sale(count, wait_seconds=DAY)
    await accepted(agent_id, *sale.batch.codes(count))
    await settled()


async def move_dates(by: str) -> None:
    await execute(f"UPDATE lot SET releases_at = now() + interval '{by}'")


async def test_a_bonus_is_free_on_its_date_and_not_a_second_before(proven: None) -> None:
    agent_id = await an_agent()
    await waiting_bonuses(agent_id, 1)

    await move_dates("1 second")
    assert await release_all_due() == 0
    assert (await wallet(agent_id)).pending_minor == BONUS_MINOR

    await move_dates("0 seconds")
    assert await release_all_due() == 1
    balance = await wallet(agent_id)
    assert (balance.pending_minor, balance.available_minor) == (0, BONUS_MINOR)
    assert await told(agent_id) == [("credited", BONUS_MINOR), ("available", BONUS_MINOR)]


async def test_releasing_again_releases_nothing_again(proven: None) -> None:
    agent_id = await an_agent()
    await waiting_bonuses(agent_id, 3)
    await move_dates("-1 day")

    assert [await release_all_due(), await release_all_due()] == [3, 0]

    assert (await wallet(agent_id)).available_minor == 3 * BONUS_MINOR


async def test_thirty_workers_at_once_release_each_bonus_once(proven: None) -> None:
    agents = await some_agents(3)
    for agent_id in agents:
        await waiting_bonuses(agent_id, 10)
    await move_dates("-1 day")

    released = await asyncio.gather(*(release_all_due() for _ in range(30)))

    assert sum(released) == 30
    assert [(await wallet(agent_id)).available_minor for agent_id in agents] == [10 * BONUS_MINOR] * 3
    assert [len(await told(agent_id)) for agent_id in agents] == [20] * 3


async def test_what_is_due_is_caught_up_with_batch_by_batch_after_any_pause(proven: None) -> None:
    agent_id = await an_agent()
    await waiting_bonuses(agent_id, 10)
    await move_dates("-400 days")

    assert await release_due(limit=4) == 4

    assert await release_all_due() == 6
    assert (await wallet(agent_id)).available_minor == 10 * BONUS_MINOR


async def test_a_release_that_is_cut_anywhere_has_happened_or_not(proven: None) -> None:
    agent_id = await an_agent()
    await waiting_bonuses(agent_id, 2)
    await move_dates("-1 day")

    cuts = [await is_whole(agent_id) async for _ in interruptions(release_due)]

    assert len(cuts) > 8
    assert all(cuts)
    assert (await wallet(agent_id)).available_minor == 2 * BONUS_MINOR


async def is_whole(agent_id: UUID) -> bool:
    balance = await wallet(agent_id)
    free = await fetch_value("SELECT count(*) FROM lot WHERE state = 'available'")
    entries = [kind for kind, _ in await told(agent_id)].count("available")
    return (balance.available_minor, free, entries) in ((0, 0, 0), (2 * BONUS_MINOR, 2, 2))
