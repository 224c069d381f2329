from datetime import timedelta

import pytest

from programs.campaign import CampaignIndex, CampaignState
from programs.conditions import FirstPurchase
from programs.effects import Fixed
from programs.facts import Facts
from programs.revision import Revision
from programs.rules import Rules
from programs.snapshot import Catalogue, Program, Snapshot
from referrals.estimates import Expected, estimate
from tests.programs.made import AGENT, NOON, PROGRAM, bought, campaign, rules

SELLER = PROGRAM


def snapshot_of(*versions: Rules, state: CampaignState = CampaignState.ACTIVE) -> Snapshot:
    """A process's memory of one campaign for each of these rules."""
    campaigns = [campaign(one, state=state) for one in versions]
    program = Program(PROGRAM, "Тепло", "Europe/Moscow", "RUB", "BON", "RU")
    index = CampaignIndex(campaigns, taken_at=NOON)
    return Snapshot(Revision(1, 1), {PROGRAM: program}, {one.id: one for one in campaigns}, index, Catalogue({}, {}))


def paying(amount_minor: int, asset: str = "BON", **changes: object) -> Rules:
    return rules(asset=asset, effects=(Fixed(amount_minor=amount_minor),), **changes)


def expected(*versions: Rules, facts: Facts | None = None) -> Expected | None:
    return estimate(facts or bought(), snapshot_of(*versions))


def test_the_bonuses_of_several_campaigns_are_told_together_and_promised_by_nobody() -> None:
    found = expected(paying(300, wait_seconds=60), paying(50, wait_seconds=3_600))

    assert found == Expected(350, "BON", NOON + timedelta(hours=1), guaranteed=False)


def test_where_no_campaign_pays_nothing_is_told() -> None:
    assert expected() is None
    assert estimate(bought(), snapshot_of(paying(300), state=CampaignState.PAUSED)) is None


def test_what_others_would_get_is_not_told() -> None:
    effects = (Fixed(amount_minor=300), Fixed(amount_minor=900, beneficiary="seller"))

    found = expected(rules(asset="BON", effects=effects, wait_seconds=0), facts=bought(seller_agent_id=SELLER))

    assert found == Expected(300, "BON", NOON)


def test_only_one_asset_is_told_and_it_is_the_first() -> None:
    found = expected(paying(300, priority=5, wait_seconds=0), paying(7, asset="PTS", wait_seconds=0))

    assert found == Expected(300, "BON", NOON)


def test_an_estimate_looks_at_this_activity_alone() -> None:
    found = expected(paying(300, wait_seconds=0, conditions=(FirstPurchase(),)))

    assert found == Expected(300, "BON", NOON)


@pytest.mark.parametrize("days_ago", [0, 3])
def test_the_date_counts_from_the_acceptance(days_ago: int) -> None:
    facts = bought(days_ago=days_ago, agent_id=AGENT, accepted_at=NOON)

    found = expected(paying(300, wait_seconds=86_400), facts=facts)

    assert found is not None
    assert found.available_at == NOON + timedelta(days=1)
