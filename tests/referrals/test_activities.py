import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import pytest

from core.db import execute, fetch, fetch_value, transaction
from core.ids import uuid7
from core.refusals import NotFound
from programs.budgets import top_up
from programs.facts import ActivityKind, Facts, decode_facts
from programs.lifecycle import kill
from referrals.activities import Evidence, accept, drive_again, drive_campaign_again, parked
from referrals.joints import key_id
from tests.packs import (
    ASSET,
    BONUS_MINOR,
    a_code_campaign,
    a_sale,
    accepted,
    an_agent,
    outcomes,
    settled,
    some_agents,
    told,
    wallet,
)
from tests.programs.stored import BY, a_program
from tests.referrals.people import scanned


async def break_rules_of(activity_id: UUID) -> None:
    """Facts that no rule can read."""
    await execute("UPDATE activity SET facts = '{}' WHERE id = $1", activity_id)


async def mend(activity_id: UUID, facts: str) -> None:
    await execute("UPDATE activity SET facts = $2::json WHERE id = $1", activity_id, facts)


async def a_parked_activity() -> tuple[UUID, str]:
    """An activity that broke the rules, and the facts that it had."""
    activity_id = await scanned(await an_agent(), await a_program())
    facts: str = await fetch_value("SELECT facts::text FROM activity WHERE id = $1", activity_id)
    await break_rules_of(activity_id)
    await settled()
    return activity_id, facts


async def test_evidence_becomes_an_activity_and_a_place_in_the_queue(database: None) -> None:
    agent_id, program_id = await an_agent(), await a_program()

    activity_id = await scanned(agent_id, program_id)

    cause = f"code:{activity_id}"
    [activity] = await fetch("SELECT * FROM activity")
    [queued] = await fetch("SELECT activity_id, agent_id, again, parked_at FROM activity_queue")
    assert (activity["id"], activity["purchase_id"], activity["cause"]) == (activity_id, activity_id, cause)
    assert decode_facts(activity["facts"]).agent_id == agent_id
    assert tuple(queued) == (activity_id, agent_id, False, None)


async def test_evidence_of_a_known_purchase_joins_it(database: None) -> None:
    agent_id, program_id, purchase_id = await an_agent(), await a_program(), uuid4()

    activity_id = await scanned(agent_id, program_id, purchase_id=purchase_id)

    assert await fetch_value("SELECT purchase_id FROM activity WHERE id = $1", activity_id) == purchase_id


async def test_a_purchase_keeps_the_item_keys_of_the_evidence_that_named_it_first(database: None) -> None:
    agent_id, program_id = await an_agent(), await a_program()

    first = await scanned_with_keys(agent_id, program_id, "order:17", "gtin+serial:4600000000017:5")
    await scanned_with_keys(agent_id, program_id, "order:17")

    kept = await fetch("SELECT id, purchase_id, item_key FROM purchase_key ORDER BY item_key DESC")
    assert [tuple(row) for row in kept] == [
        (key_id(program_id, key), first, key) for key in ("order:17", "gtin+serial:4600000000017:5")
    ]


async def test_a_code_is_its_own_purchase_and_needs_no_item_key(database: None) -> None:
    activity_id = await scanned(await an_agent(), await a_program())

    assert await fetch_value("SELECT purchase_id FROM activity") == activity_id
    assert await fetch("SELECT FROM purchase_key") == []


async def test_no_evidence_is_no_activity(database: None) -> None:
    async with transaction():
        await accept([])

    assert await fetch("SELECT FROM activity") == []


async def test_evidence_is_forgotten_with_the_transaction_that_wrote_it(database: None) -> None:
    agent_id, program_id = await an_agent(), await a_program()

    with pytest.raises(asyncpg.UniqueViolationError):
        await accept_twice(agent_id, program_id)

    assert await fetch("SELECT FROM activity_queue UNION ALL SELECT FROM purchase_key") == []


async def accept_twice(agent_id: UUID, program_id: UUID) -> None:
    async with transaction() as now:
        facts = scan_facts(agent_id, program_id, now=now)
        for _ in range(2):
            await accept([Evidence(facts, "code:1")])


async def scanned_with_keys(agent_id: UUID, program_id: UUID, *item_keys: str) -> UUID:
    async with transaction() as now:
        facts = scan_facts(agent_id, program_id, now=now)
        await accept([Evidence(facts, f"code:{facts.activity_id}", item_keys)])
    return facts.activity_id


def scan_facts(agent_id: UUID, program_id: UUID, *, now: datetime) -> Facts:
    return Facts(
        activity_id=uuid7(),
        kind=ActivityKind.CODE_SCANNED,
        program_id=program_id,
        agent_id=agent_id,
        occurred_at=now,
        accepted_at=now,
    )


# Parked, and driven again.


async def test_what_breaks_the_rules_is_parked_with_what_they_said(database: None) -> None:
    activity_id, _ = await a_parked_activity()

    [found] = await parked()

    assert found.activity_id == activity_id
    assert "missing required field" in found.error
    assert await settled() == 0


async def test_whoever_is_confined_to_a_program_sees_and_drives_only_its_own(database: None) -> None:
    activity_id, _ = await a_parked_activity()
    program_id, stranger = await fetch_value("SELECT program_id FROM activity"), uuid4()

    assert [found.activity_id for found in await parked(program_id=program_id)] == [activity_id]
    assert await parked(program_id=stranger) == []
    with pytest.raises(NotFound):
        await drive_again(activity_id, program_id=stranger)
    assert await parked() != []


async def test_what_was_parked_is_settled_once_it_is_mended_and_driven_again(proven: None) -> None:
    activity_id, facts = await a_parked_activity()
    await mend(activity_id, facts)

    await asyncio.gather(*(drive_again(activity_id) for _ in range(30)))

    assert await settled(at_once=3) == 1
    assert await outcomes() == {"denied:not_eligible_product": 1}


async def test_nobody_can_drive_what_there_is_not(database: None) -> None:
    with pytest.raises(NotFound):
        await drive_again(uuid4())


async def test_what_was_paid_is_not_driven_again(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    [activity_id] = await accepted(agent_id, sale.batch.code(0))
    await settled()

    await drive_again(activity_id)

    assert await settled() == 0
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_what_waits_in_the_queue_is_driven_no_second_time(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    [activity_id] = await accepted(agent_id, sale.batch.code(0))

    await drive_again(activity_id)

    assert await settled() == 1
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_a_denied_activity_that_is_driven_again_in_vain_is_denied_again(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=0), await an_agent()
    [activity_id] = await accepted(agent_id, sale.batch.code(0))
    await settled()

    await drive_again(activity_id)

    await settled()
    assert await told(agent_id) == [("denied", "budget_exhausted")] * 2
    assert await fetch_value("SELECT count(*) FROM accrual") == 1


async def test_what_is_denied_for_another_reason_now_is_driven_no_more_for_the_first(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=0), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    await kill(sale.campaign_id, reason="over", by=BY)

    driven = [(await drive_campaign_again(sale.campaign_id), await settled()) for _ in range(2)]

    assert driven == [(1, 1), (0, 0)]
    assert await told(agent_id) == [("denied", "budget_exhausted"), ("denied", "stopped")]
    assert await outcomes() == {"denied:stopped": 1}


async def test_a_topped_up_budget_pays_once_what_it_had_denied(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=0), await an_agent()
    await accepted(agent_id, *sale.batch.codes(5))
    await settled()
    await top_up(sale.campaign_id, asset=ASSET, amount_minor=3 * BONUS_MINOR, by=BY)

    driven = [await drive_campaign_again(sale.campaign_id) for _ in range(2)]
    await settled(at_once=3)

    assert driven == [5, 0]
    assert (await wallet(agent_id)).available_minor == 3 * BONUS_MINOR
    assert await outcomes() == {"credited": 3, "denied:budget_exhausted": 2}


async def test_thirty_who_drive_a_campaign_again_at_once_pay_once(proven: None) -> None:
    sale = await a_sale(budget_minor=0)
    agents = await some_agents(10)
    for place, agent_id in enumerate(agents):
        await accepted(agent_id, sale.batch.code(place))
    await settled()
    await top_up(sale.campaign_id, asset=ASSET, amount_minor=10**6, by=BY)

    await asyncio.gather(*(drive_campaign_again(sale.campaign_id) for _ in range(30)), *(settled() for _ in range(3)))

    await settled(at_once=3)
    assert [(await wallet(agent_id)).available_minor for agent_id in agents] == [BONUS_MINOR] * 10


async def test_the_oldest_are_driven_first_when_there_are_many(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=0), await an_agent()
    [first] = await accepted(agent_id, sale.batch.code(0))
    await settled()
    await asyncio.sleep(0.002)
    await accepted(agent_id, *sale.batch.codes(3, first=1))
    await settled()

    assert await drive_campaign_again(sale.campaign_id, limit=1) == 1

    assert await fetch_value("SELECT array_agg(activity_id) FROM activity_queue") == [first]


async def test_only_what_the_campaign_itself_had_no_money_for_is_driven(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=0), await an_agent()
    other = await a_code_campaign(sale.program_id)
    await accepted(agent_id, sale.batch.code(0))
    await settled()

    assert await drive_campaign_again(other) == 0
    assert await drive_campaign_again(sale.campaign_id) == 1
