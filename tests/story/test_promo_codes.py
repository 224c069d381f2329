"""A promo code with a limit and a budget, redeemed by a crowd at the same moment in several processes."""

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

from tests.driver import CURRENCY, Agent, Campaign, Driver, an_order
from tests.racer import Answer, Request, race, statuses


def redemption_of(pos: str, promo: str, order: dict[str, Any], key: str = "") -> Request:
    return Request("/v1/orders/redemptions", order | {"codes": [promo]}, pos, key=key)


def reasons(answers: list[Answer]) -> Counter[str]:
    """Why the codes of refused orders gave nothing."""
    refused = [answer.json() for answer in answers if answer.status == 409]
    assert {problem["slug"] for problem in refused} <= {"order_refused"}
    return Counter(code["reason"] for problem in refused for code in problem["facts"]["codes"])


async def watch(driver: Driver, campaign: Campaign, seen: list[int]) -> None:
    """Look at what a campaign has spent on discounts, fifty times a second."""
    while True:
        seen.append(await driver.spent(campaign, CURRENCY))
        await asyncio.sleep(0.02)


async def client_comes(driver: Driver, agent: Agent) -> int:
    """How often an agent was told that a client came."""
    return sum(entry["kind"] == "client_came" for entry in await driver.journal(agent))


async def test_a_code_for_fifty_is_redeemed_fifty_times_by_a_thousand_orders(driver: Driver) -> None:
    campaign = await driver.promo_campaign(10**9, 10**9, limits=[{"scope": "code", "max_count": 50}])
    agent, tills = await driver.agent(), [await driver.pos(f"S-{place}") for place in range(4)]
    promo = await driver.promo_new(agent, campaign)

    answers = await race(driver.origin, [redemption_of(tills[place % 4], promo, an_order()) for place in range(1_000)])

    assert statuses(answers) == {201: 50, 409: 950}
    assert reasons(answers) == {"limit_code": 950}
    assert (await driver.wallet(agent)).whole_minor == 50 * 2_850
    assert await driver.spent(campaign, CURRENCY) == 50 * 5_000
    assert await client_comes(driver, agent) == 50


async def test_a_budget_for_a_hundred_discounts_gives_a_hundred_and_is_never_passed(driver: Driver) -> None:
    campaign = await driver.promo_campaign(10**9, 500_000)
    crowd = [await driver.agent() for _ in range(5)]
    promos = [await driver.promo_new(agent, campaign) for agent in crowd]
    pos, seen = await driver.pos("S-0"), list[int]()
    watching = asyncio.create_task(watch(driver, campaign, seen))

    answers = await race(driver.origin, [redemption_of(pos, promos[place % 5], an_order()) for place in range(400)])

    watching.cancel()
    wallets = [await driver.wallet(agent) for agent in crowd]
    assert statuses(answers) == {201: 100, 409: 300}
    assert reasons(answers) == {"budget_exhausted": 300}
    assert max(seen) <= 500_000
    assert await driver.spent(campaign, CURRENCY) == 500_000
    assert sum(wallet.whole_minor for wallet in wallets) == 100 * 2_850


async def test_one_customer_with_five_codes_gets_what_each_campaign_allows_him(driver: Driver) -> None:
    limits = {1: [{"scope": "customer", "max_count": 1}], 2: [{"scope": "customer", "max_count": 2}]}
    once, twice = [await driver.promo_campaign(10**9, 10**9, limits=limits[most]) for most in (1, 2)]
    crowd = [await driver.agent() for _ in range(5)]
    promos = [await driver.promo_new(agent, once if place < 3 else twice) for place, agent in enumerate(crowd)]
    tills, maria = [await driver.pos(f"S-{place}") for place in range(2)], {"kind": "phone", "value": "+79120000017"}

    answers = await race(
        driver.origin,
        [redemption_of(tills[place % 2], promos[place % 5], an_order(customer=maria)) for place in range(200)],
    )

    wallets = [(await driver.wallet(agent)).whole_minor for agent in crowd]
    assert statuses(answers) == {201: 3, 409: 197}
    assert reasons(answers) == {"limit_customer": 197}
    assert (sum(wallets[:3]), sum(wallets[3:])) == (2_850, 2 * 2_850)
    assert [await driver.spent(one, CURRENCY) for one in (once, twice)] == [5_000, 10_000]


async def test_two_agents_codes_on_one_order_at_once_are_one_sale_of_one_agent(driver: Driver) -> None:
    campaign = await driver.promo_campaign(10**9, 10**9)
    crowd = [await driver.agent() for _ in range(2)]
    promos = [await driver.promo_new(agent, campaign) for agent in crowd]
    pos, order = await driver.pos("S-0"), an_order()

    answers = await race(driver.origin, [redemption_of(pos, promos[place % 2], order) for place in range(100)])

    wallets = [(await driver.wallet(agent)).whole_minor for agent in crowd]
    winner = wallets.index(2_850)
    assert statuses(answers) == {201: 50, 422: 50}
    assert {answer.json()["slug"] for answer in answers if answer.status == 422} == {"order_changed"}
    assert {code["code"] for answer in answers if answer.status == 201 for code in answer.json()["codes"]} == {
        promos[winner]
    }
    assert sorted(wallets) == [0, 2_850]
    assert [await client_comes(driver, agent) for agent in crowd] == [wallet // 2_850 for wallet in wallets]


async def test_events_of_a_till_ten_times_in_any_order_are_each_once(driver: Driver) -> None:
    campaign = await driver.promo_campaign(10**9, 10**9)
    agent, pos = await driver.agent(), await driver.pos("S-0")
    promo, order = await driver.promo_new(agent, campaign), an_order(quantity=4)
    backs = [
        {"order_ref": order["order_ref"], "return_ref": str(uuid4()), "lines": [{"ref": "1", "quantity": 1}]}
        for _ in range(3)
    ]
    requests = [redemption_of(pos, promo, order, key=str(uuid4()))] + [
        Request("/v1/orders/returns", back, pos, key=back["return_ref"]) for back in backs
    ]

    answers = await race(driver.origin, [requests[place * 7 % 4] for place in range(40)])

    found = (await driver.call("GET", f"/v1/orders?order_ref={order['order_ref']}", token=pos)).json()
    left = await driver.order_refund(pos, order)
    assert set(statuses(answers)) <= {201, 409}
    assert {answer.json()["slug"] for answer in answers if answer.status == 409} <= {"idempotency_in_progress"}
    assert found["state"] == "partially_returned"
    assert left.json()["lines"] == [{"ref": "1", "quantity": 1, "refund_minor": 23_750}]
    assert (await driver.wallet(agent)).whole_minor == 0
    assert await driver.spent(campaign, CURRENCY) == 0
