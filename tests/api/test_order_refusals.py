from typing import Any

import pytest
from litestar import Litestar

from api.process import CHECKOUT_SECONDS_MAX, WALLET_SECONDS_MAX
from core.db import execute, fetch_value
from core.door import Door
from tests.api.checkouts import MARIA, Checkout, a_checkout, ask
from tests.api.phoning import refusal
from tests.driver import Campaign, Driver, an_order
from workers.chores import release_orders


@pytest.fixture
async def checkout(driver: Driver, proven: None) -> Checkout:
    return await a_checkout(driver)


async def test_a_code_that_gives_nothing_is_told_with_its_reason(driver: Driver, checkout: Checkout) -> None:
    answer = await ask(driver, checkout, "redemptions", an_order(codes=["NOBODYS"]))
    quoted = await ask(driver, checkout, "quote", an_order(codes=["NOBODYS"]))

    assert refusal(answer) == (409, "order_refused")
    assert answer.json()["facts"]["codes"] == [{"code": "NOBODYS", "reason": "not_active"}]
    assert (quoted.status_code, quoted.json()["codes"][0]["reason"]) == (200, "not_active")


async def test_a_till_cannot_tell_a_paused_or_archived_code_from_one_that_nobody_has(
    driver: Driver, checkout: Checkout
) -> None:
    campaign = Campaign(checkout.campaign_id, await driver.program(), "")
    answers = []
    for state in ("paused", "archived", None):
        promo = await driver.promo_new(checkout.agent, campaign) if state else "NOBODYS1"
        if state:
            codes = (await driver.call("GET", "/v1/promo-codes", token=checkout.agent.device.token)).json()
            [code] = [one for one in codes["promo_codes"] if one["text"] == promo]
            path = f"/v1/promo-codes/{code['id']}/state"
            await driver.call("POST", path, {"state": state}, token=checkout.agent.device.token)
        for verb in ("quote", "reservations", "redemptions"):
            answer = await ask(driver, checkout, verb, an_order(order_ref="one", codes=[promo]))
            body = answer.text.replace(promo, "").replace(str(answer.json().get("trace_id")), "")
            answers.append((verb, answer.status_code, body))

    assert len(set(answers)) == 3


async def test_a_code_is_redeemed_as_often_as_it_may_be(driver: Driver) -> None:
    campaign = await driver.promo_campaign(10**6, 10**6, limits=[{"scope": "customer", "max_count": 1}])
    pos, promo = await driver.pos("M-1"), await driver.promo_new(await driver.agent(), campaign)

    answers = [await driver.promo_redeem(pos, promo, an_order(customer=one)) for one in (MARIA, MARIA, None)]

    assert [answer.status_code for answer in answers] == [201, 409, 409]
    assert [answer.json()["facts"]["codes"][0]["reason"] for answer in answers[1:]] == ["limit_customer"] * 2


async def test_an_order_that_is_settled_is_not_changed(driver: Driver, checkout: Checkout) -> None:
    order = an_order()
    await driver.promo_redeem(checkout.pos, checkout.promo, order)

    changed = await ask(driver, checkout, "redemptions", order | {"rounding_minor": 100})
    reserved = await ask(driver, checkout, "reservations", order)
    released = await driver.call("POST", "/v1/orders/releases", {"order_ref": order["order_ref"]}, token=checkout.pos)

    assert refusal(changed) == (422, "order_changed")
    assert refusal(reserved) == refusal(released) == (409, "order_settled")


async def test_a_reservation_that_ran_out_is_over_and_may_be_made_again_once_it_is_freed(
    driver: Driver, checkout: Checkout
) -> None:
    order = an_order()
    await ask(driver, checkout, "reservations", order)
    await execute("UPDATE promo_order SET expires_at = now() - interval '1 second'")

    late = [await ask(driver, checkout, verb, order) for verb in ("reservations", "redemptions")]
    await release_orders()
    anew = await ask(driver, checkout, "reservations", order)
    given = await driver.promo_redeem(checkout.pos, checkout.promo, order)

    assert {refusal(answer) for answer in late} == {(409, "reservation_expired")}
    assert (anew.status_code, anew.json()["state"], given.status_code) == (201, "held", 201)


async def test_no_more_comes_back_than_was_sold_and_a_return_is_not_changed(driver: Driver, checkout: Checkout) -> None:
    order = an_order()
    await driver.promo_redeem(checkout.pos, checkout.promo, order)

    too_much = await driver.order_refund(checkout.pos, order, {"1": 2}, ref="R1")
    await driver.order_refund(checkout.pos, order, {"1": 1}, ref="R1")
    changed = await driver.order_refund(checkout.pos, order, {"2": 1}, ref="R1")

    assert refusal(too_much) == (422, "return_refused")
    assert too_much.json()["facts"] == {"line": "1", "left": 1}
    assert refusal(changed) == (422, "order_changed")


LINE = {"ref": "1", "sku": "K-24", "quantity": 1, "amount_minor": 1}


@pytest.mark.parametrize("verb", ["quote", "reservations", "redemptions"])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"lines": [LINE, LINE]}, (422, "line_refs_repeated")),
        ({"customer": {"kind": "phone", "value": "none"}}, (422, "customer_unreadable")),
        ({"customer": {"kind": "mail", "value": "a"}}, (400, "invalid_request")),
        ({"lines": []}, (400, "invalid_request")),
        ({"codes": ["A\u0000"]}, (400, "invalid_request")),
        ({"codes": ["A"] * 11}, (400, "invalid_request")),
        ({"order_ref": "a\u0000"}, (400, "invalid_request")),
        ({"agent_id": "x"}, (400, "invalid_request")),
        *(
            ({"lines": [LINE | {"amount_minor": amount}]}, (400, "invalid_request"))
            for amount in (-1, 10**12 + 1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**400, 1.5, "1", True)
        ),
        ({"lines": [LINE | {"quantity": 0}]}, (400, "invalid_request")),
    ],
)
async def test_an_order_that_cannot_be_is_refused_before_anything_is_done(
    driver: Driver, checkout: Checkout, verb: str, change: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = await ask(driver, checkout, verb, an_order() | change)

    assert refusal(answer) == expected


async def test_the_largest_order_that_can_be_asked_is_counted_exactly(driver: Driver, checkout: Checkout) -> None:
    lines = [LINE | {"ref": str(place), "amount_minor": 10**12, "quantity": 100_000} for place in range(500)]

    answer = await ask(driver, checkout, "quote", an_order() | {"lines": lines})
    await driver.top_up(checkout.campaign_id, 10**15)
    await driver.top_up(checkout.campaign_id, 10**15, asset="RUB")
    sold = await ask(driver, checkout, "redemptions", an_order() | {"lines": lines})

    assert answer.json()["codes"][0]["reason"] == "budget_exhausted"
    assert sold.json()["final_minor"] == 500 * 10**12 * 95 // 100
    assert (await driver.wallet(checkout.agent)).whole_minor == 500 * 10**12 * 95 // 100 * 3 // 100


@pytest.mark.parametrize("verb", ["reservations", "redemptions", "releases", "returns"])
async def test_what_moves_money_has_a_key(driver: Driver, checkout: Checkout, verb: str) -> None:
    bodies = {"releases": {"order_ref": "1"}, "returns": {"order_ref": "1", "return_ref": "1"}}
    body = bodies.get(verb, an_order(codes=[checkout.promo]))

    answer = await driver.http.post(
        f"/v1/orders/{verb}", json=body, headers={"Authorization": f"Bearer {checkout.pos}"}
    )

    assert refusal(answer) == (400, "idempotency_key_missing")


async def test_whoever_does_not_fit_in_the_queue_comes_later(driver: Driver, checkout: Checkout, app: Litestar) -> None:
    process = app.state.process
    usual, process.checkout = process.checkout, Door(at_once=1, queue_max=0)

    async with process.checkout.passed():
        answer = await driver.promo_redeem(checkout.pos, checkout.promo, an_order())
    process.checkout = usual

    assert refusal(answer) == (429, "overloaded")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize(("door", "asking"), [("checkout", "redemptions"), ("quotes", "quote")])
async def test_whoever_waits_too_long_before_the_checkout_comes_later_and_nothing_was_done(
    driver: Driver, checkout: Checkout, app: Litestar, door: str, asking: str
) -> None:
    process = app.state.process
    usual = getattr(process, door)
    setattr(process, door, Door(at_once=1, queue_max=2, wait_seconds_max=0.01))

    async with getattr(process, door).passed():
        answer = await ask(driver, checkout, asking, an_order(codes=[checkout.promo]))
    setattr(process, door, usual)

    assert refusal(answer) == (429, "overloaded")
    assert await fetch_value("SELECT count(*) FROM promo_order") == 0


def test_nobody_waits_without_an_end_before_any_door_of_the_checkout(app: Litestar) -> None:
    process = app.state.process

    waits = [door._wait_seconds_max for door in (process.checkout, process.quotes, process.wallets)]

    assert waits == [CHECKOUT_SECONDS_MAX, CHECKOUT_SECONDS_MAX, WALLET_SECONDS_MAX]
