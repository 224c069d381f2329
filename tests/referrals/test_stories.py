from typing import Any
from uuid import UUID

import pytest

from core.db import execute, transaction
from core.ids import uuid7
from core.refusals import NotFound
from programs.effects import Fixed
from programs.facts import ActivityKind, CrewMember
from referrals import stories
from referrals.clawbacks import claw_back_accrual
from referrals.crediting import drain
from referrals.expiries import expire_due
from referrals.sentences import REASONS
from referrals.stories import Story, StoryState
from tests.programs.stored import a_campaign, a_program
from tests.referrals.people import Person, credited, enrolled, scanned
from wallets import spends
from wallets.credits import release_due

pytestmark = pytest.mark.usefixtures("database")

SCAN = ActivityKind.CODE_SCANNED
DAY = 86_400


async def a_story(person: Person, *, budget_minor: int = 10_000, **changes: Any) -> Story:
    """What became of a scan in a program with one campaign."""
    program_id = await a_program()
    await a_campaign(program_id, budget_minor=budget_minor, trigger=SCAN, asset="BON", **changes)
    return await stories.find(person.agent_id, await credited(person.agent_id, program_id))


async def again(person: Person, story: Story) -> Story:
    return await stories.find(person.agent_id, story.activity_id)


async def spend(person: Person, amount_minor: int) -> None:
    await spends.reserve(person.agent_id, asset="BON", amount_minor=amount_minor, purpose="Дрель", ttl_seconds=60)


async def test_a_scan_that_waits_for_the_rules_says_so() -> None:
    person = await enrolled()
    activity_id = await scanned(person.agent_id, await a_program())

    story = await stories.find(person.agent_id, activity_id)

    assert (story.state, story.bonuses) == (StoryState.waiting, ())


async def test_a_scan_that_broke_the_rules_is_in_review() -> None:
    person = await enrolled()
    activity_id = await scanned(person.agent_id, await a_program())
    await execute("UPDATE activity_queue SET parked_at = now(), error = 'KeyError()'")

    assert (await stories.find(person.agent_id, activity_id)).state is StoryState.in_review


async def test_a_bonus_has_its_date_from_the_first_second() -> None:
    story = await a_story(await enrolled(), wait_seconds=DAY)

    bonus = story.bonuses[0]
    assert (story.state, bonus.state) == (StoryState.pending, StoryState.pending)
    assert (bonus.amount_minor, bonus.asset, bonus.campaign_name, bonus.campaign_version) == (500, "BON", "Зима", 1)
    assert bonus.releases_at is not None
    assert (bonus.releases_at - story.accepted_at).total_seconds() == DAY


async def test_a_released_bonus_is_available_then_spent() -> None:
    person = await enrolled()
    story = await a_story(person, wait_seconds=0)

    await spend(person, 200)
    partly = await again(person, story)
    await spend(person, 300)

    assert story.state is StoryState.available
    assert (partly.state, partly.bonuses[0].remaining_minor) == (StoryState.available, 300)
    assert (await again(person, story)).state is StoryState.spent


async def test_a_bonus_that_waited_long_enough_is_available() -> None:
    person = await enrolled()
    story = await a_story(person, wait_seconds=DAY)
    await execute("UPDATE lot SET releases_at = now()")
    async with transaction() as now:
        await release_due(now=now, limit=10)

    assert (await again(person, story)).state is StoryState.available


async def test_an_expired_bonus_says_so_before_and_after_it_is_swept_away() -> None:
    person = await enrolled()
    story = await a_story(person, wait_seconds=0, expires_after_days=1)
    await execute("UPDATE lot SET expires_at = now()")

    before = await again(person, story)
    await expire_due()

    assert before.state is StoryState.expired
    assert (await again(person, story)).state is StoryState.expired


async def test_a_refused_bonus_has_its_reason() -> None:
    story = await a_story(await enrolled(), budget_minor=499)

    bonus = story.bonuses[0]
    assert (story.state, bonus.state, bonus.reason) == (StoryState.denied, StoryState.denied, "budget_exhausted")
    assert bonus.reason_ru is not None
    assert "бюджет" in bonus.reason_ru
    assert bonus.reason_en is not None
    assert "budget" in bonus.reason_en
    assert bonus.campaign_name == "Зима"


async def test_a_scan_that_no_campaign_pays_has_its_reason_too() -> None:
    person = await enrolled()

    story = await stories.find(person.agent_id, await credited(person.agent_id, await a_program()))

    assert [bonus.state for bonus in story.bonuses] == [StoryState.denied]
    assert story.bonuses[0].reason in REASONS


async def test_a_clawed_back_bonus_says_so() -> None:
    person = await enrolled()
    story = await a_story(person, wait_seconds=0)

    await claw_back_accrual(
        story.bonuses[0].accrual_id, amount_minor=None, reason="Возврат", key=uuid7(), by="key:finance"
    )

    after = await again(person, story)
    assert (after.state, after.bonuses[0].clawed_minor) == (StoryState.clawed_back, 500)


async def test_the_best_bonus_speaks_for_the_story() -> None:
    person, program_id = await enrolled(), await a_program()
    await a_campaign(program_id, budget_minor=0, trigger=SCAN, asset="BON")
    await a_campaign(program_id, budget_minor=10_000, trigger=SCAN, asset="BON", wait_seconds=0)

    story = await stories.find(person.agent_id, await credited(person.agent_id, program_id))

    assert story.state is StoryState.available
    assert {bonus.state for bonus in story.bonuses} == {StoryState.available, StoryState.denied}


async def test_pages_go_back_without_a_gap() -> None:
    person, program_id = await enrolled(), await a_program()
    ids = [await scanned(person.agent_id, program_id) for _ in range(5)]
    await scanned((await enrolled()).agent_id, program_id)
    await drain(batch_max=100)

    first = await stories.page(person.agent_id, before=None, limit=3)
    second = await stories.page(person.agent_id, before=first[-1].activity_id, limit=3)

    assert [story.activity_id for story in first + second] == sorted(ids, reverse=True)
    assert [len(story.bonuses) for story in first + second] == [1] * 5


async def test_a_stranger_finds_no_story() -> None:
    person, stranger = await enrolled(), await enrolled()
    story = await a_story(person)

    with pytest.raises(NotFound):
        await stories.find(stranger.agent_id, story.activity_id)


async def test_each_of_a_crew_sees_the_story_and_his_own_bonus_alone() -> None:
    first, second = await enrolled(), await enrolled()
    program_id = await a_program()
    await a_campaign(
        program_id,
        budget_minor=10_000,
        trigger=SCAN,
        asset="BON",
        effects=(Fixed(amount_minor=500, beneficiary="crew"),),
    )
    crew = (CrewMember(first.agent_id, 6_000), CrewMember(second.agent_id, 4_000))

    activity_id = await credited(first.agent_id, program_id, crew=crew)

    assert await own_amounts(first.agent_id, activity_id) == [300]
    assert await own_amounts(second.agent_id, activity_id) == [200]


async def own_amounts(agent_id: UUID, activity_id: UUID) -> list[int]:
    return [bonus.amount_minor for bonus in (await stories.find(agent_id, activity_id)).bonuses]
