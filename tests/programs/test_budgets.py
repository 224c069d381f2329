import asyncio
from uuid import UUID

import pytest

from core.db import fetch_value
from core.money import AMOUNT_MINOR_MAX
from core.refusals import NotFound
from programs import budgets
from programs.budgets import ISSUED_MINOR_MAX, Budget, TooMuchIssued, top_up
from programs.lifecycle import NewCampaign, create_campaign
from tests.programs.made import rules
from tests.programs.stored import BY, a_campaign, a_program


@pytest.fixture
def a_thousand(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that may issue a thousand of each asset."""
    monkeypatch.setattr(budgets, "ISSUED_MINOR_MAX", 1_000)


def test_whatever_may_be_issued_fits_into_any_account_together_with_one_amount_more() -> None:
    assert ISSUED_MINOR_MAX + AMOUNT_MINOR_MAX < 2**63


@pytest.mark.usefixtures("a_thousand")
async def test_a_budget_takes_the_last_that_may_be_issued_and_nothing_beyond(proven: None) -> None:
    campaign_id = await a_campaign(await a_program(), budget_minor=900)

    full = await top_up(campaign_id, asset="RUB", amount_minor=100, by=BY)
    with pytest.raises(TooMuchIssued) as refused:
        await top_up(campaign_id, asset="RUB", amount_minor=1, by=BY)

    assert full == Budget(campaign_id, "RUB", 1_000, 0)
    assert refused.value.facts == {"asset": "RUB", "issued_max_minor": 1_000}
    assert await budgets.budgets(campaign_id) == [full]


@pytest.mark.usefixtures("a_thousand")
async def test_a_campaign_is_not_begun_with_more_than_may_be_issued(proven: None) -> None:
    program_id = await a_program()
    await a_campaign(program_id, budget_minor=900)

    with pytest.raises(TooMuchIssued):
        await create_campaign(program_id, NewCampaign("Лето", rules(), 101), by=BY)

    assert await fetch_value("SELECT count(*) FROM campaign") == 1


@pytest.mark.usefixtures("a_thousand")
async def test_each_asset_has_a_bound_of_its_own(proven: None) -> None:
    program_id = await a_program()
    await a_campaign(program_id, budget_minor=1_000)

    other = await a_campaign(program_id, budget_minor=1_000, asset="BON")

    assert (await budgets.budgets(other))[0].cap_minor == 1_000


@pytest.mark.usefixtures("a_thousand")
async def test_campaigns_that_are_fed_at_once_get_exactly_what_may_be_issued(proven: None) -> None:
    program_id = await a_program()
    campaigns = [await a_campaign(program_id) for _ in range(5)]

    done = await asyncio.gather(
        *(top_up(campaigns[turn % 5], asset="RUB", amount_minor=40, by=BY) for turn in range(40)),
        return_exceptions=True,
    )

    assert [type(one) for one in done].count(Budget) == 25
    assert [type(one) for one in done].count(TooMuchIssued) == 15
    assert await fetch_value("SELECT sum(cap_minor) FROM budget") == 1_000


async def test_a_campaign_without_a_budget_in_the_asset_is_not_found(proven: None) -> None:
    with pytest.raises(NotFound):
        await top_up(UUID(int=1), asset="RUB", amount_minor=1, by=BY)
