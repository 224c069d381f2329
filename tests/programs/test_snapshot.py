import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from core.db import execute, transaction
from programs import revision
from programs.campaign import CampaignState
from programs.decide import decide
from programs.effects import Fixed
from programs.facts import ActivityKind, Facts, Line
from programs.lifecycle import activate, add_version, end, kill
from programs.rules import Eligibility
from programs.shops import NewShop, put_shop
from programs.snapshot import Snapshot, _Held, current_snapshot
from tests.programs.made import AGENT, rules
from tests.programs.stored import BY, a_campaign, a_product, a_program

LONG = 1_000.0


async def bought(program_id: UUID, product_id: UUID) -> Facts:
    async with transaction() as now:
        return Facts(
            activity_id=AGENT,
            kind=ActivityKind.RECEIPT_MATCHED,
            program_id=program_id,
            agent_id=AGENT,
            occurred_at=now,
            accepted_at=now,
            lines=(Line(product_id, "K-24", 1),),
        )


def earned(facts: Facts, snapshot: Snapshot) -> list[int]:
    decision = decide(facts, snapshot.index.candidates(facts), snapshot.standing(facts.program_id))
    return [grant.amount_minor for grant in decision.grants]


async def test_a_snapshot_decides_by_what_is_in_force(database: None) -> None:
    program_id = await a_program()
    boiler, pump = await a_product(program_id), await a_product(program_id, "P-1")
    await a_campaign(program_id, eligibility=Eligibility(products=frozenset({boiler})))
    await a_campaign(program_id, active=False)

    snapshot = await current_snapshot()

    assert earned(await bought(program_id, boiler), snapshot) == [500]
    assert earned(await bought(program_id, pump), snapshot) == []


async def test_a_version_announced_for_later_waits_for_its_day(database: None) -> None:
    program_id = await a_program()
    campaign_id = await a_campaign(program_id)
    facts = await bought(program_id, await a_product(program_id))
    later = facts.accepted_at + timedelta(days=2)
    await add_version(campaign_id, rules(effects=(Fixed(amount_minor=9),)), effective_from=later, by=BY)

    snapshot = await current_snapshot()

    [campaign] = snapshot.campaigns.values()
    assert earned(facts, snapshot) == [500]
    assert [version.version for version in campaign.versions] == [1, 2]


async def test_the_processs_own_changes_are_seen_at_once(database: None) -> None:
    campaign_id = await a_campaign(await a_program(), active=False)
    assert campaign_id not in (await current_snapshot(age_seconds_max=LONG)).campaigns

    await activate(campaign_id, by=BY)
    seen = await current_snapshot(age_seconds_max=LONG)

    assert seen.campaigns[campaign_id].state is CampaignState.ACTIVE


async def test_changes_of_other_processes_are_seen_when_the_look_is_old_enough(database: None) -> None:
    campaign_id = await a_campaign(await a_program())
    before = await current_snapshot(age_seconds_max=LONG)

    # What another process does, this one does not notice by itself.
    async with transaction():
        await execute("UPDATE campaign SET state = 'paused' WHERE id = $1", campaign_id)
        await execute("UPDATE program_revision SET rules = nextval('program_revision_number')")

    assert await current_snapshot(age_seconds_max=LONG) is before
    assert (await current_snapshot(age_seconds_max=0)).campaigns[campaign_id].state is CampaignState.PAUSED


async def test_while_one_fetches_the_others_go_on_with_what_they_have(
    database: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = await a_campaign(await a_program())
    before = await current_snapshot(age_seconds_max=0)
    await kill(campaign_id, reason="", by=BY)

    monkeypatch.setattr(_Held, "loading", True)

    assert await current_snapshot(age_seconds_max=1.0) is before
    assert (await current_snapshot(age_seconds_max=0)).campaigns[campaign_id].state is CampaignState.KILLED


async def test_a_snapshot_is_kept_while_nothing_changes(database: None) -> None:
    await a_campaign(await a_program())
    first = await current_snapshot(age_seconds_max=0)

    assert await current_snapshot(age_seconds_max=0) is first


async def test_a_new_rule_does_not_read_the_catalogue_again(database: None) -> None:
    program_id = await a_program()
    product_id = await a_product(program_id)
    before = await current_snapshot(age_seconds_max=0)

    await a_campaign(program_id)
    after = await current_snapshot(age_seconds_max=0)

    assert after.products[product_id].sku == "K-24"
    assert after.catalogue is before.catalogue


async def test_a_new_shop_is_in_the_next_snapshot(database: None) -> None:
    program_id = await a_program()
    await current_snapshot(age_seconds_max=0)

    shop, _ = await put_shop(program_id, NewShop("77-01", "Тепломаркет", "77"), by=BY)

    assert (await current_snapshot()).shops[shop.id] == shop


async def test_an_ended_campaign_still_pays_what_happened_before_its_end(database: None) -> None:
    program_id = await a_program()
    campaign_id = await a_campaign(program_id)
    facts = await bought(program_id, await a_product(program_id))
    await end(campaign_id, by=BY)

    assert earned(facts, await current_snapshot()) == [500]


async def test_many_who_ask_at_once_get_the_same_rules(database: None) -> None:
    campaign_id = await a_campaign(await a_program())

    snapshots = await asyncio.gather(*[current_snapshot(age_seconds_max=0) for _ in range(30)])

    assert all(campaign_id in snapshot.campaigns for snapshot in snapshots)


async def test_an_installation_without_any_change_has_an_empty_snapshot(database: None) -> None:
    revision.forget()

    snapshot = await current_snapshot(age_seconds_max=0)

    assert (snapshot.programs, snapshot.campaigns) == ({}, {})
