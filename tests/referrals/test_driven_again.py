import pytest

from core.db import fetch, fetch_value
from programs.budgets import top_up
from programs.conditions import FirstPurchase
from programs.effects import Ladder, Step
from programs.measures import Measure
from programs.periods import CalendarPeriod, Period
from referrals.activities import drive_again, drive_campaign_again
from referrals.clawbacks import claw_back_accrual
from tests.packs import (
    ASSET,
    BONUS_MINOR,
    a_code_campaign,
    a_sale,
    accepted,
    an_agent,
    crowd_of_scans,
    drained_by_many,
    outcomes,
    paid,
    settled,
    some_agents,
    spent,
    told,
)
from tests.programs.stored import BY

FOR_EVER = CalendarPeriod(Period.ALL)
STAIRS = Ladder(
    measure=Measure.COUNT,
    steps=(Step(at=1, pays=100), Step(at=2, pays=200), Step(at=3, pays=1_000)),
    unit="once",
    window=FOR_EVER,
)


@pytest.mark.parametrize(("denied", "budget_minor", "steps"), [(0, 0, [200, 1_000, 100]), (1, 100, [100, 1_000, 200])])
async def test_a_ladder_pays_the_step_of_then_for_what_is_driven_again(
    proven: None, denied: int, budget_minor: int, steps: list[int]
) -> None:
    sale, agent_id = await a_sale(effects=(STAIRS,), budget_minor=budget_minor), await an_agent()
    for index in range(3):
        if index == denied + 1:
            await top_up(sale.campaign_id, asset=ASSET, amount_minor=10_000, by=BY)
        await accepted(agent_id, sale.batch.code(index))
        await settled()

    await drive_campaign_again(sale.campaign_id)
    await settled()

    assert [amount for kind, amount in await told(agent_id) if kind == "credited"] == steps
    assert await paid([agent_id]) == [1_300]


async def test_the_first_purchase_is_still_the_first_when_it_is_driven_again(proven: None) -> None:
    sale, agents = await a_sale(60, conditions=(FirstPurchase(),), budget_minor=0), await some_agents(3)
    await crowd_of_scans(sale, agents, 60)
    await drained_by_many()
    await top_up(sale.campaign_id, asset=ASSET, amount_minor=10_000, by=BY)

    await drive_campaign_again(sale.campaign_id)
    await drained_by_many()

    assert await paid(agents) == [BONUS_MINOR] * 3
    assert await outcomes() == {"credited": 3, "denied:not_eligible_segment": 57}


async def test_what_is_driven_again_is_counted_once(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=0), await an_agent()
    [activity_id] = await accepted(agent_id, sale.batch.code(0))
    await settled()

    await drive_again(activity_id)
    await settled()

    assert {row["times"] for row in await fetch("SELECT times FROM standing_product")} == {1}


async def test_a_campaign_that_has_paid_does_not_pay_again_when_another_is_driven(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    poor = await a_code_campaign(sale.program_id, budget_minor=0)
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    await top_up(poor, asset=ASSET, amount_minor=10_000, by=BY)

    await drive_campaign_again(poor)
    await settled()

    assert (await spent(sale.campaign_id), await spent(poor)) == (BONUS_MINOR, BONUS_MINOR)
    assert await paid([agent_id]) == [2 * BONUS_MINOR]
    assert [kind for kind, _ in await told(agent_id)].count("credited") == 2


async def test_what_was_clawed_back_is_not_paid_again_when_another_is_driven(proven: None) -> None:
    sale, agent_id = await a_sale(), await an_agent()
    poor = await a_code_campaign(sale.program_id, budget_minor=0)
    [activity_id] = await accepted(agent_id, sale.batch.code(0))
    await settled()
    credited = await fetch_value("SELECT id FROM accrual WHERE campaign_id = $1", sale.campaign_id)
    await claw_back_accrual(credited, amount_minor=None, reason="returned", key=activity_id, by=BY)

    await drive_campaign_again(poor)
    await settled()

    assert await paid([agent_id]) == [0]
    assert await spent(sale.campaign_id) == 0


async def test_an_exclusive_group_pays_once_although_its_first_campaign_is_topped_up_later(proven: None) -> None:
    sale, agent_id = await a_sale(budget_minor=0, exclusivity_group="one", priority=10), await an_agent()
    second = await a_code_campaign(sale.program_id, exclusivity_group="one")
    await accepted(agent_id, sale.batch.code(0))
    await settled()
    await top_up(sale.campaign_id, asset=ASSET, amount_minor=10_000, by=BY)

    await drive_campaign_again(sale.campaign_id)
    await settled()

    assert (await spent(sale.campaign_id), await spent(second)) == (0, BONUS_MINOR)
    assert await paid([agent_id]) == [BONUS_MINOR]
    assert (await told(agent_id))[-1] == ("denied", "stacking_conflict")
