"""What bonuses buy: a card is given to one and paid for once, a service is paid when it is given."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from core.db import execute, fetch_value
from core.settings import Settings
from programs.facts import ActivityKind
from referrals import spending
from tests.api.phoning import Installer, refusal
from tests.driver import Driver
from tests.programs.stored import a_campaign, a_program
from tests.referrals.people import credited

PRICE = 500


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings, paying: UUID) -> Installer:
    """Somebody with money for three."""
    return await a_saver(http, settings, paying, 3)


@pytest.fixture
async def paying(http: httpx.AsyncClient, proven: None) -> UUID:
    """The program whose campaign pays what one reward costs."""
    program_id = await a_program()
    await a_campaign(program_id, budget_minor=10**6, trigger=ActivityKind.CODE_SCANNED, asset="BON", wait_seconds=0)
    return program_id


async def a_saver(http: httpx.AsyncClient, settings: Settings, program_id: UUID, rewards: int) -> Installer:
    """Somebody with money for so many rewards."""
    found = await Installer(http, settings.origin).enrol()
    for _ in range(rewards):
        await credited(found.agent_id, program_id)
    return found


async def a_card(driver: Driver, *codes: str, **details: object) -> str:
    """A gift card on offer, with these codes in stock."""
    reward_id = await a_reward(driver, kind="gift_card", **details)
    if codes:
        (await stocked(driver, reward_id, *codes)).raise_for_status()
    return reward_id


async def a_service(driver: Driver, **details: object) -> str:
    return await a_reward(driver, kind="entitlement", **{"valid_days": 30} | details)


async def a_reward(driver: Driver, **details: object) -> str:
    body = {"name_ru": "Карта на 5 ₽", "name_en": "Gift card", "price_minor": PRICE} | details
    made = await driver.owner("POST", f"/v1/programs/{await driver.program()}/rewards", body)
    await driver.owner("PATCH", f"/v1/rewards/{made['id']}", {"state": "active"})
    return str(made["id"])


async def stocked(driver: Driver, reward_id: str, *codes: str, header: str = "code") -> httpx.Response:
    return await driver.http.post(
        f"/v1/rewards/{reward_id}/cards",
        content="\n".join([header, *codes]).encode(),
        headers={
            "Authorization": f"Bearer {driver.owner_key}",
            "Idempotency-Key": str(uuid4()),
            "Content-Type": "text/csv",
        },
    )


async def order(installer: Installer, reward_id: str, key: str | None = None) -> httpx.Response:
    return await installer.prove("POST", "/v1/reward-orders", {"reward_id": reward_id}, key=key)


async def secret(installer: Installer, order_id: str) -> httpx.Response:
    return await installer.prove("GET", f"/v1/reward-orders/{order_id}/secret")


async def available(installer: Installer) -> int:
    [balance] = (await installer.read("/v1/wallet"))["balances"]
    return int(balance["available_minor"])


async def give(driver: Driver, till: str, voucher: str, key: str | None = None) -> httpx.Response:
    return await driver.call("POST", "/v1/vouchers/give", {"voucher": voucher}, token=till, key=key)


async def a_voucher(driver: Driver, installer: Installer, **details: object) -> tuple[str, dict[str, Any]]:
    ordered = (await order(installer, await a_service(driver, **details))).raise_for_status().json()
    return (await secret(installer, ordered["id"])).json()["voucher"], ordered


async def test_a_gift_card_is_paid_for_and_shown_again_and_again(driver: Driver, installer: Installer) -> None:
    reward_id = await a_card_of_a_table(driver, "Q7PX-92MQ,4711,2099-12-31")

    answer = await order(installer, reward_id)
    shown = [await secret(installer, answer.json()["id"]) for _ in range(2)]

    assert (answer.status_code, answer.json()["state"]) == (201, "fulfilled")
    assert [one.json()["card"] for one in shown] == [
        {"code": "Q7PX-92MQ", "pin": "4711", "expires_on": "2099-12-31"}
    ] * 2
    assert shown[0].headers["cache-control"] == "no-store"
    assert await available(installer) == 2 * PRICE


async def test_the_same_order_buys_once_when_nobody_remembers_its_answer_any_more(
    driver: Driver, installer: Installer
) -> None:
    reward_id, other_id = await a_card(driver, "CARD-1", "CARD-2"), await a_service(driver)
    first = await order(installer, reward_id, key="order")
    await execute("DELETE FROM answer")

    again = await order(installer, reward_id, key="order")
    await execute("DELETE FROM answer")
    other = await order(installer, other_id, key="order")

    assert (again.status_code, again.json()) == (201, first.json())
    assert refusal(other) == (422, "idempotency_mismatch")
    assert await available(installer) == 2 * PRICE


async def a_card_of_a_table(driver: Driver, line: str) -> str:
    reward_id = await a_card(driver)
    (await stocked(driver, reward_id, line, header="code,pin,expires_on")).raise_for_status()
    return reward_id


async def test_the_code_lies_in_no_table_in_the_clear(driver: Driver, installer: Installer) -> None:
    ordered = (await order(installer, await a_card(driver, "PLAINLY-SEEN"))).json()
    await secret(installer, ordered["id"])

    found = await fetch_value(
        """SELECT count(*) FROM (
               SELECT body::bytea AS content FROM answer UNION ALL SELECT wrapped_secret FROM gift_card
               UNION ALL SELECT convert_to(facts::text, 'UTF8') FROM audit_entry) AS everything
           WHERE position('PLAINLY'::bytea IN content) > 0"""
    )

    assert found == 0


async def test_of_thirty_who_order_the_last_ten_cards_at_once_ten_have_one_each(
    driver: Driver, http: httpx.AsyncClient, settings: Settings, paying: UUID
) -> None:
    reward_id = await a_card(driver, *(f"CARD-{number}" for number in range(10)))
    savers = [await a_saver(http, settings, paying, 1) for _ in range(30)]

    answers = await asyncio.gather(*(order(saver, reward_id) for saver in savers))

    bought = [(saver, answer.json()["id"]) for saver, answer in zip(savers, answers, strict=True) if answer.is_success]
    codes = {(await secret(saver, order_id)).json()["card"]["code"] for saver, order_id in bought}
    assert len(bought) == len(codes) == 10
    assert {refusal(answer) for answer in answers if not answer.is_success} == {(409, "out_of_stock")}
    assert sorted([await available(saver) for saver in savers]) == [0] * 10 + [PRICE] * 20


async def test_one_who_orders_thirty_times_at_once_has_as_many_as_he_can_pay(
    driver: Driver, installer: Installer
) -> None:
    reward_id = await a_card(driver, *(f"CARD-{number}" for number in range(30)))

    answers = await asyncio.gather(*(order(installer, reward_id) for _ in range(30)))

    assert sum(answer.is_success for answer in answers) == 3
    assert {refusal(answer) for answer in answers if not answer.is_success} == {(409, "insufficient_funds")}
    assert await fetch_value("SELECT count(*) FROM gift_card WHERE state = 'stock'") == 27


async def test_one_has_no_more_of_it_than_one_may_however_many_he_orders_at_once(
    driver: Driver, installer: Installer
) -> None:
    reward_id = await a_card(driver, *(f"CARD-{number}" for number in range(9)), agent_max=2)

    answers = await asyncio.gather(*(order(installer, reward_id) for _ in range(9)))

    assert sum(answer.is_success for answer in answers) == 2
    assert refusal(await order(installer, reward_id)) == (409, "reward_limit")


async def test_the_same_order_twice_is_one_card(driver: Driver, installer: Installer) -> None:
    reward_id = await a_card(driver, "ONE", "TWO")

    first, second = [await order(installer, reward_id, key="once") for _ in range(2)]

    assert first.json()["id"] == second.json()["id"]
    assert await available(installer) == 2 * PRICE


async def test_a_token_alone_neither_orders_nor_sees_what_was_ordered(driver: Driver, installer: Installer) -> None:
    reward_id = await a_card(driver, "ONE", "TWO")
    ordered = (await order(installer, reward_id)).json()

    asked = await installer.call("POST", "/v1/reward-orders", {"reward_id": reward_id})
    looked = await installer.call("GET", f"/v1/reward-orders/{ordered['id']}/secret")

    assert [refusal(asked)[1], refusal(looked)[1]] == ["proof_required", "proof_required"]


async def test_anothers_order_is_not_there(
    driver: Driver, installer: Installer, http: httpx.AsyncClient, settings: Settings
) -> None:
    ordered = (await order(installer, await a_card(driver, "ONE"))).json()
    stranger = await Installer(http, settings.origin).enrol()

    assert refusal(await secret(stranger, ordered["id"])) == (404, "not_found")
    assert (await stranger.read("/v1/reward-orders"))["reward_orders"] == []


async def test_a_card_that_is_over_is_given_to_nobody(driver: Driver, installer: Installer) -> None:
    reward_id = await a_card_of_a_table(driver, "OLD,,2020-01-01")

    [offered] = (await installer.read("/v1/rewards"))["rewards"]

    assert offered["there"] is False
    assert refusal(await order(installer, reward_id)) == (409, "out_of_stock")
    assert await available(installer) == 3 * PRICE


async def test_what_is_paused_is_neither_seen_nor_sold(driver: Driver, installer: Installer) -> None:
    reward_id = await a_card(driver, "ONE")
    await driver.owner("PATCH", f"/v1/rewards/{reward_id}", {"state": "paused"})

    assert (await installer.read("/v1/rewards"))["rewards"] == []
    assert refusal(await order(installer, reward_id)) == (409, "reward_off")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("code", "ONE", "one"), (422, "sheet_refused")),
        (("code", "KNOWN", "NEW"), (409, "cards_not_new")),
        (("number", "ONE"), (422, "sheet_refused")),
        (("code", "A" * 121), (422, "sheet_refused")),
        (("code,expires_on", "ONE,2027-02-30"), (422, "sheet_refused")),
    ],
)
async def test_a_file_is_taken_whole_or_not_at_all(
    driver: Driver, lines: tuple[str, ...], expected: tuple[int, str]
) -> None:
    reward_id = await a_card(driver, "KNOWN")

    answer = await stocked(driver, reward_id, *lines[1:], header=lines[0])

    assert refusal(answer) == expected
    assert await fetch_value("SELECT count(*) FROM gift_card") == 1


async def test_a_card_that_did_not_work_is_paid_back_and_shown_no_more(driver: Driver, installer: Installer) -> None:
    ordered = (await order(installer, await a_card(driver, "DEAD"))).json()

    back = await driver.owner("POST", f"/v1/reward-orders/{ordered['id']}/refund", {"reason": "unknown to the till"})

    assert back["state"] == "refunded"
    assert refusal(await secret(installer, ordered["id"])) == (404, "not_found")
    assert await available(installer) == 3 * PRICE


async def test_withdrawn_cards_are_sold_no_more(driver: Driver, installer: Installer) -> None:
    reward_id = await a_card(driver, "ONE", "TWO")

    gone = await driver.owner("POST", f"/v1/rewards/{reward_id}/cards/withdraw", {"reason": "stopped"})

    assert gone == {"cards": 2}
    assert refusal(await order(installer, reward_id)) == (409, "out_of_stock")


async def test_a_service_is_paid_when_it_is_given_and_once(driver: Driver, installer: Installer) -> None:
    till = await driver.pos("S1")
    voucher, ordered = await a_voucher(driver, installer)
    before = (ordered["state"], await available(installer))

    looked = await driver.call("POST", "/v1/vouchers/look", {"voucher": voucher.lower()}, token=till)
    answers = await asyncio.gather(*(give(driver, till, voucher) for _ in range(10)))

    assert before == ("reserved", 2 * PRICE)
    assert (looked.status_code, looked.json()["state"]) == (200, "reserved")
    assert [answer.json()["state"] for answer in answers if answer.is_success] == ["fulfilled"]
    assert {refusal(answer) for answer in answers if not answer.is_success} == {(409, "voucher_used")}
    assert await available(installer) == 2 * PRICE
    assert refusal(await secret(installer, ordered["id"])) == (404, "not_found")


async def test_a_service_whose_days_are_over_costs_nothing(driver: Driver, installer: Installer) -> None:
    till = await driver.pos("S1")
    voucher, _ = await a_voucher(driver, installer)
    await execute("UPDATE spend SET expires_at = now() - interval '1 second'")

    late = await give(driver, till, voucher)
    await spending.free_all_overdue()

    assert refusal(late) == (410, "voucher_over")
    assert refusal(await give(driver, till, voucher)) == (410, "voucher_over")
    assert await available(installer) == 3 * PRICE


async def test_an_agent_gives_a_service_back_before_it_is_given(driver: Driver, installer: Installer) -> None:
    till = await driver.pos("S1")
    voucher, ordered = await a_voucher(driver, installer)

    freed = await installer.prove("POST", f"/v1/spends/{ordered['spend_id']}/release")

    assert freed.status_code == 200
    assert refusal(await give(driver, till, voucher)) == (410, "voucher_over")
    assert (await installer.read("/v1/reward-orders"))["reward_orders"][0]["state"] == "released"


async def test_a_service_is_given_where_it_is_given(driver: Driver, installer: Installer) -> None:
    here, elsewhere = await driver.pos("S1"), await driver.pos("S2")
    shop_id = await fetch_value("SELECT id::text FROM shop WHERE code = 'S1'")
    voucher, _ = await a_voucher(driver, installer, shops=[shop_id])

    assert refusal(await give(driver, elsewhere, voucher)) == (409, "not_given_here")
    assert (await give(driver, here, voucher)).json()["state"] == "fulfilled"


@pytest.mark.parametrize("rubbish", ["S", "S" + "0" * 16, "'; DROP TABLE spend", "\u202e", "0" * 200])
async def test_what_is_no_voucher_is_not_there(driver: Driver, rubbish: str) -> None:
    assert refusal(await give(driver, await driver.pos("S1"), rubbish)) == (404, "not_found")


async def test_a_reward_of_another_program_is_not_there(driver: Driver) -> None:
    reward_id = await a_card(driver, "ONE")
    other = await driver.owner("POST", "/v1/programs", {"name": "Other", "time_zone": "Europe/Moscow"})
    key = await driver.owner("POST", "/v1/keys", {"name": "m", "role": "marketer", "program_id": other["id"]})

    answer = await driver.call("PATCH", f"/v1/rewards/{reward_id}", {"state": "ended"}, token=key["token"])

    assert refusal(answer) == (404, "not_found")


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"kind": "entitlement"}, (422, "reward_incomplete")),
        ({"kind": "gift_card", "valid_days": 3}, (422, "reward_incomplete")),
        ({"kind": "gift_card", "shops": [str(UUID(int=7))]}, (422, "unknown_shops")),
        ({"kind": "gift_card", "price_minor": 0}, (400, "invalid_request")),
    ],
)
async def test_a_reward_that_cannot_be_is_refused(
    driver: Driver, details: dict[str, object], expected: tuple[int, str]
) -> None:
    body = {"name_ru": "К", "name_en": "C", "price_minor": PRICE} | details

    answer = await driver.call("POST", f"/v1/programs/{await driver.program()}/rewards", body, token=driver.owner_key)

    assert refusal(answer) == expected
