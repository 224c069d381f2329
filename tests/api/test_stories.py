from uuid import uuid4

import httpx
import pytest

from core.settings import Settings
from programs.facts import ActivityKind
from tests.api.phoning import Installer, refusal
from tests.programs.stored import a_campaign, a_program
from tests.referrals.people import credited


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    return await Installer(http, settings.origin).enrol()


async def test_a_story_says_how_much_and_from_when_and_why(installer: Installer) -> None:
    program_id = await a_program()
    await a_campaign(program_id, budget_minor=500, trigger=ActivityKind.CODE_SCANNED, asset="BON")
    paid = await credited(installer.agent_id, program_id)
    refused = await credited(installer.agent_id, program_id)

    listed = await installer.read("/v1/activities")
    told = await installer.read(f"/v1/activities/{refused}")

    states = {story["activity_id"]: story["state"] for story in listed["activities"]}
    assert states == {str(paid): "pending", str(refused): "denied"}
    assert told["activity"]["bonuses"][0]["reason"] == "budget_exhausted"
    assert "бюджет" in told["activity"]["bonuses"][0]["reason_ru"]
    assert told["explanation"]["reason"] == "budget_exhausted"
    assert told["explanation"]["campaigns"][0]["effects"][0]["amount_minor"] == 500


async def test_pages_follow_each_other(installer: Installer) -> None:
    program_id = await a_program()
    ids = {str(await credited(installer.agent_id, program_id)) for _ in range(3)}

    first = await installer.read("/v1/activities?limit=2")
    second = await installer.read(f"/v1/activities?limit=2&before={first['before']}")

    assert {story["activity_id"] for story in first["activities"] + second["activities"]} == ids
    assert second["before"] is None


async def test_another_agents_story_is_not_there(installer: Installer, http: httpx.AsyncClient) -> None:
    activity_id = await credited(installer.agent_id, await a_program())
    stranger = await Installer(http, installer.origin).enrol()

    answers = [await stranger.call("GET", f"/v1/activities/{one}") for one in (activity_id, uuid4())]

    assert {refusal(answer) for answer in answers} == {(404, "not_found")}
