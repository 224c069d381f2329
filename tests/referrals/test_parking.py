import asyncpg
import pytest

from core import db
from core.db import execute, fetch_value
from core.settings import Settings
from programs.effects import Fixed
from programs.facts import CrewMember
from referrals.activities import drive_again
from referrals.crediting import Drained, drain
from tests.core.pools import own_pool
from tests.packs import (
    ASSET,
    BONUS_MINOR,
    a_code_campaign,
    a_sale,
    accepted,
    an_agent,
    crowd_of_scans,
    outcomes,
    paid,
    settled,
    some_agents,
)
from tests.programs.stored import a_program
from tests.referrals.people import scanned


async def test_an_activity_that_breaks_the_rules_keeps_nobody_from_his_money(proven: None) -> None:
    sale, agents = await a_sale(), await some_agents(20)
    await crowd_of_scans(sale, agents, 20)
    broken = await fetch_value("SELECT id FROM activity ORDER BY id OFFSET 13 LIMIT 1")
    facts = await fetch_value("SELECT facts::text FROM activity WHERE id = $1", broken)
    await execute("UPDATE activity SET facts = '{}' WHERE id = $1", broken)

    await settled()

    assert sum(await paid(agents)) == 19 * BONUS_MINOR
    assert await outcomes() == {"credited": 19, "parked": 1}

    await execute("UPDATE activity SET facts = $2::json WHERE id = $1", broken, facts)
    await drive_again(broken)
    await settled()
    assert await outcomes() == {"credited": 20}


async def test_what_is_decided_and_cannot_be_written_is_parked_too(proven: None) -> None:
    program_id = await a_program(asset=ASSET)
    await a_code_campaign(program_id, effects=(Fixed(amount_minor=BONUS_MINOR, beneficiary="crew"),))
    agents = await some_agents(4)
    twice_the_same = (CrewMember(agents[2], 1), CrewMember(agents[2], 1))
    for agent_id in agents:
        await scanned(agent_id, program_id, crew=twice_the_same if agent_id == agents[2] else ())

    await settled()

    assert await outcomes() == {"credited": 3, "parked": 1}
    assert await paid(agents) == [BONUS_MINOR, BONUS_MINOR, 0, BONUS_MINOR]


async def test_accounts_that_somebody_holds_are_waited_for_and_nobody_is_parked(
    proven: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    await accepted(agent_id, sale.batch.code(1))
    holder = await asyncpg.connect(settings.database_url)
    monkeypatch.setitem(db.SERVER_SETTINGS, "lock_timeout", "50ms")
    async with own_pool(settings.database_url, size=2):
        async with holder.transaction():
            await holder.execute("SELECT FROM account FOR UPDATE")

            assert await drain(batch_max=100) == Drained(settled=0, more=True)

        assert await settled() == 1
    await holder.close()
    assert await paid([agent_id]) == [2 * BONUS_MINOR]


async def test_a_drain_that_cannot_even_look_is_nobodys_fault(database: None, settings: Settings) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    owner = await asyncpg.connect(settings.database_owner_url)
    await owner.execute("ALTER TABLE activity_queue RENAME TO elsewhere")
    try:
        with pytest.raises(asyncpg.UndefinedTableError):
            await drain(batch_max=100)
    finally:
        await owner.execute("ALTER TABLE elsewhere RENAME TO activity_queue")
        await owner.close()

    assert await settled() == 1
