"""The file that an agent has out of the tax service's app: many receipts, each judged for itself."""

import json
from typing import Any

import httpx

from tests.driver import Driver
from tests.receipts.purchases import a_line, an_offer, document, yesterday


async def export(driver: Driver, agent: Any, *documents: Any, key: str = "k") -> httpx.Response:
    body = {"document": json.dumps(list(documents))}
    return await driver.call("POST", "/v1/receipts/export", body, token=agent.device.token, key=key)


async def test_each_receipt_of_an_export_is_judged_for_itself(driver: Driver, proven: None) -> None:
    await an_offer()
    agent, stranger = await driver.agent(), await driver.agent()
    await export(driver, stranger, json.loads(document(i=12)))
    good, foreign, old, bread, broken = (
        json.loads(document()),
        json.loads(document(i=12)),
        json.loads(document(i=3, at=yesterday(weeks=20))),
        json.loads(document(a_line("Хлеб"), i=13)),
        {"items": [], "totalSum": 1},
    )

    answer = (await export(driver, agent, good, foreign, old, bread, broken)).raise_for_status().json()["receipts"]

    told = [one["slug"] or one["receipt"]["state"] for one in answer]
    assert told == ["matched", "receipt_duplicate", "receipt_too_old", "in_review", "malformed"]
    assert answer[0]["receipt"]["trust"] == "plausible"


async def test_what_an_export_holds_beside_receipts_is_told_with_its_place(driver: Driver, proven: None) -> None:
    await an_offer()
    agent = await driver.agent()
    others = {"ticket": {"document": {"bso": {"totalSum": 1}}}}, "Чеки за март", None

    answer = (await export(driver, agent, others[0], json.loads(document()), *others[1:])).raise_for_status().json()

    assert [one["status"] for one in answer["receipts"]] == [400, 201, 400, 400]
    assert [(one["facts"] or {}).get("entry") for one in answer["receipts"]] == [0, None, 2, 3]
    assert (answer["taken"], answer["no_receipts"]) == (1, 3)


async def test_an_export_sent_again_changes_nothing(driver: Driver, proven: None) -> None:
    await an_offer()
    agent = await driver.agent()
    documents = [json.loads(document(i=number)) for number in (9, 10)]

    first, again, later = [
        (await export(driver, agent, *documents, key=key)).json()["receipts"] for key in ("k", "k", "l")
    ]

    assert [[one["status"] for one in answer] for answer in (first, again, later)] == [
        [201, 201],
        [201, 201],
        [200, 200],
    ]
    assert len({one["receipt"]["receipt_id"] for answer in (first, again, later) for one in answer}) == 2


async def test_what_is_no_export_is_said_to_be_none(driver: Driver) -> None:
    agent = await driver.agent()

    answer = await export(driver, agent, {"hello": 1})

    assert (answer.status_code, answer.json()["facts"]) == (400, {"problem": "no_receipt"})
