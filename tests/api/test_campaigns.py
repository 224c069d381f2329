from typing import Any

import pytest

from tests.api.worlds import BONUS_MINOR, a_paying_campaign, paid_activity
from tests.driver import Campaign, Driver
from tests.referrals.people import enrolled


async def moved(driver: Driver, campaign: Campaign, verb: str, **body: str) -> dict[str, Any]:
    campaign_now: dict[str, Any] = await driver.owner("POST", f"/v1/campaigns/{campaign.id}/{verb}", body)
    return campaign_now


async def test_a_campaign_is_paused_resumed_ended_and_killed(driver: Driver) -> None:
    campaign = await a_paying_campaign(driver)

    states = [(await moved(driver, campaign, verb))["state"] for verb in ("pause", "resume", "end")]
    killed = await moved(driver, campaign, "kill", reason="a wrong price list")

    assert states == ["paused", "active", "ended"]
    assert (killed["state"], killed["reason"]) == ("killed", "a wrong price list")


async def test_a_campaign_is_activated_without_a_body(driver: Driver) -> None:
    path = f"/v1/programs/{await driver.program()}/campaigns"
    rules = {"trigger": "code_scanned", "asset": "BON", "effects": [{"pay": "fixed", "amount_minor": 1}]}
    draft = await driver.owner("POST", path, {"name": "К", "rules": rules})

    answer = await driver.http.post(
        f"/v1/campaigns/{draft['id']}/activate", headers={"Authorization": f"Bearer {driver.owner_key}"}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "active")


async def test_what_its_state_does_not_allow_is_refused(driver: Driver) -> None:
    campaign = await a_paying_campaign(driver)

    answer = await driver.call("POST", f"/v1/campaigns/{campaign.id}/resume", token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (409, "campaign_state_conflict")


async def test_new_rules_are_a_new_version_beside_the_old_one(driver: Driver) -> None:
    campaign = await a_paying_campaign(driver)
    path = f"/v1/campaigns/{campaign.id}"
    rules = (await driver.owner("GET", path))["rules"]

    changed = await driver.owner("POST", f"{path}/versions", {"rules": rules | {"priority": 7}})
    versions = (await driver.owner("GET", f"{path}/versions"))["versions"]

    assert (changed["version"], changed["rules"]["priority"]) == (2, 7)
    assert [(version["version"], version["rules"]["priority"]) for version in versions] == [(1, 0), (2, 7)]


async def test_rules_that_contradict_themselves_are_refused_with_the_place(driver: Driver) -> None:
    rules = {
        "trigger": "code_scanned",
        "asset": "BON",
        "effects": [{"pay": "fixed", "amount_minor": 1}],
        "limits": [{"scope": "agent"}],
    }

    answer = await driver.call(
        "POST",
        f"/v1/programs/{await driver.program()}/campaigns",
        {"name": "К", "rules": rules},
        token=driver.owner_key,
    )

    assert (answer.status_code, answer.json()["slug"]) == (422, "rules_refused")
    assert answer.json()["facts"]["problems"][0]["path"] == "limits[0]"


async def test_a_budget_is_topped_up_once_a_key(driver: Driver) -> None:
    campaign = await a_paying_campaign(driver)
    path, body = f"/v1/campaigns/{campaign.id}/budget", {"amount_minor": 5, "asset": "BON"}

    for _ in range(2):
        await driver.call("POST", path, body, token=driver.owner_key, key="k")
    budgets = (await driver.owner("GET", f"/v1/campaigns/{campaign.id}"))["budgets"]

    assert [budget["cap_minor"] for budget in budgets] == [100_005]


@pytest.mark.parametrize(("amount_minor", "cost_minor"), [(None, BONUS_MINOR * 2), (BONUS_MINOR * 3, BONUS_MINOR * 6)])
async def test_a_dry_run_says_what_rules_would_have_cost_and_changes_nothing(
    driver: Driver, amount_minor: int | None, cost_minor: int
) -> None:
    campaign = await a_paying_campaign(driver)
    person = await enrolled()
    for _ in range(2):
        await paid_activity(person, campaign)
    before = await driver.owner("GET", f"/v1/campaigns/{campaign.id}")
    rules = before["rules"] | {"effects": [{"pay": "fixed", "amount_minor": amount_minor}]}

    tried = await driver.owner(
        "POST", f"/v1/campaigns/{campaign.id}/dry-run", {} if amount_minor is None else {"rules": rules}
    )

    assert (tried["result"]["activities"], tried["result"]["cost_minor"]) == (2, cost_minor)
    assert tried["since"] <= tried["until"]
    assert await driver.owner("GET", f"/v1/campaigns/{campaign.id}") == before


async def test_what_an_empty_budget_denied_is_driven_again(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=0, bonus_minor=BONUS_MINOR)
    await paid_activity(await enrolled(), campaign)
    await driver.top_up(campaign.id, BONUS_MINOR)

    driven = await driver.owner("POST", f"/v1/campaigns/{campaign.id}/drive-again")

    assert driven == {"activities": 1}


async def test_campaigns_are_read_page_by_page(driver: Driver) -> None:
    made = [(await driver.campaign(budget_minor=0, bonus_minor=1)).id for _ in range(3)]
    path = f"/v1/programs/{await driver.program()}/campaigns"

    first = await driver.owner("GET", f"{path}?limit=2")
    second = await driver.owner("GET", f"{path}?limit=2&after={first['after']}")

    assert [campaign["id"] for page in (first, second) for campaign in page["campaigns"]] == made
