import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest

from core.db import execute, fetch, fetch_value
from core.settings import Settings
from programs.snapshot import current_snapshot
from tests.api.checkouts import LONG_RUNNING, MARIA, PHONE, Checkout, a_checkout, ask
from tests.api.phoning import refusal
from tests.core.pools import as_owner
from tests.driver import Campaign, Driver, an_order
from workers.chores import release_orders


@pytest.fixture
async def checkout(driver: Driver, proven: None) -> Checkout:
    return await a_checkout(driver)


async def test_a_client_pays_less_and_his_agent_sees_that_he_came(driver: Driver, checkout: Checkout) -> None:
    order = an_order(customer=MARIA)

    quoted = await ask(driver, checkout, "quote", order)
    redeemed = await driver.promo_redeem(checkout.pos, checkout.promo, order)

    told = await driver.journal(checkout.agent)
    assert (quoted.status_code, quoted.json()["state"], quoted.json()["final_minor"]) == (200, "quoted", 95_000)
    assert (redeemed.status_code, redeemed.json()["state"], redeemed.json()["final_minor"]) == (
        201,
        "succeeded",
        95_000,
    )
    assert (await driver.wallet(checkout.agent)).available_minor == 2_850
    assert [entry["kind"] for entry in reversed(told)] == ["client_came", "credited", "available"]
    assert PHONE not in str(told)


async def test_what_happens_at_tills_is_counted(driver: Driver, checkout: Checkout) -> None:
    async def counted() -> dict[str, float]:
        lines = (line.rpartition(" ") for line in (await driver.http.get("/metrics")).text.splitlines())
        return {name: float(value) for name, _, value in lines if name.startswith(("naparnik_order", "naparnik_ret"))}

    order, before = an_order(), await counted()
    await driver.promo_redeem(checkout.pos, checkout.promo, order)
    await driver.promo_redeem(checkout.pos, "NOBODYS", an_order())
    await driver.order_refund(checkout.pos, order)

    after = await counted()
    for name in (
        'naparnik_orders_total{outcome="redeemed"}',
        'naparnik_order_refusals_total{reason="not_active"}',
        'naparnik_returns_total{outcome="taken"}',
    ):
        assert after[name] - before.get(name, 0) == 1, name


async def test_a_shop_learns_nothing_of_the_agent(driver: Driver, checkout: Checkout) -> None:
    order = an_order()

    answers = [
        await ask(driver, checkout, "quote", order),
        await ask(driver, checkout, "reservations", order),
        await driver.promo_redeem(checkout.pos, checkout.promo, order),
        await driver.order_refund(checkout.pos, order, {"1": 1}),
        await driver.call("GET", f"/v1/orders?order_ref={order['order_ref']}", token=checkout.pos),
    ]

    for answer in answers:
        assert answer.is_success, answer.text
        assert checkout.agent.id not in answer.text
        assert checkout.agent.alias not in answer.text
        assert "bonus" not in answer.text
        assert "agent" not in answer.text


async def test_who_the_customer_is_stands_nowhere(driver: Driver, checkout: Checkout) -> None:
    order = an_order(customer=MARIA)

    await ask(driver, checkout, "reservations", order)
    await driver.promo_redeem(checkout.pos, checkout.promo, order)

    tables = await fetch(
        """SELECT tablename AS name FROM pg_tables
           WHERE schemaname = 'public' AND has_table_privilege(tablename::text, 'SELECT')"""
    )
    rows = [str(row) for one in tables for row in await fetch(f"SELECT t::text FROM {one['name']} t")]
    body = msgspec.json.encode(order | {"codes": [checkout.promo]})
    assert rows
    for said in (PHONE, PHONE.encode().hex(), hashlib.sha256(b"\n" + body).hexdigest()):
        assert not any(said in row for row in rows)


async def test_a_repetition_by_key_gets_the_same_bytes_and_by_reference_the_same_order(
    driver: Driver, checkout: Checkout
) -> None:
    order = an_order(customer=MARIA)

    first, replayed = [await ask(driver, checkout, "redemptions", order, key="one") for _ in range(2)]
    again = await ask(driver, checkout, "redemptions", order, key="two")

    assert (replayed.content, replayed.headers["idempotency-replayed"]) == (first.content, "true")
    assert (again.status_code, again.json()) == (201, first.json())
    assert "idempotency-replayed" not in again.headers
    assert (await driver.wallet(checkout.agent)).available_minor == 2_850


async def test_the_order_itself_has_one_effect_long_after_its_keys_are_forgotten(
    driver: Driver, checkout: Checkout, settings: Settings
) -> None:
    order = an_order()
    back = {"order_ref": order["order_ref"], "return_ref": "R1"}
    asked = [("reservations", order), ("redemptions", order), ("returns", back)]
    first = []
    for verb, body in asked:
        first.append(await _with_key(driver, checkout, verb, body))
        await as_owner(settings.database_owner_url, FORGOTTEN)
        again = await _with_key(driver, checkout, verb, body)
        assert (again.content, "idempotency-replayed" in again.headers) == (first[-1].content, False), verb
        assert (await driver.spent(_campaign(checkout), "RUB")) == (0 if verb == "returns" else 5_000), verb

    late = await _with_key(driver, checkout, "reservations", order)
    sold = await _with_key(driver, checkout, "redemptions", order, key="another")

    assert [answer.status_code for answer in first] == [201, 201, 201]
    assert refusal(late) == (409, "order_settled")
    assert (sold.status_code, sold.json()["state"]) == (201, "returned")
    assert (await driver.wallet(checkout.agent)).whole_minor == 0


# As it is after seven days.
FORGOTTEN = "DELETE FROM answer"


def _campaign(checkout: Checkout) -> Campaign:
    return Campaign(checkout.campaign_id, "", "")


async def _with_key(
    driver: Driver, at: Checkout, verb: str, body: dict[str, Any], *, key: str = "same"
) -> httpx.Response:
    whole = body if verb == "returns" else {"codes": [at.promo]} | body
    return await driver.call("POST", f"/v1/orders/{verb}", whole, token=at.pos, key=f"{key}-{verb}")


async def test_a_cancellation_that_is_here_before_its_reservation_leaves_nothing_that_lasts(
    driver: Driver, checkout: Checkout
) -> None:
    order = an_order()
    early = await driver.call("POST", "/v1/orders/releases", {"order_ref": order["order_ref"]}, token=checkout.pos)

    held = await ask(driver, checkout, "reservations", order)
    await execute("UPDATE promo_order SET expires_at = now() - interval '1 second'")
    await release_orders()

    found = await driver.call("GET", f"/v1/orders?order_ref={order['order_ref']}", token=checkout.pos)
    assert refusal(early) == (404, "not_found")
    assert (held.status_code, found.json()["state"]) == (201, "expired")
    assert await driver.spent(_campaign(checkout), "RUB") == 0
    assert (await driver.wallet(checkout.agent)).whole_minor == 0


@pytest.mark.parametrize("change", [{"rounding_minor": 100}, {"customer": {"kind": "phone", "value": "+79120000018"}}])
async def test_one_key_is_for_one_order_and_one_customer(
    driver: Driver, checkout: Checkout, change: dict[str, Any]
) -> None:
    order = an_order(customer=MARIA)
    await ask(driver, checkout, "redemptions", order, key="one")

    answer = await ask(driver, checkout, "redemptions", order | change, key="one")

    assert refusal(answer) == (422, "idempotency_mismatch")


async def test_what_is_reserved_is_redeemed_or_given_up(driver: Driver, checkout: Checkout) -> None:
    paid, left = an_order(), an_order()
    for order in (paid, left):
        assert (await ask(driver, checkout, "reservations", order)).json()["state"] == "held"

    given = await driver.promo_redeem(checkout.pos, checkout.promo, paid)
    freed = await driver.call("POST", "/v1/orders/releases", {"order_ref": left["order_ref"]}, token=checkout.pos)

    found = await driver.call("GET", f"/v1/orders?order_ref={left['order_ref']}", token=checkout.pos)
    assert given.json()["state"] == "succeeded"
    assert (freed.status_code, freed.json()["state"], found.json()["state"]) == (200, "released", "released")


async def test_goods_come_back_before_and_after_their_sale(driver: Driver, checkout: Checkout) -> None:
    order = an_order(quantity=2)

    parked = await driver.order_refund(checkout.pos, order, {"1": 1}, ref="R1")
    sold = await driver.promo_redeem(checkout.pos, checkout.promo, order)
    back = await driver.order_refund(checkout.pos, order, ref="R2")
    again = await driver.order_refund(checkout.pos, order, ref="R2")

    assert (parked.status_code, parked.json()["parked"]) == (201, True)
    assert sold.json()["state"] == "partially_returned"
    assert (back.status_code, back.json()["refund_minor"], again.json()) == (201, 47_500, back.json())
    assert (await driver.wallet(checkout.agent)).whole_minor == 0


async def test_a_till_that_was_offline_is_believed_for_a_while(
    driver: Driver, checkout: Checkout, settings: Settings
) -> None:
    await as_owner(settings.database_owner_url, LONG_RUNNING)
    now: datetime = await fetch_value("SELECT now()")
    told = [now - timedelta(days=1), now + timedelta(days=1), datetime(1, 1, 1, tzinfo=UTC)]

    answers = [await ask(driver, checkout, "redemptions", an_order(occurred_at=at.isoformat())) for at in told]

    days = await fetch("SELECT extract(day FROM created_at - occurred_at)::int AS ago FROM promo_order ORDER BY id")
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert [row["ago"] for row in days] == [1, 0, 0]


async def test_what_is_no_promo_code_changes_nothing_beside_one_that_is(driver: Driver, checkout: Checkout) -> None:
    codes = [checkout.promo, "8WBJF619H3AR21V0", "\u200b\u202e" * 250, checkout.promo]

    answer = await ask(driver, checkout, "redemptions", an_order(codes=codes))

    assert [one["discount_minor"] for one in answer.json()["codes"]] == [5_000, 0, 0, 5_000]
    assert answer.json()["discount_minor"] == 5_000


async def test_a_till_is_told_in_which_form_its_receipt_shows_the_discount(driver: Driver, checkout: Checkout) -> None:
    before = an_order()
    usual = await driver.promo_redeem(checkout.pos, checkout.promo, before)
    await driver.owner("PATCH", f"/v1/programs/{await driver.program()}", {"discount_form": "counter_provision"})
    await current_snapshot(age_seconds_max=0)

    quoted = await ask(driver, checkout, "quote", an_order())
    redeemed = await driver.promo_redeem(checkout.pos, checkout.promo, an_order())
    again = await driver.promo_redeem(checkout.pos, checkout.promo, before)

    assert [one.json()["discount_form"] for one in (usual, again)] == ["discount"] * 2
    assert [one.json()["discount_form"] for one in (quoted, redeemed)] == ["counter_provision"] * 2
    assert redeemed.json()["lines"] == usual.json()["lines"]
