import asyncio
from uuid import UUID

import pytest

from core.db import fetch, fetch_value
from programs.effects import Fixed
from programs.lifecycle import end, kill, pause, resume
from programs.periods import Period
from programs.rules import Limit, LimitScope
from referrals.activities import drive_again
from referrals.crediting import Drained, drain
from tests.interruptions import interruptions
from tests.packs import (
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
    spent,
    told,
    wallet,
)
from tests.programs.stored import BY, a_program
from tests.referrals.people import scanned

# Money arrives, once, and is told of.


async def test_a_scan_is_credited_and_its_agent_is_told(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    [activity_id] = await accepted(agent_id, sale.batch.code(0))

    assert await drain(batch_max=100) == Drained(settled=1, more=False)

    [accrual] = await fetch("SELECT * FROM accrual")
    assert (accrual["activity_id"], accrual["campaign_id"], accrual["campaign_version"]) == (
        activity_id,
        sale.campaign_id,
        1,
    )
    assert (accrual["state"], accrual["amount_minor"], accrual["reason"]) == ("credited", BONUS_MINOR, None)
    assert await told(agent_id) == [("credited", BONUS_MINOR), ("available", BONUS_MINOR)]
    assert await spent(sale.campaign_id) == BONUS_MINOR
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_a_bonus_waits_for_its_date(proven: None) -> None:
    sale, agent_id = await a_sale(wait_seconds=86_400), await an_agent()
    await accepted(agent_id, sale.batch.code(0))

    await settled()

    balance = await wallet(agent_id)
    date = await fetch_value("SELECT accepted_at + interval '1 day' FROM activity")
    assert (balance.pending_minor, balance.available_minor, balance.next_release_at) == (BONUS_MINOR, 0, date)
    assert await told(agent_id) == [("credited", BONUS_MINOR)]


async def test_draining_again_pays_nothing_again(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))

    assert [await settled(), await settled()] == [1, 0]

    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_thirty_drains_at_once_pay_each_activity_once(proven: None) -> None:
    sale, agents = await a_sale(200), await some_agents(10)
    await crowd_of_scans(sale, agents, 200)

    drained = await asyncio.gather(*(drain(batch_max=20) for _ in range(30)))

    rest = await settled(at_once=3)
    assert sum(one.settled for one in drained) + rest == 200
    assert await paid(agents) == [20 * BONUS_MINOR] * 10
    assert await spent(sale.campaign_id) == 200 * BONUS_MINOR


async def test_an_activity_that_nobody_pays_for_has_its_reason(proven: None) -> None:
    agent_id = await an_agent()
    await scanned(agent_id, await a_program())

    await settled()

    assert await told(agent_id) == [("denied", "not_eligible_product")]
    assert await outcomes() == {"denied:not_eligible_product": 1}


async def test_a_drain_that_is_cut_anywhere_has_paid_or_not(proven: None) -> None:
    sale, agents = await a_sale(limits=(Limit(LimitScope.AGENT, max_count=5),)), await some_agents(2)
    await crowd_of_scans(sale, agents, 4)

    cuts = [await is_whole(agents) async for _ in interruptions(lambda: drain(batch_max=100))]

    await settled()
    assert len(cuts) > 12
    assert all(cuts)
    assert await paid(agents) == [2 * BONUS_MINOR] * 2


async def is_whole(agents: list[UUID]) -> bool:
    """Whether all four are paid, counted and out of the queue, or none of it."""
    [row] = await fetch(
        """SELECT (SELECT count(*) FROM accrual), (SELECT count(*) FROM transfer WHERE kind = 'credit'),
                  (SELECT count(*) FROM lot), (SELECT sum(spent_minor) / 100 FROM budget),
                  (SELECT coalesce(sum(used_count), 0) FROM limit_use), 4 - (SELECT count(*) FROM activity_queue),
                  (SELECT coalesce(sum(times), 0) / 2 FROM standing_product), (SELECT count(*) FROM journal_entry) / 2,
                  (SELECT coalesce(sum(balance_minor), 0) / 100 FROM account WHERE owner_id = ANY($1))""",
        agents,
    )
    return set(row) in ({0}, {4})


# Budgets.


async def test_a_budget_for_half_of_a_thousand_credits_pays_half_and_is_never_passed(proven: None) -> None:
    sale, agents = await a_sale(1_000, budget_minor=500 * BONUS_MINOR), await some_agents(20)
    await crowd_of_scans(sale, agents, 1_000)
    seen: list[int] = []
    watching = asyncio.create_task(watch(sale.campaign_id, seen))

    assert await settled(at_once=4) == 1_000

    watching.cancel()
    assert len(seen) > 5
    assert max(seen) <= 500 * BONUS_MINOR
    assert await outcomes() == {"credited": 500, "denied:budget_exhausted": 500}
    assert sum(await paid(agents)) == await spent(sale.campaign_id) == 500 * BONUS_MINOR
    told_denied = [entry for agent_id in agents for entry in await told(agent_id) if entry[0] == "denied"]
    assert told_denied == [("denied", "budget_exhausted")] * 500


async def watch(campaign_id: UUID, seen: list[int]) -> None:
    while True:
        seen.append(await spent(campaign_id))
        await asyncio.sleep(0.01)


async def test_what_a_budget_has_left_goes_to_whoever_it_is_enough_for(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=250), await an_agent()
    await accepted(agent_id, *sale.batch.codes(3))

    await settled()

    assert await outcomes() == {"credited": 2, "denied:budget_exhausted": 1}
    assert await spent(sale.campaign_id) == 200


async def test_a_campaign_takes_the_place_of_one_whose_budget_is_used_up(proven: None) -> None:
    sale = await a_sale(budget_minor=2 * BONUS_MINOR, exclusivity_group="one of them", priority=10)
    other = await a_code_campaign(
        sale.program_id, exclusivity_group="one of them", effects=(Fixed(amount_minor=BONUS_MINOR // 2),)
    )
    agents = await some_agents(5)
    await crowd_of_scans(sale, agents, 5)

    await settled(at_once=2)

    assert sorted(await paid(agents)) == [50, 50, 50, 100, 100]
    assert (await spent(sale.campaign_id), await spent(other)) == (200, 150)


# Limits.


@pytest.mark.parametrize(
    ("limit", "each", "reason"),
    [
        (Limit(LimitScope.AGENT, max_count=3), 3, "limit_agent"),
        (Limit(LimitScope.AGENT, Period.DAY, max_minor=450), 4, "limit_agent"),
        (Limit(LimitScope.CAMPAIGN, max_count=20), None, "limit_campaign"),
        (Limit(LimitScope.CAMPAIGN, Period.MONTH, max_minor=2_050), None, "limit_campaign"),
    ],
)
async def test_a_limit_lets_through_exactly_what_it_allows_over_several_workers(
    proven: None, limit: Limit, each: int | None, reason: str
) -> None:
    sale, agents = await a_sale(100, limits=(limit,)), await some_agents(10)
    await crowd_of_scans(sale, agents, 100)

    async def worker() -> int:
        return sum([(await drain(batch_max=7)).settled for _ in range(10)])

    await asyncio.gather(*(worker() for _ in range(4)))
    await settled(at_once=2)

    got = [minor // BONUS_MINOR for minor in await paid(agents)]
    assert sum(got) == (20 if each is None else 10 * each)
    assert each is None or set(got) == {each}
    assert await outcomes() == {"credited": sum(got), f"denied:{reason}": 100 - sum(got)}


# A campaign's life.


async def test_a_killed_campaign_pays_nothing_that_is_not_paid_yet(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await kill(sale.campaign_id, reason="printed twice", by=BY)

    await settled()

    assert await told(agent_id) == [("denied", "stopped")]
    assert await spent(sale.campaign_id) == 0


async def test_what_a_pause_denied_is_paid_when_it_is_driven_after_it(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    [activity_id] = await accepted(agent_id, sale.batch.code(0))
    await pause(sale.campaign_id, by=BY)
    await settled()
    await resume(sale.campaign_id, by=BY)

    await drive_again(activity_id)
    await settled()

    assert [kind for kind, _ in await told(agent_id)] == ["denied", "credited", "available"]
    assert await paid([agent_id]) == [BONUS_MINOR]


async def test_a_campaign_that_ended_pays_what_was_scanned_before_its_end(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    await accepted(agent_id, sale.batch.code(0))
    await end(sale.campaign_id, by=BY)
    await accepted(agent_id, sale.batch.code(1))

    await settled()

    assert await outcomes() == {"credited": 1, "denied:expired": 1}
