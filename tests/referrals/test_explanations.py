import pytest

from core.refusals import NotFound
from programs.conditions import FirstPurchase
from programs.effects import Fixed
from programs.facts import ActivityKind, CrewMember, Line
from programs.reasons import Reason
from referrals.explanations import explain_activity
from tests.programs.stored import a_campaign, a_product, a_program
from tests.referrals.people import credited, enrolled

pytestmark = pytest.mark.usefixtures("database")

SCAN = ActivityKind.CODE_SCANNED


async def test_a_paid_activity_is_explained_by_what_paid_it() -> None:
    person, program_id = await enrolled(), await a_program()
    campaign_id = await a_campaign(program_id, budget_minor=10_000, trigger=SCAN, asset="BON")
    activity_id = await credited(person.agent_id, program_id)

    explained = await explain_activity(person.agent_id, activity_id)

    finding = explained.campaigns[0]
    assert (explained.reason, finding.campaign_id, finding.version) == (None, campaign_id, 1)
    assert [grant.amount_minor for grant in finding.grants] == [500]


async def test_a_budget_that_others_used_up_is_the_reason_also_afterwards() -> None:
    person, program_id = await enrolled(), await a_program()
    await a_campaign(program_id, budget_minor=499, trigger=SCAN, asset="BON")
    activity_id = await credited(person.agent_id, program_id)

    explained = await explain_activity(person.agent_id, activity_id)

    assert explained.reason is Reason.BUDGET_EXHAUSTED


async def test_what_came_later_does_not_change_the_explanation() -> None:
    person, program_id = await enrolled(), await a_program()
    line = Line(await a_product(program_id), "K-24", 1)
    await a_campaign(program_id, budget_minor=10_000, trigger=SCAN, asset="BON", conditions=(FirstPurchase(),))
    first = await credited(person.agent_id, program_id, lines=(line,))
    second = await credited(person.agent_id, program_id, lines=(line,))

    explained = [await explain_activity(person.agent_id, one) for one in (first, second)]

    assert [bool(one.campaigns[0].grants) for one in explained] == [True, False]
    assert [one.campaigns[0].conditions[0].holds for one in explained] == [True, False]


async def test_what_others_were_given_is_not_told() -> None:
    person, other, program_id = await enrolled(), await enrolled(), await a_program()
    await a_campaign(
        program_id,
        budget_minor=10_000,
        trigger=SCAN,
        asset="BON",
        effects=(Fixed(amount_minor=500, beneficiary="crew"),),
    )
    crew = (CrewMember(person.agent_id, 6_000), CrewMember(other.agent_id, 4_000))
    activity_id = await credited(person.agent_id, program_id, crew=crew)

    explained = await explain_activity(person.agent_id, activity_id)

    assert [grant.beneficiary_agent_id for grant in explained.campaigns[0].grants] == [person.agent_id]


async def test_a_stranger_gets_no_explanation() -> None:
    person, stranger, program_id = await enrolled(), await enrolled(), await a_program()
    activity_id = await credited(person.agent_id, program_id)

    with pytest.raises(NotFound):
        await explain_activity(stranger.agent_id, activity_id)
