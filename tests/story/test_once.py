"""Exactly once, however many ask at the same moment and however often the same is asked."""

import asyncio

import pytest

from tests.crowd import agents, rich_agent, scan_of, spend_of
from tests.driver import Campaign, Driver
from tests.racer import Answer, race, statuses

# The torture makes it a thousand; enrolling them takes longer than their race.
CROWD = 300


async def test_a_thousand_scans_of_one_code_by_one_agent_pay_once(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=1_000_000, bonus_minor=100)
    [code] = await driver.mint(1, campaign)
    agent = await driver.agent()

    answers = await race(driver.origin, [scan_of(agent, code) for _ in range(1_000)])

    [first] = [answer.json() for answer in answers if answer.status == 201]
    assert statuses(answers) == {201: 1, 200: 999}
    assert all(answer.json() == first | {"already_yours": True} for answer in answers if answer.status == 200)
    assert (await driver.settled(agent, 100)).whole_minor == 100


async def test_many_agents_scan_one_code_at_once_and_one_is_paid(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=1_000_000, bonus_minor=100)
    [code] = await driver.mint(1, campaign)
    crowd = await agents(driver, CROWD)

    answers = await race(driver.origin, [scan_of(agent, code) for agent in crowd])

    [winner] = [agent for agent, answer in zip(crowd, answers, strict=True) if answer.status == 201]
    assert statuses(answers) == {201: 1, 409: CROWD - 1}
    assert {answer.json()["slug"] for answer in answers if answer.status == 409} == {"already_claimed"}
    assert (await driver.settled(winner, 100)).whole_minor == 100
    assert await driver.spent(campaign) == 100


async def test_a_budget_for_500_of_1000_scans_pays_500_and_is_never_passed(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=50_000, bonus_minor=100)
    codes = await driver.mint(1_000, campaign)
    crowd = await agents(driver, 20)
    seen: list[int] = []
    watching = asyncio.create_task(watch(driver, campaign, seen))

    answers = await race(driver.origin, [scan_of(crowd[place % len(crowd)], code) for place, code in enumerate(codes)])

    await driver.advance_jobs()
    watching.cancel()
    wallets = [await driver.wallet(agent) for agent in crowd]
    told = [entry for agent in crowd for entry in await driver.journal(agent)]
    assert statuses(answers) == {201: 1_000}
    assert max(seen) <= 50_000
    assert sum(wallet.whole_minor for wallet in wallets) == 50_000
    assert await driver.spent(campaign) == 50_000
    assert [entry["facts"]["reason"] for entry in told if entry["kind"] == "denied"] == ["budget_exhausted"] * 500


async def watch(driver: Driver, campaign: Campaign, seen: list[int]) -> None:
    """Look at what a campaign has spent, fifty times a second."""
    while True:
        seen.append(await driver.spent(campaign))
        await asyncio.sleep(0.02)


async def test_two_hundred_spends_at_once_never_take_more_than_there_is(driver: Driver) -> None:
    agent = await rich_agent(driver, 1_000)
    amounts = [7 + place * 83 // 199 for place in range(200)]

    answers = await race(driver.origin, [spend_of(driver, agent, amount) for amount in amounts])

    accepted = sum(amount for amount, answer in zip(amounts, answers, strict=True) if answer.status == 201)
    wallet = await driver.wallet(agent)
    assert set(statuses(answers)) == {201, 409}
    assert {answer.json()["slug"] for answer in answers if answer.status == 409} == {"insufficient_funds"}
    assert wallet.reserved_minor == accepted <= 1_000
    assert wallet.available_minor == 1_000 - accepted < 90


async def test_one_key_and_one_body_a_hundred_times_are_one_effect_and_the_same_bytes(driver: Driver) -> None:
    agent = await rich_agent(driver, 1_000)

    first = await driver.spend(agent, 10, key="once")
    again = [await driver.spend(agent, 10, key="once") for _ in range(99)]

    assert first.status_code == 201
    assert "idempotency-replayed" not in first.headers
    assert {(answer.status_code, answer.content) for answer in again} == {(201, first.content)}
    assert {answer.headers["idempotency-replayed"] for answer in again} == {"true"}
    assert (await driver.wallet(agent)).reserved_minor == 10


async def test_one_key_with_another_body_is_refused_and_does_nothing(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=1_000, bonus_minor=100)
    codes = await driver.mint(2, campaign)
    agent = await rich_agent(driver, 1_000)
    await driver.spend(agent, 10, key="spend")
    await driver.scan(agent, codes[0], key="scan")

    spend = await driver.spend(agent, 20, key="spend")
    scan = await driver.scan(agent, codes[1], key="scan")

    assert [(answer.status_code, answer.json()["slug"]) for answer in (spend, scan)] == [
        (422, "idempotency_mismatch"),
        (422, "idempotency_mismatch"),
    ]
    assert (await driver.wallet(agent)).reserved_minor == 10
    assert (await driver.scan(await driver.agent(), codes[1])).status_code == 201


@pytest.mark.parametrize("verb", ["scan", "spend"])
async def test_one_key_two_hundred_times_at_once_is_one_effect(driver: Driver, verb: str) -> None:
    agent = await rich_agent(driver, 1_000)
    campaign = await driver.campaign(budget_minor=1_000, bonus_minor=100)
    [code] = await driver.mint(1, campaign)
    if verb == "scan":
        requests = [scan_of(agent, code, key="at-once")] * 200
    else:
        requests = [spend_of(driver, agent, 10, key="at-once") for _ in range(200)]

    answers = await race(driver.origin, requests)

    done = [answer for answer in answers if answer.status == 201]
    await driver.advance_jobs()
    wallet = await driver.wallet(agent)
    assert {answer.content for answer in done} == {done[0].content}
    assert all(is_still_running(answer) for answer in answers if answer.status != 201)
    assert (wallet.whole_minor, wallet.reserved_minor) == ((1_100, 0) if verb == "scan" else (1_000, 10))


def is_still_running(answer: Answer) -> bool:
    """The one other answer that a twin may get."""
    waits = "retry-after" in answer.headers
    return (answer.status, answer.json()["slug"], waits) == (409, "idempotency_in_progress", True)


async def test_a_key_of_another_agent_is_another_key(driver: Driver) -> None:
    one, other = await rich_agent(driver, 100), await rich_agent(driver, 100)

    answers = [await driver.spend(agent, 10, key="the-same") for agent in (one, other)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]
