"""The driver keeps its contract: each verb is there, takes what the contract says, and does it to real processes."""

import inspect

import pytest

from tests.crowd import rich_agent
from tests.driver import Driver, an_order

VERBS = {
    "mint": ("n", "campaign"),
    "agent": (),
    "customer": (),
    "pos": ("shop",),
    "staff": ("shop", "role"),
    "scan": ("agent", "code", "key"),
    "promo_new": ("agent",),
    "promo_redeem": ("pos", "promo", "order"),
    "order_refund": ("pos", "order", "lines"),
    "receipt": ("agent", "payload"),
    "wallet": ("agent",),
    "spend": ("agent", "amount"),
    "ledger_verify": (),
    "advance_jobs": (),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_of_the_contract_takes_what_the_contract_says(verb: str) -> None:
    signature = inspect.signature(getattr(Driver, verb))

    assert inspect.iscoroutinefunction(getattr(Driver, verb))
    assert tuple(signature.parameters)[1 : 1 + len(VERBS[verb])] == VERBS[verb]
    signature.bind("driver", *VERBS[verb])


async def test_a_customer_whom_a_till_names_counts_as_the_same_however_often_he_comes(driver: Driver) -> None:
    campaign = await driver.promo_campaign(10**6, 10**6, limits=[{"scope": "customer", "max_count": 1}])
    promo, pos = await driver.promo_new(await driver.agent(), campaign), await driver.pos("S-0")
    customer, another = await driver.customer(), await driver.customer()

    answers = [
        await driver.promo_redeem(pos, promo, an_order(), customer=one) for one in (customer, customer, another, None)
    ]

    assert [answer.status_code for answer in answers] == [201, 409, 201, 409]
    assert [answer.json()["facts"]["codes"][0]["reason"] for answer in answers[1::2]] == ["limit_customer"] * 2


async def test_bonuses_buy_a_card_with_its_code_and_a_service_that_a_till_gives_once(driver: Driver) -> None:
    agent, pos = await rich_agent(driver, 1_000), await driver.pos("S-0")
    card, service = await driver.gift_card("Q7PX-92MQ", price_minor=400), await driver.service(price_minor=500)

    bought = (await driver.reward_order(agent, card)).raise_for_status().json()
    ordered = (await driver.reward_order(agent, service)).raise_for_status().json()
    voucher = (await driver.reward_secret(agent, ordered["id"])).json()["voucher"]
    given = [await driver.voucher_give(pos, voucher) for _ in range(2)]

    assert (await driver.reward_secret(agent, bought["id"])).json()["card"]["code"] == "Q7PX-92MQ"
    assert [answer.status_code for answer in given] == [200, 409]
    assert (await driver.wallet(agent)).whole_minor == 100


async def test_staff_has_keys_and_people_have_logins_of_a_shop_by_its_code_or_its_id(driver: Driver) -> None:
    keys = [await driver.staff(shop, "cashier") for shop in ("S-0", await driver.shop("S-0"))]
    person = await driver.person("S-0", "cashier")
    form = {"login": person.login, "password": person.password, "next": "/staff/till"}

    looked = [await driver.call("POST", "/v1/vouchers/look", {"voucher": "S7PX"}, token=key) for key in keys]
    entered = await driver.http.post("/staff/login", data=form, headers={"Origin": driver.origin})

    assert [answer.status_code for answer in looked] == [404, 404]
    assert (entered.status_code, entered.headers["location"]) == (303, "/staff/till")
