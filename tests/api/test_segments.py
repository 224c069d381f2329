from typing import Any

import pytest

from core import audit
from tests.api.phoning import refusal
from tests.driver import Agent, Driver

FOR_INSTALLERS = {"segments": ["installers"]}
TOMORROW = "2100-01-01T00:00:00Z"


async def asked(driver: Driver, agent: Agent, method: str, path: str, body: object = None) -> Any:
    return (await driver.call(method, path, body, token=agent.device.token)).raise_for_status().json()


async def path_of(driver: Driver, rest: str = "") -> str:
    return f"/v1/programs/{await driver.program()}/segments{rest}"


async def test_the_maker_puts_agents_into_a_group_by_id_and_by_promo_code_and_takes_them_out(driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000, 1_000)
    one, other = await driver.agent(), await driver.agent()
    code = await asked(driver, other, "POST", "/v1/promo-codes", {"campaign_id": campaign.id})
    path, stranger = await path_of(driver, "/installers/agents"), "0192d1d0-0000-7000-8000-000000000000"
    named = {"agent_ids": [one.id, stranger], "promo_codes": [code["text"], "НЕТТАКОГО"]}

    put = await driver.owner("POST", path, named)
    members = (await driver.owner("GET", path))["members"]
    await driver.owner("DELETE", f"{path}/{other.id}")
    left = (await driver.owner("GET", path))["members"]

    assert put == {"added": 2, "unknown": [stranger, "НЕТТАКОГО"]}
    assert {member["agent_id"] for member in members} == {one.id, other.id}
    assert [member["agent_id"] for member in left] == [one.id]
    assert [entry.action for entry in await audit.page(limit=2)] == ["segment.take_out", "segment.put_in"]


async def test_a_group_is_listed_with_its_size_and_the_campaigns_that_ask_for_it(driver: Driver) -> None:
    await driver.promo_campaign(1_000, 1_000, eligibility=FOR_INSTALLERS)

    found = await driver.owner("GET", await path_of(driver))

    assert found == {"segments": [{"segment": "installers", "members": 0, "campaigns": 1}]}


async def test_the_last_moment_of_a_word_is_told_in_utc_whatever_the_offset_that_it_was_named_with(
    driver: Driver,
) -> None:
    wanted = {"ends_at": "2100-01-01T02:30:00+03:00", "uses_max": 30}

    made = await driver.owner("POST", await path_of(driver, "/installers/words"), wanted)

    assert made["ends_at"] == "2099-12-31T23:30:00Z"


async def test_an_agent_joins_by_a_word_and_is_offered_what_is_for_his_group(driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000, 1_000, eligibility=FOR_INSTALLERS)
    agent = await driver.agent()
    before = (await asked(driver, agent, "GET", "/v1/offers"))["offers"]
    made = await driver.owner("POST", await path_of(driver, "/installers/words"), {"ends_at": TOMORROW, "uses_max": 30})

    joined = await asked(driver, agent, "POST", "/v1/segments/join", {"word": made["word"]})
    again = await asked(driver, agent, "POST", "/v1/segments/join", {"word": made["word"]})
    offered = (await asked(driver, agent, "GET", "/v1/offers"))["offers"]
    mine = (await asked(driver, agent, "GET", "/v1/agents/me"))["segments"]

    assert before == []
    assert (joined["segment"], again, mine) == ("installers", joined, [joined])
    assert [offer["campaign_id"] for offer in offered] == [campaign.id]


async def test_a_stopped_word_lets_nobody_in_and_its_text_is_read_nowhere(driver: Driver) -> None:
    agent = await driver.agent()
    made = await driver.owner("POST", await path_of(driver, "/installers/words"), {"ends_at": TOMORROW, "uses_max": 30})
    path = f"/v1/programs/{await driver.program()}/segment-words"

    stopped = await driver.owner("DELETE", f"{path}/{made['id']}")
    listed = await driver.owner("GET", path)
    refused = await driver.call("POST", "/v1/segments/join", {"word": made["word"]}, token=agent.device.token)

    assert refusal(refused) == (422, "segment_word_refused")
    assert listed["words"] == [stopped]
    assert made["word"] not in str(listed)


@pytest.mark.parametrize("segment", ["a%00b", "a%0A", "x" * 65, "%E2%80%AEa"])
async def test_a_group_has_a_name_that_rules_could_have(driver: Driver, segment: str) -> None:
    path = await path_of(driver, f"/{segment}/agents")

    answer = await driver.call("POST", path, {"agent_ids": []}, token=driver.owner_key)

    assert answer.status_code == 400
