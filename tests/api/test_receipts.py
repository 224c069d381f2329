import asyncio
from typing import Any

import pytest

from core.db import execute, fetch_value
from tests.api.worlds import a_paying_campaign
from tests.driver import Agent, Driver
from tests.packs import settled
from tests.receipts.purchases import BONUS_MINOR, a_line, code, document, yesterday

AT = yesterday()


@pytest.fixture
async def product_id(driver: Driver, proven: None) -> str:
    """The product of a running campaign for receipts, which knows it by an article number."""
    found = await a_paying_campaign(driver)
    path = f"/v1/programs/{found.program_id}"
    product = await driver.owner(
        "POST", f"{path}/products", {"sku": "K", "name_ru": "К", "name_en": "B", "articles": ["KT-24F"]}
    )
    rules = {
        "trigger": "receipt_matched",
        "asset": "BON",
        "effects": [{"pay": "fixed", "amount_minor": BONUS_MINOR}],
        "wait_seconds": 0,
    }
    made = await driver.owner("POST", f"{path}/campaigns", {"name": "R", "rules": rules})
    await driver.top_up(made["id"], 10_000)
    await driver.owner("POST", f"/v1/campaigns/{made['id']}/activate")
    return str(product["id"])


async def read(driver: Driver, agent: Agent, path: str) -> Any:
    answer = await driver.call("GET", path, token=agent.device.token)
    return answer.raise_for_status().json()


async def decide(driver: Driver, receipt_id: str, body: dict[str, Any], role: str = "moderator") -> Any:
    key = await driver.staff(None, role)
    return await driver.call("POST", f"/v1/receipts/{receipt_id}/decision", body, token=key)


async def test_a_receipt_ends_as_a_paid_wallet(driver: Driver, product_id: str) -> None:
    agent = await driver.agent()

    taken = await driver.receipt(agent, code(at=AT))
    completed = await driver.receipt(agent, {"document": document(at=AT)})
    await settled()

    assert (taken.status_code, taken.json()["state"]) == (201, "pending_issuer")
    assert (completed.status_code, completed.json()["state"]) == (200, "matched")
    assert completed.json()["expected"]["amount_minor"] == BONUS_MINOR
    assert [line["product_id"] for line in completed.json()["lines"]] == [product_id]
    assert (await driver.wallet(agent)).available_minor == BONUS_MINOR
    shown = await read(driver, agent, f"/v1/receipts/{taken.json()['receipt_id']}")
    assert (shown["state"], shown["words"]["ru"]) == ("credited", "Бонус за чек начислен.")


async def test_the_same_receipt_again_is_told_kindly_and_a_stranger_is_refused(driver: Driver, product_id: str) -> None:
    agent, stranger = await driver.agent(), await driver.agent()
    first = await driver.receipt(agent, code(at=AT), key="1")

    replayed = await driver.receipt(agent, code(at=AT), key="1")
    again = await driver.receipt(agent, code(at=AT))
    refused = await driver.receipt(stranger, code(at=AT))

    assert (replayed.status_code, replayed.headers["Idempotency-Replayed"]) == (201, "true")
    assert replayed.json() == first.json()
    assert (again.status_code, again.json()["already_yours"]) == (200, True)
    assert (refused.status_code, refused.json()["slug"]) == (409, "receipt_duplicate")


async def test_fifty_at_once_over_http_are_one_claim(driver: Driver, product_id: str) -> None:
    agents = [await driver.agent() for _ in range(50)]

    answers = await asyncio.gather(*(driver.receipt(agent, {"document": document(at=AT)}) for agent in agents))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49


@pytest.mark.parametrize("typed", ["x", "", "7\x00", "7" * 200])
async def test_a_wrong_field_is_named(driver: Driver, product_id: str, typed: str) -> None:
    fields = {"t": "20260320T1000", "s": "5500.00", "fn": "7384440300007971", "i": "9", "fp": typed, "n": "1"}

    answer = await driver.receipt(await driver.agent(), {"fields": fields})

    assert (answer.status_code, answer.json()["slug"]) == (400, "malformed")
    assert answer.json()["facts"]["field"] == "fp"


async def test_a_queue_is_answered_one_by_one_and_again_alike(driver: Driver, product_id: str) -> None:
    agent = await driver.agent()
    queue = {
        "receipts": [
            {"id": "1", "text": code(at=AT)},
            {"id": "2", "text": code(at=AT, i=10)},
            {"id": "3", "text": code(at=AT)},
            {"id": "4", "text": "nothing"},
            {"id": "5", "text": code(at=AT, n=3, i=12)},
        ]
    }

    answers = [await driver.call("POST", "/v1/receipts/batch", queue, token=agent.device.token) for _ in range(2)]

    first, again = ([(one["id"], one["status"], one["slug"]) for one in answer.json()["answers"]] for answer in answers)
    assert first == again
    assert first == [
        ("1", 201, None),
        ("2", 201, None),
        ("3", 200, None),
        ("4", 400, "malformed"),
        ("5", 422, "receipt_not_a_sale"),
    ]


async def test_an_agent_reads_his_own_receipts_page_by_page(driver: Driver, product_id: str) -> None:
    agent, stranger = await driver.agent(), await driver.agent()
    taken = [(await driver.receipt(agent, code(at=AT, i=i))).json()["receipt_id"] for i in range(1, 4)]

    first = await read(driver, agent, "/v1/receipts?limit=2")
    rest = await read(driver, agent, f"/v1/receipts?limit=2&before={first['before']}")
    hidden = await driver.call("GET", f"/v1/receipts/{taken[0]}", token=stranger.device.token)

    assert [one["receipt_id"] for one in first["receipts"] + rest["receipts"]] == taken[::-1]
    assert (await read(driver, stranger, "/v1/receipts"))["receipts"] == []
    assert hidden.status_code == 404


async def test_a_person_says_what_a_name_means_and_it_is_known_from_then_on(driver: Driver, product_id: str) -> None:
    agent = await driver.agent()
    name = "КОТ.НАСТ.24 БЕЛ"
    waits = await driver.receipt(
        agent, {"document": document(a_line(name), at=AT), "program_id": await driver.program()}
    )
    key = await driver.staff(None, "moderator")
    queue = (await driver.call("GET", "/v1/receipts/review", token=key)).json()["receipts"]

    decided = await decide(
        driver,
        waits.json()["receipt_id"],
        {"decision": "accept", "lines": [{"place": 0, "product_id": product_id}]},
    )
    another = await driver.receipt(await driver.agent(), {"document": document(a_line(name), at=AT, i=10)})
    await settled()

    assert [one["receipt"]["reason"] for one in queue] == ["no_matching_items"]
    assert (decided.status_code, decided.json()["state"]) == (200, "matched")
    assert (another.json()["state"], another.json()["lines"][0]["matched_by"]) == ("matched", "alias")
    assert (await driver.wallet(agent)).available_minor == BONUS_MINOR


async def test_what_a_person_rejects_pays_nothing_and_is_free_for_its_owner(driver: Driver, product_id: str) -> None:
    agent = await driver.agent()
    waits = await driver.receipt(agent, {"document": document(a_line("Хлеб"), at=AT)})

    decided = await decide(driver, waits.json()["receipt_id"], {"decision": "reject", "note": "Чужой"})
    again = await decide(driver, waits.json()["receipt_id"], {"decision": "reject"})
    owner = await driver.receipt(await driver.agent(), code(at=AT))

    assert (decided.json()["state"], decided.json()["reason"]) == ("rejected", "receipt_refused")
    assert (again.status_code, again.json()["slug"]) == (409, "receipt_decided")
    assert owner.status_code == 201
    assert [entry["kind"] for entry in await driver.journal(agent)] == ["denied"]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ([], "nothing_pays"),
        ([{"place": 7, "product_id": "{product_id}"}], "no_such_line"),
        ([{"place": 1, "product_id": "{product_id}"}], "does_not_pay"),
        ([{"place": 0, "product_id": "0199a3c4-7e2f-7b61-9d0a-5c1f2e3d4b5a"}], "no_such_product"),
    ],
)
async def test_a_decision_that_makes_no_sense_is_refused(
    driver: Driver, product_id: str, lines: list[dict[str, Any]], problem: str
) -> None:
    goods = document(a_line("Хлеб"), a_line("Доставка", productType=4), at=AT)
    waits = await driver.receipt(await driver.agent(), {"document": goods})
    named = [line | {"product_id": line["product_id"].replace("{product_id}", product_id)} for line in lines]

    answer = await decide(driver, waits.json()["receipt_id"], {"decision": "accept", "lines": named})

    assert (answer.status_code, answer.json()["facts"]["problem"]) == (422, problem)
    assert await fetch_value("SELECT count(*) FROM activity") == 0


async def test_a_program_that_does_not_exist_takes_no_receipts(driver: Driver, product_id: str) -> None:
    body = {"text": code(at=AT), "program_id": "0199a3c4-7e2f-7b61-9d0a-5c1f2e3d4b5a"}

    answer = await driver.receipt(await driver.agent(), body)

    assert answer.status_code == 404


async def test_what_waits_its_turn_says_until_when(driver: Driver, product_id: str) -> None:
    agent = await driver.agent()
    for i in range(1, 21):
        await driver.receipt(agent, code(at=AT, i=i))
    await execute("UPDATE receipt SET due_at = now() - interval '1 hour'")

    waits = await driver.receipt(agent, code(at=AT, i=21))

    assert (waits.status_code, waits.json()["state"]) == (201, "deferred")
    assert waits.json()["due_at"] is not None
    assert waits.json()["words"]["en"].startswith("The receipt is taken. There are enough for one day: we look at this")


async def test_a_receipt_for_which_the_rules_give_nothing_says_so(driver: Driver, product_id: str) -> None:
    agent = await driver.agent()
    await execute("UPDATE campaign SET state = 'paused'")
    taken = (await driver.receipt(agent, {"document": document(at=AT)})).json()
    before = await read(driver, agent, f"/v1/receipts/{taken['receipt_id']}")

    await settled()

    after = await read(driver, agent, f"/v1/receipts/{taken['receipt_id']}")
    assert (before["state"], before["words"]["en"]) == ("matched", "The goods are found and the bonus is on its way.")
    assert after["words"]["en"].startswith("The goods are found, and there is no bonus for them now.")
