import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from core import switches
from core.db import execute, fetch, fetch_value
from core.door import Door
from core.settings import Settings
from programs.snapshot import current_snapshot
from tests.api.phoning import refusal
from tests.core.pools import as_owner
from tests.driver import Agent, Driver, an_order
from workers.chores import release_orders

PHONE = "9120000017"
MARIA = {"kind": "phone", "value": f"+7 {PHONE}"}


class Checkout(msgspec.Struct, frozen=True):
    """A shop with a till of its own, and an agent with a code of a running campaign."""

    pos: str
    shop_id: str
    agent: Agent
    promo: str
    campaign_id: str


@pytest.fixture
async def checkout(driver: Driver, proven: None) -> Checkout:
    campaign = await driver.promo_campaign(1_000_000, 1_000_000)
    agent, pos = await driver.agent(), await driver.pos("M-1")
    return Checkout(pos, await shop_of(driver, "M-1"), agent, await driver.promo_new(agent, campaign), campaign.id)


async def shop_of(driver: Driver, code: str) -> str:
    path = f"/v1/programs/{await driver.program()}/shops"
    return str((await driver.owner("POST", path, {"code": code, "name": code}))["id"])


async def ask(
    driver: Driver, at: Checkout, verb: str, order: dict[str, Any], *, token: str | None = None, key: str | None = None
) -> httpx.Response:
    """Any verb about an order with the agent's code."""
    return await driver.call(
        "POST", f"/v1/orders/{verb}", {"codes": [at.promo]} | order, token=token or at.pos, key=key
    )


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


LONG_RUNNING = """
    UPDATE campaign SET activated_at = now() - interval '3 days';
    UPDATE campaign_version SET effective_from = now() - interval '3 days';
    UPDATE program_revision SET rules = nextval('program_revision_number');
"""


async def test_what_is_no_promo_code_changes_nothing_beside_one_that_is(driver: Driver, checkout: Checkout) -> None:
    codes = [checkout.promo, "8WBJF619H3AR21V0", "\u200b\u202e" * 250, checkout.promo]

    answer = await ask(driver, checkout, "redemptions", an_order(codes=codes))

    assert [one["discount_minor"] for one in answer.json()["codes"]] == [5_000, 0, 0, 5_000]
    assert answer.json()["discount_minor"] == 5_000


# Every refusal.


async def test_a_code_that_gives_nothing_is_told_with_its_reason(driver: Driver, checkout: Checkout) -> None:
    answer = await ask(driver, checkout, "redemptions", an_order(codes=["NOBODYS"]))
    quoted = await ask(driver, checkout, "quote", an_order(codes=["NOBODYS"]))

    assert refusal(answer) == (409, "order_refused")
    assert answer.json()["facts"]["codes"] == [{"code": "NOBODYS", "reason": "not_active"}]
    assert (quoted.status_code, quoted.json()["codes"][0]["reason"]) == (200, "not_active")


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


# Whose till it is.


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
