import pytest

from core.db import execute
from core.money import AMOUNT_MINOR_MAX
from programs import budgets
from tests.driver import Driver


async def test_a_budget_is_fed_until_nobody_could_count_it_any_more(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "ISSUED_MINOR_MAX", 3 * AMOUNT_MINOR_MAX)
    campaign = await driver.campaign(budget_minor=0, bonus_minor=1)
    path, body = f"/v1/campaigns/{campaign.id}/budget", {"amount_minor": AMOUNT_MINOR_MAX, "asset": "BON"}

    answers = [await driver.call("POST", path, body, token=driver.owner_key) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200] * 3 + [409] * 2
    assert answers[-1].json()["slug"] == "too_much_issued"
    assert answers[-1].json()["facts"] == {"asset": "BON", "issued_max_minor": 3 * AMOUNT_MINOR_MAX}


async def test_a_budget_is_raised_once_when_nobody_remembers_the_answer_any_more(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=0, bonus_minor=1)
    path, body = f"/v1/campaigns/{campaign.id}/budget", {"amount_minor": 700, "asset": "BON"}
    first = await driver.call("POST", path, body, token=driver.owner_key, key="raise")
    await execute("DELETE FROM answer")

    again = await driver.call("POST", path, body, token=driver.owner_key, key="raise")

    assert again.json() == first.json()
    assert again.json()["cap_minor"] == 700


async def test_more_than_one_amount_can_be_is_not_even_read(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=0, bonus_minor=1)
    path, body = f"/v1/campaigns/{campaign.id}/budget", {"amount_minor": AMOUNT_MINOR_MAX + 1, "asset": "BON"}

    answer = await driver.call("POST", path, body, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (400, "invalid_request")
