import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.db import execute, fetch_value, transaction
from core.ids import uuid7
from core.refusals import NotFound
from programs.budgets import Budget, budgets, top_up
from programs.campaign import CampaignState
from programs.effects import Fixed, PerItem
from programs.lifecycle import (
    CampaignStateConflict,
    CampaignView,
    activate,
    add_version,
    campaigns,
    end,
    find_campaign,
    kill,
    pause,
    resume,
    versions,
)
from programs.rules import Eligibility, Limit, LimitScope, RulesRefused
from tests.programs.made import rules
from tests.programs.stored import BY, a_campaign, a_product, a_program

Move = Callable[[UUID], Awaitable[CampaignView]]


def killed(campaign_id: UUID) -> Awaitable[CampaignView]:
    return kill(campaign_id, reason="leak", by=BY)


MOVES: dict[str, Move] = {
    "activate": lambda campaign_id: activate(campaign_id, by=BY),
    "pause": lambda campaign_id: pause(campaign_id, by=BY),
    "resume": lambda campaign_id: resume(campaign_id, by=BY),
    "end": lambda campaign_id: end(campaign_id, by=BY),
    "kill": killed,
}


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ([], "draft"),
        (["activate"], "active"),
        (["activate", "pause"], "paused"),
        (["activate", "pause", "resume"], "active"),
        (["activate", "end"], "ended"),
        (["activate", "pause", "end"], "ended"),
        (["kill"], "killed"),
        (["activate", "kill"], "killed"),
        (["activate", "end", "kill"], "killed"),
    ],
)
async def test_a_campaign_lives_in_one_direction(database: None, path: list[str], state: str) -> None:
    campaign_id = await a_campaign(await a_program(), active=False)

    for step in path:
        await MOVES[step](campaign_id)

    campaign = await find_campaign(campaign_id)
    assert campaign.state == state
    assert (campaign.activated_at is not None) == ("activate" in path)
    assert (campaign.ended_at is not None) == (state in {"ended", "killed"})


@pytest.mark.parametrize(
    ("path", "forbidden"),
    [
        ([], ["pause", "resume", "end"]),
        (["activate"], ["activate", "resume"]),
        (["activate", "pause"], ["activate", "pause"]),
        (["activate", "end"], ["activate", "pause", "resume", "end"]),
        (["kill"], ["activate", "pause", "resume", "end", "kill"]),
    ],
)
async def test_a_state_refuses_what_it_does_not_allow(database: None, path: list[str], forbidden: list[str]) -> None:
    campaign_id = await a_campaign(await a_program(), active=False)
    for step in path:
        await MOVES[step](campaign_id)
    before = await find_campaign(campaign_id)

    for step in forbidden:
        with pytest.raises(CampaignStateConflict) as refused:
            await MOVES[step](campaign_id)
        assert refused.value.facts == {"state": before.state}

    assert await find_campaign(campaign_id) == before


async def test_of_thirty_who_activate_one_does(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), active=False)

    answers = await asyncio.gather(*[activate(campaign_id, by=BY) for _ in range(30)], return_exceptions=True)

    assert sum(isinstance(answer, CampaignView) for answer in answers) == 1
    assert sum(isinstance(answer, CampaignStateConflict) for answer in answers) == 29


async def test_a_new_version_leaves_the_old_one_as_it_was(database: None) -> None:
    campaign_id = await a_campaign(await a_program())

    await add_version(campaign_id, rules(effects=(Fixed(amount_minor=7),)), by=BY)

    first, second = await versions(campaign_id)
    assert (first.version, first.rules) == (1, rules())
    assert (second.version, second.rules.effects) == (2, (Fixed(amount_minor=7),))
    assert second.effective_from > first.effective_from
    assert (await find_campaign(campaign_id)).version == 2


async def test_a_version_can_be_announced_but_never_reach_back(database: None) -> None:
    campaign_id = await a_campaign(await a_program())
    async with transaction() as now:
        pass

    with pytest.raises(RulesRefused):
        await add_version(campaign_id, rules(), effective_from=now, by=BY)
    announced = await add_version(campaign_id, rules(), effective_from=now + timedelta(days=9), by=BY)
    with pytest.raises(RulesRefused):
        await add_version(campaign_id, rules(), effective_from=now + timedelta(days=8), by=BY)

    assert announced.version == 2
    assert (await find_campaign(campaign_id)).version == 2


async def test_versions_made_at_once_are_numbered_one_after_the_other(database: None) -> None:
    campaign_id = await a_campaign(await a_program())

    await asyncio.gather(*[add_version(campaign_id, rules(), by=BY) for _ in range(8)], return_exceptions=True)

    numbers = [version.version for version in await versions(campaign_id)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 1


async def test_a_campaign_that_is_over_gets_no_new_rules(database: None) -> None:
    campaign_id = await a_campaign(await a_program())
    await killed(campaign_id)

    with pytest.raises(CampaignStateConflict):
        await add_version(campaign_id, rules(), by=BY)


async def test_nobody_can_rewrite_a_version(database: None) -> None:
    await a_campaign(await a_program())

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute("UPDATE campaign_version SET rules = '{}'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute("DELETE FROM campaign_version")


async def test_rules_may_only_name_what_the_program_has(database: None) -> None:
    program_id = await a_program()
    own, foreign = await a_product(program_id), await a_product(await a_program())
    naming: list[dict[str, Any]] = [
        {"eligibility": Eligibility(products=frozenset({own, foreign}))},
        {"effects": (PerItem(by_product={foreign: 5}),)},
        {"effects": (Fixed(amount_minor=5, products=frozenset({foreign})),)},
        {"eligibility": Eligibility(shops=frozenset({uuid7()}))},
        {"terms_id": uuid7()},
    ]

    await a_campaign(program_id, eligibility=Eligibility(products=frozenset({own})))
    for changes in naming:
        with pytest.raises(RulesRefused, match="not in this program"):
            await a_campaign(program_id, **changes)


async def test_rules_that_contradict_themselves_make_no_campaign(database: None) -> None:
    program_id = await a_program()

    with pytest.raises(RulesRefused):
        await a_campaign(program_id, limits=(Limit(LimitScope.AGENT),))

    assert await campaigns(program_id) == []


async def test_a_budget_is_topped_up_and_a_new_asset_gets_its_own(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=100)

    await top_up(campaign_id, asset="RUB", amount_minor=50, by=BY)
    await add_version(campaign_id, rules(asset="PTS"), by=BY)

    assert await budgets(campaign_id) == [Budget(campaign_id, "PTS", 0, 0), Budget(campaign_id, "RUB", 150, 0)]


async def test_top_ups_at_once_are_all_counted(database: None) -> None:
    campaign_id = await a_campaign(await a_program())

    await asyncio.gather(*[top_up(campaign_id, asset="RUB", amount_minor=10, by=BY) for _ in range(30)])

    assert [budget.cap_minor for budget in await budgets(campaign_id)] == [300]


async def test_campaigns_come_in_pages(database: None) -> None:
    program_id = await a_program()
    made = [await a_campaign(program_id) for _ in range(3)]

    first = await campaigns(program_id, limit=2)
    rest = await campaigns(program_id, after=first[-1].id, limit=2)

    assert [campaign.id for campaign in (*first, *rest)] == made


async def test_what_is_not_there_is_not_found(database: None) -> None:
    program_id = await a_program()
    campaign_id = await a_campaign(program_id)

    for missing in (find_campaign(uuid7()), versions(uuid7()), activate(uuid7(), by=BY), a_campaign(uuid7())):
        with pytest.raises(NotFound):
            await missing
    with pytest.raises(NotFound):
        await add_version(uuid7(), rules(), by=BY)
    with pytest.raises(NotFound):
        await top_up(campaign_id, asset="PTS", amount_minor=1, by=BY)


async def test_a_kill_says_why_for_ever(database: None) -> None:
    campaign_id = await a_campaign(await a_program())

    await killed(campaign_id)

    assert (await find_campaign(campaign_id)).reason == "leak"
    told = await fetch_value("SELECT facts ->> 'reason' FROM audit_entry WHERE action = 'campaign.kill'")
    assert told == "leak"
    assert (await find_campaign(campaign_id)).state is CampaignState.KILLED
