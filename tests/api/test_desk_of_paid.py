"""The desk of receipts that were paid in part: what is left to judge is judged there, over HTTP and on the page."""

from uuid import UUID

import httpx
import pytest

from core.db import fetch_value
from core.settings import Settings
from referrals import disputes
from tests.api.staffing import Person, logged_in
from tests.driver import Driver
from tests.packs import settled, wallet
from tests.receipts.test_later_goods import IN_PART, UNSURE, WHOLE, Bought, bought

REFUSAL_TAKES_BACK = "Отказ снимает и начисленное"


@pytest.fixture
async def one(http: httpx.AsyncClient, proven: None) -> Bought:
    return await bought()


@pytest.fixture
async def moderator(http: httpx.AsyncClient, one: Bought) -> Person:
    return await logged_in(http, "moderator", program_id=one.offer.program_id)


async def test_the_rest_of_a_paid_receipt_stands_in_the_queue_and_only_it_is_asked_for(
    one: Bought, moderator: Person
) -> None:
    queue = (await moderator.see("/staff/desk")).text
    page = (await moderator.see(f"/staff/desk/{one.receipt_id}")).text

    assert f'href="/staff/desk/{one.receipt_id}"' in queue
    assert UNSURE in page
    assert ('name="sku-0"' in page, 'name="sku-1"' in page) == (False, True)
    assert "доплата" in page
    assert ('value="reject"' in page, REFUSAL_TAKES_BACK in page) == (True, True)


async def test_who_names_the_rest_pays_it_and_the_queue_is_empty(one: Bought, moderator: Person) -> None:
    for _ in range(2):
        await moderator.send(f"/staff/desk/{one.receipt_id}", **{"decision": "accept", "sku-1": "2", "note": ""})

    assert await one.available() == WHOLE
    assert "Все чеки проверены" in (await moderator.see("/staff/desk")).text


async def test_who_refuses_it_takes_back_what_was_paid(one: Bought, moderator: Person) -> None:
    await moderator.send(f"/staff/desk/{one.receipt_id}", decision="reject", note="нарисован")

    assert (await wallet(one.agent_id)).available_minor == 0
    assert await fetch_value("SELECT state FROM receipt") == "rejected"


async def test_a_line_that_was_judged_to_be_foreign_may_be_named_after_an_appeal(
    one: Bought, moderator: Person, settings: Settings
) -> None:
    await moderator.send(f"/staff/desk/{one.receipt_id}", decision="accept", note="")
    appeal = await disputes.appeal(
        one.agent_id,
        activity_id=one.receipt_id,
        about=f"receipt:{one.receipt_id}",
        words="Это ваш котёл",
        answer_days=settings.dispute_answer_days,
    )

    page = (await moderator.see(f"/staff/desk/{one.receipt_id}")).text
    before = await one.available()
    await moderator.send(f"/staff/desk/{one.receipt_id}", **{"decision": "accept", "sku-1": "2", "note": ""})
    await moderator.send(f"/staff/desk/appeals/{appeal.id}", verdict="upheld", words="Вы правы", again="true")
    await settled()

    assert 'name="sku-1"' in page
    assert ('value="reject"' in page, REFUSAL_TAKES_BACK in page) == (False, False)
    assert (before, await one.available()) == (IN_PART, WHOLE)


async def test_over_http_the_rest_is_listed_and_named(driver: Driver, proven: None) -> None:
    one = await bought(program_id=UUID(await driver.program()))
    path = f"/v1/receipts/{one.receipt_id}/decision"
    body = {"decision": "accept", "lines": [{"place": 1, "product_id": str(one.other_id)}]}

    token = await driver.staff(None, "moderator")

    listed = await driver.call("GET", "/v1/receipts/review", token=token)
    answers = [await driver.call("POST", path, body, token=token, key=key) for key in ("a", "a", "b")]

    assert [each["receipt"]["receipt_id"] for each in listed.json()["receipts"]] == [str(one.receipt_id)]
    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert [line["waits"] for line in answers[0].json()["lines"]] == [False, False]
    assert await one.available() == WHOLE
