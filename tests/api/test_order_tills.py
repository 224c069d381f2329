from uuid import UUID

import pytest

from core import switches
from tests.api.checkouts import Checkout, a_checkout, ask
from tests.api.phoning import refusal
from tests.driver import Driver, an_order


@pytest.fixture
async def checkout(driver: Driver, proven: None) -> Checkout:
    return await a_checkout(driver)


async def test_a_till_knows_its_own_shop_and_no_other(driver: Driver, checkout: Checkout) -> None:
    order = an_order()
    await driver.promo_redeem(checkout.pos, checkout.promo, order)
    foreign = await driver.pos("M-2")

    found = await driver.call("GET", f"/v1/orders?order_ref={order['order_ref']}", token=foreign)
    named = await ask(driver, checkout, "redemptions", an_order(shop_id=checkout.shop_id), token=foreign)
    back = await driver.order_refund(foreign, order)

    assert refusal(found) == refusal(named) == (404, "not_found")
    assert back.json()["parked"] is True
    assert (await driver.wallet(checkout.agent)).available_minor == 2_850


async def test_an_erp_names_a_shop_of_its_program(driver: Driver, checkout: Checkout) -> None:
    erp = await driver.staff(None, "erp")

    nobody = await ask(driver, checkout, "redemptions", an_order(), token=erp)
    sold = await ask(driver, checkout, "redemptions", an_order(shop_id=checkout.shop_id), token=erp)
    marketer = await ask(driver, checkout, "quote", an_order(), token=await driver.staff(None, "marketer"))

    assert refusal(nobody) == (422, "shop_needed")
    assert sold.status_code == 201
    assert refusal(marketer) == (403, "forbidden")


async def test_a_key_of_another_program_finds_neither_shop_nor_code(driver: Driver, checkout: Checkout) -> None:
    order = an_order()
    await driver.promo_redeem(checkout.pos, checkout.promo, order)
    other = await driver.owner("POST", "/v1/programs", {"name": "Other", "time_zone": "Europe/Moscow"})
    driver._program_id = other["id"]
    erp, pos = await driver.staff(None, "erp"), await driver.pos("M-1")
    place = f"/v1/orders?order_ref={order['order_ref']}&shop_id={checkout.shop_id}"

    answers = [
        await ask(driver, checkout, verb, an_order(shop_id=checkout.shop_id), token=erp)
        for verb in ("quote", "reservations", "redemptions")
    ]
    answers.append(await driver.call("GET", place, token=erp))
    foreign_code = await ask(driver, checkout, "redemptions", an_order(), token=pos)

    assert {refusal(answer) for answer in answers} == {(404, "not_found")}
    assert foreign_code.json()["facts"]["codes"][0]["reason"] == "not_active"


async def test_a_stopped_shop_sells_nothing(driver: Driver, checkout: Checkout) -> None:
    name = switches.shop(UUID(checkout.shop_id))
    await driver.owner("PUT", f"/v1/operations/switches/{name}", {"reason": "fraud"})

    answers = [await ask(driver, checkout, verb, an_order()) for verb in ("quote", "reservations", "redemptions")]

    assert {refusal(answer) for answer in answers} == {(409, "shop_stopped")}
