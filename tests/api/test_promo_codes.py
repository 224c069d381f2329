from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.phoning import refusal
from tests.driver import Agent, Driver, an_order


async def call(driver: Driver, agent: Agent, method: str, path: str, body: object = None) -> httpx.Response:
    return await driver.call(method, path, body, token=agent.device.token)


async def read(driver: Driver, agent: Agent, path: str) -> Any:
    return (await call(driver, agent, "GET", path)).raise_for_status().json()


async def test_an_agent_sees_what_is_on_offer_and_makes_a_code_for_it(driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000, 1_000)
    await driver.campaign(budget_minor=0, bonus_minor=1)
    agent = await driver.agent()

    [offer] = (await read(driver, agent, "/v1/offers"))["offers"]
    made = await call(
        driver, agent, "POST", "/v1/promo-codes", {"campaign_id": offer["campaign_id"], "text": "мастер-10"}
    )

    assert (offer["campaign_id"], offer["currency"], offer["terms_id"]) == (campaign.id, "RUB", None)
    assert offer["discounts"][0]["basis_points"] == 500
    assert (made.status_code, made.json()["text"], made.json()["state"]) == (201, "МАСТЕР10", "active")


async def test_a_campaign_that_is_over_or_paused_is_offered_to_nobody(driver: Driver) -> None:
    await driver.promo_campaign(1_000, 1_000, eligibility={"ends_on": "2020-01-01"})
    paused = await driver.promo_campaign(1_000, 1_000)
    await driver.owner("POST", f"/v1/campaigns/{paused.id}/pause", {"reason": "test"})
    agent = await driver.agent()

    answer = await call(driver, agent, "POST", "/v1/promo-codes", {"campaign_id": paused.id})

    assert (await read(driver, agent, "/v1/offers"))["offers"] == []
    assert refusal(answer) == (422, "no_such_offer")


async def test_making_a_code_twice_with_one_key_makes_one(driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000, 1_000)
    agent = await driver.agent()

    first, second = [
        await driver.call("POST", "/v1/promo-codes", {"campaign_id": campaign.id}, token=agent.device.token, key="once")
        for _ in range(2)
    ]

    assert first.content == second.content
    assert len((await read(driver, agent, "/v1/promo-codes"))["promo_codes"]) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A1", (422, "promo_text_refused")),
        ("хуйня77", (422, "promo_text_refused")),
        ("TEPLO5", (409, "promo_text_taken")),
        ("\u0000" * 5, (400, "invalid_request")),
        ("X" * 65, (400, "invalid_request")),
    ],
)
async def test_a_text_that_cannot_be_had_is_refused(driver: Driver, text: str, expected: tuple[int, str]) -> None:
    campaign = await driver.promo_campaign(1_000, 1_000)
    await driver.promo_new(await driver.agent(), campaign, "TEPL05")

    answer = await call(
        driver, await driver.agent(), "POST", "/v1/promo-codes", {"campaign_id": campaign.id, "text": text}
    )

    assert refusal(answer) == expected


async def test_nobody_makes_codes_without_end(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = await driver.promo_campaign(1_000, 1_000)
    agent = await driver.agent()
    monkeypatch.setattr("codes.promo_codes.LIVE_PER_AGENT_MAX", 2)
    monkeypatch.setattr("codes.promo_codes.MADE_PER_AGENT_MAX", 3)

    for _ in range(2):
        await driver.promo_new(agent, campaign)
    too_many_alive = await call(driver, agent, "POST", "/v1/promo-codes", {"campaign_id": campaign.id})
    for code in (await read(driver, agent, "/v1/promo-codes"))["promo_codes"]:
        await call(driver, agent, "POST", f"/v1/promo-codes/{code['id']}/state", {"state": "archived"})
    await driver.promo_new(agent, campaign)
    too_many_made = await call(driver, agent, "POST", "/v1/promo-codes", {"campaign_id": campaign.id})

    assert refusal(too_many_alive) == refusal(too_many_made) == (409, "too_many_promo_codes")


async def test_whoever_takes_part_agrees_to_the_text_in_force_first(driver: Driver) -> None:
    path = f"/v1/programs/{await driver.program()}/terms"
    old = await driver.owner("POST", path, {"name": "offer", "text_ru": "Да", "text_en": "Yes"})
    campaign = await driver.promo_campaign(1_000, 1_000, terms_id=old["id"])
    text = await driver.owner("POST", path, {"name": "offer", "text_ru": "Да!", "text_en": "Yes!"})
    agent = await driver.agent()
    await call(driver, agent, "POST", f"/v1/terms/{old['id']}/accept", {"sha256": old["sha256"]})

    refused = await call(driver, agent, "POST", "/v1/promo-codes", {"campaign_id": campaign.id})
    [offer] = (await read(driver, agent, "/v1/offers"))["offers"]
    await call(driver, agent, "POST", f"/v1/terms/{text['id']}/accept", {"sha256": text["sha256"]})
    made = await call(driver, agent, "POST", "/v1/promo-codes", {"campaign_id": campaign.id})

    assert refusal(refused) == (409, "terms_not_accepted")
    assert refused.json()["facts"] == {"terms_id": text["id"], "sha256": text["sha256"]}
    assert offer["terms_id"] == text["id"]
    assert made.status_code == 201


async def test_an_archived_code_stays_so_and_nobody_changes_anothers(driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000, 1_000)
    mine, other = await driver.agent(), await driver.agent()
    await driver.promo_new(mine, campaign)
    [code] = (await read(driver, mine, "/v1/promo-codes"))["promo_codes"]
    path = f"/v1/promo-codes/{code['id']}/state"

    paused = await call(driver, mine, "POST", path, {"state": "paused"})
    foreign = await call(driver, other, "POST", path, {"state": "active"})
    await call(driver, mine, "POST", path, {"state": "archived"})
    late = await call(driver, mine, "POST", path, {"state": "active"})

    assert paused.json()["state"] == "paused"
    assert refusal(foreign) == (404, "not_found")
    assert refusal(late) == (409, "promo_code_archived")


async def test_the_list_counts_what_a_code_brought_and_is_read_page_by_page(driver: Driver) -> None:
    campaign = await driver.promo_campaign(100_000, 100_000)
    agent, pos = await driver.agent(), await driver.pos("M-1")
    promo = await driver.promo_new(agent, campaign)
    await driver.promo_new(agent, campaign)
    await driver.promo_redeem(pos, promo, an_order())

    newest = await read(driver, agent, "/v1/promo-codes?limit=1")
    rest = await read(driver, agent, f"/v1/promo-codes?limit=1&before={newest['before']}")

    assert newest["promo_codes"][0]["redeemed"] == 0
    [code] = rest["promo_codes"]
    assert (code["text"], code["redeemed"], code["earned_minor"]) == (promo, 1, 2_850)
    assert (await read(driver, await driver.agent(), "/v1/promo-codes"))["promo_codes"] == []
    assert refusal(await call(driver, agent, "POST", f"/v1/promo-codes/{uuid4()}/state", {"state": "paused"}))[0] == 404
