from programs.effects import Fixed
from programs.facts import CrewMember
from tests.packs import (
    ASSET,
    a_code_campaign,
    drained_by_many,
    paid,
    settled,
    some_agents,
    spent,
    told,
)
from tests.programs.stored import a_program
from tests.referrals.people import scanned


async def test_seller_customer_partner_and_agent_get_their_own(proven: None) -> None:
    agent_id, seller_id, customer_id, partner_id = await some_agents(4)
    program_id = await a_program(asset=ASSET)
    kinds = ("agent", "seller", "customer", "partner")
    effects = tuple(Fixed(amount_minor=100 * n, beneficiary=kind) for n, kind in enumerate(kinds, start=1))  # type: ignore[arg-type]
    campaign_id = await a_code_campaign(program_id, effects=effects)

    await scanned(
        agent_id,
        program_id,
        seller_agent_id=seller_id,
        customer_agent_id=customer_id,
        partner_agent_id=partner_id,
    )
    await settled()

    assert await paid([agent_id, seller_id, customer_id, partner_id]) == [100, 200, 300, 400]
    assert await told(seller_id) == [("credited", 200), ("available", 200)]
    assert await spent(campaign_id) == 1_000


async def test_a_crew_shares_a_bonus_to_the_last_unit_over_several_workers(proven: None) -> None:
    program_id = await a_program(asset=ASSET)
    await a_code_campaign(program_id, effects=(Fixed(amount_minor=100, beneficiary="crew"),))
    crew = await some_agents(3)
    members = tuple(CrewMember(agent_id, share) for agent_id, share in zip(crew, (1, 1, 1), strict=True))
    for agent_id in await some_agents(30):
        await scanned(agent_id, program_id, crew=members)

    await drained_by_many()

    got = await paid(crew)
    assert sum(got) == 3_000
    assert max(got) - min(got) <= 30
