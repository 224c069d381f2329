from typing import Any
from uuid import UUID

import pytest

from core import access
from core.access import Role
from core.db import fetch_value, transaction
from referrals import holds, risks
from referrals.risk_decisions import carry_out
from referrals.risks import RiskKind
from tests.api.worlds import BONUS_MINOR, World, a_paying_campaign, a_world, paid_activity
from tests.driver import Campaign, Driver
from tests.referrals.people import Person, enrolled, told
from workers.chores import watch_chores
from workers.schedule import run_due

DAY = 86_400


async def a_moderator(program_id: str | None = None) -> str:
    confined = UUID(program_id) if program_id else None
    _, token = await access.create(role=Role.moderator, name="m", program_id=confined, by="test")
    return token


async def a_held_bonus(driver: Driver) -> tuple[Person, str, Campaign]:
    """An agent's bonus that waits for its date, and the event that holds it."""
    campaign = await a_paying_campaign(driver)
    await driver.owner(
        "POST",
        f"/v1/campaigns/{campaign.id}/versions",
        {"rules": await _rules(driver, campaign) | {"wait_seconds": DAY}},
    )
    person = await enrolled()
    activity_id = await paid_activity(person, campaign)
    async with transaction() as now:
        risk_id = await risks.record(
            kind=RiskKind.agent_pace,
            subject=f"agent:{person.agent_id}",
            facts={"in_day": 7_000},
            now=now,
            program_id=UUID(campaign.program_id),
            agent_id=person.agent_id,
        )
        assert risk_id is not None
        await holds.hold(risk_id, activity_ids=[activity_id], now=now)
    return person, str(risk_id), campaign


async def _rules(driver: Driver, campaign: Campaign) -> dict[str, Any]:
    found = await driver.owner("GET", f"/v1/campaigns/{campaign.id}")
    rules: dict[str, Any] = found["versions"][-1]["rules"] if "versions" in found else found["rules"]
    return rules


async def decided(driver: Driver, risk_id: str, token: str, **details: Any) -> Any:
    body = {"decision": "clear", "note": "В порядке"} | details
    return await driver.call("POST", f"/v1/risk-events/{risk_id}/decision", body, token=token)


async def test_a_moderator_sees_the_facts_and_what_is_held_and_clears_it(driver: Driver) -> None:
    person, risk_id, _ = await a_held_bonus(driver)
    token = await a_moderator()

    listed = (await driver.call("GET", "/v1/risk-events?kind=agent_pace", token=token)).json()["events"]
    case = (await driver.call("GET", f"/v1/risk-events/{risk_id}", token=token)).json()
    wallet = (await driver.call("GET", "/v1/wallet", token=person.token)).json()["balances"][0]
    answer = await decided(driver, risk_id, token)

    assert [(event["id"], event["facts"], event["state"]) for event in listed] == [(risk_id, {"in_day": 7_000}, "open")]
    assert [(lot["agent_id"], lot["amount_minor"]) for lot in case["held"]] == [(str(person.agent_id), BONUS_MINOR)]
    assert (wallet["pending_minor"], wallet["held_minor"], wallet["next_release_at"]) == (
        BONUS_MINOR,
        BONUS_MINOR,
        None,
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "cleared")
    assert (await told(person.agent_id))[-2:] == ["bonus_held", "bonus_freed"]
    assert (await driver.call("GET", f"/v1/risk-events/{risk_id}", token=token)).json()["held"] == []


async def test_the_agent_reads_in_his_story_that_it_is_held_and_why(driver: Driver) -> None:
    person, _, _ = await a_held_bonus(driver)

    [story] = (await driver.call("GET", "/v1/activities", token=person.token)).json()["activities"]

    [bonus] = story["bonuses"]
    assert (bonus["state"], bonus["held_for"]) == ("pending", "agent_pace")
    assert bonus["held_ru"] == "кодов необычно много, и сначала их посмотрит человек"
    assert bonus["held_en"] == "there were unusually many codes, and somebody looks at them first"


async def test_what_is_confirmed_is_taken_back_and_a_second_decision_comes_too_late(driver: Driver) -> None:
    person, risk_id, _ = await a_held_bonus(driver)
    token = await a_moderator()

    answer = await decided(driver, risk_id, token, decision="confirm", note="Коды списаны со склада")
    again = await decided(driver, risk_id, token)
    await carry_out()

    assert answer.json()["state"] == "confirmed"
    assert (again.status_code, again.json()["slug"]) == (409, "risk_decided")
    assert (await told(person.agent_id))[-1] == "clawed_back"
    assert await fetch_value("SELECT trust FROM agent WHERE id = $1", person.agent_id) == -1


async def test_spending_is_stopped_where_the_decision_says_so_and_only_there(driver: Driver) -> None:
    (frozen, one, _), (free, other, _) = await a_held_bonus(driver), await a_held_bonus(driver)
    token = await a_moderator()

    await decided(driver, one, token, decision="confirm", freeze_spending=True)
    await decided(driver, other, token, decision="confirm")

    thrown = (await driver.owner("GET", "/v1/operations/switches"))["switches"]
    assert list(thrown) == [f"spending:agent:{frozen.agent_id}"]
    assert free.agent_id != frozen.agent_id
    await driver.owner("DELETE", f"/v1/operations/switches/spending:agent:{frozen.agent_id}")
    assert (await driver.owner("GET", "/v1/operations/switches"))["switches"] == {}


async def test_a_key_of_one_program_decides_about_its_own_and_freezes_nobody(driver: Driver) -> None:
    _, risk_id, campaign = await a_held_bonus(driver)
    ours, theirs = await a_moderator(campaign.program_id), await a_moderator((await a_world(driver, "PTS")).program_id)

    assert (await decided(driver, risk_id, theirs)).status_code == 404
    assert (await decided(driver, risk_id, ours, freeze_spending=True)).status_code == 404
    assert (await decided(driver, risk_id, ours)).status_code == 200


async def test_a_list_shows_a_confined_key_its_own_program_alone(driver: Driver) -> None:
    ours, theirs = await a_world(driver), await a_world(driver, "PTS")

    async def seen(world: World, which: str = "") -> list[str]:
        answer = await driver.call("GET", f"/v1/risk-events{which}", token=world.owner_key)
        return [event["id"] for event in answer.json().get("events", [])]

    assert await seen(ours) == [ours.risk_id]
    assert await seen(theirs) == [theirs.risk_id]
    assert await seen(ours, f"?program_id={theirs.program_id}") == []
    both = await driver.owner("GET", f"/v1/risk-events?program_id={theirs.program_id}")
    assert [event["id"] for event in both["events"]] == [theirs.risk_id]


async def test_a_program_draws_its_own_lines(driver: Driver) -> None:
    world = await a_world(driver)
    path = f"/v1/programs/{world.program_id}/watch"

    before = await driver.owner("GET", path)
    await driver.owner("PUT", path, {"carton_agents": 12})
    after = await driver.owner("GET", path)

    assert after == before | {"carton_agents": 12}
    wrong = await driver.call("PUT", path, {"carton_agents": 0}, token=driver.owner_key)
    assert wrong.status_code == 400


async def test_what_is_suspected_and_held_is_measured(driver: Driver) -> None:
    await a_held_bonus(driver)

    text = (await driver.http.get("/metrics")).text

    assert 'naparnik_risk_events_open{kind="agent_pace"} 1.0' in text
    assert 'naparnik_risk_events_open{kind="returns"} 0.0' in text
    assert f'naparnik_held_minor{{asset="BON"}} {float(BONUS_MINOR)}' in text


@pytest.mark.parametrize("chore", ["watch", "watch_guesses", "watch_returns", "watch_enrolments", "carry_out"])
async def test_the_workers_do_it_by_schedule(driver: Driver, chore: str) -> None:
    assert chore in await run_due(watch_chores())
