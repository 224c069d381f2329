import asyncio
import re

import httpx
import pytest
from litestar import Litestar

from codes.promo_text import skeleton
from core import switches
from core.db import execute, fetch, fetch_row, fetch_value
from core.door import Door
from programs.conditions import AmountAtLeast
from programs.rules import Limit, LimitScope
from tests.api.staffing import logged_in
from tests.api.stands import HIDDEN, Stand, a_stand, on_shift
from tests.codes.tills import a_till, owed, wallet


@pytest.fixture
async def stand(http: httpx.AsyncClient, proven: None) -> Stand:
    return await a_stand(http)


# Yes or no.


async def test_a_sum_gets_a_yes_with_the_sentence_and_the_prices(stand: Stand) -> None:
    page = await stand.ask()

    assert page.status_code == 200
    assert ">ДА<" in page.text
    assert "скидка 50\u00a0₽. К оплате 950\u00a0₽." in page.text
    assert "1 × 950\u00a0₽" in page.text
    assert await fetch("SELECT FROM promo_order") == []


async def test_goods_are_scanned_one_by_one_and_carried_from_page_to_page(stand: Stand) -> None:
    scanned = await stand.ask(price="", sku="K-24", do="")
    first = await stand.ask(sku="K-24", price="1 000,50", quantity="2", do="")
    lines = dict(HIDDEN.findall(first.text))["lines"].replace("&quot;", '"')
    removed = await stand.ask(price="", lines=lines, do="remove.0")
    verdict = await stand.ask(price="", lines=lines, do="")

    assert "Котёл" in scanned.text
    assert 'name="price" id="price"' in scanned.text
    assert lines == '[["K-24",2,100050]]'
    assert 'name="lines" value="[]"' in removed.text
    assert "К оплате 1\u00a0900,95\u00a0₽" in verdict.text


async def test_what_is_no_price_or_quantity_is_asked_again(stand: Stand) -> None:
    wrong = [{"price": "12,345"}, {"price": "-1"}, {"price": "x"}, {"quantity": "0"}, {"quantity": "1.5"}]

    pages = [await stand.ask(**said) for said in wrong]

    assert {page.status_code for page in pages} == {200}
    assert all('role="alert"' in page.text and ">ДА<" not in page.text for page in pages)


async def test_a_form_that_no_page_has_made_is_refused(stand: Stand) -> None:
    rubbish = [
        {"code": ""},
        {"code": "A\u0000"},
        {"lines": "{"},
        {"lines": "[[1]]"},
        {"made_ref": "x" * 41},
        {"receipt": "\u202e"},
    ]

    asked = [await stand.ask(**said) for said in rubbish]
    sold = [await stand.cashier.send("/staff/till/sales", **said) for said in rubbish]

    assert {answer.status_code for answer in asked + sold} == {400}


async def test_a_code_that_nobody_has_is_a_no_at_once(stand: Stand) -> None:
    page = await stand.ask(code="NOBODYS", price="", do="")

    assert ">НЕТ<" in page.text
    assert "Такого промокода сейчас нет" in page.text
    assert 'value="change"' not in page.text


async def test_why_it_is_a_no_is_told_in_words(http: httpx.AsyncClient) -> None:
    stand = await a_stand(http, conditions=(AmountAtLeast(at_least=10**6),))

    page = await stand.ask()

    assert "Сумма покупки меньше" in page.text


async def test_it_is_told_in_english_too(stand: Stand) -> None:
    stand.cashier.browser.cookies.set("naparnik_language", "en")

    page = await stand.ask()

    assert "Your promo code gives" in page.text


# Selling and undoing.


async def test_a_sale_pays_the_agent_and_shows_its_prices_again(stand: Stand) -> None:
    address = await stand.sold()
    page = await stand.cashier.see(address)

    assert "Продажа проведена" in page.text
    assert (await wallet(stand.till.agent_id)).available_minor == 2_850
    assert await owed(stand.till.shop_id) == 5_000


async def test_a_sale_is_one_however_often_it_is_sent_at_once(stand: Stand) -> None:
    page = await stand.ask()

    answers = await asyncio.gather(*(stand.sell(page) for _ in range(8)))

    assert len({answer.headers["location"] for answer in answers}) == 1
    assert (await wallet(stand.till.agent_id)).available_minor == 2_850


async def test_a_receipt_s_number_is_one_sale_a_day(stand: Stand) -> None:
    await stand.sold(receipt="17")

    other = await stand.sell(await stand.ask(receipt="17", price="500", made_ref="R2"))

    assert (other.status_code, "order_changed" in other.text) == (422, True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d/17", await fetch_value("SELECT order_ref FROM promo_order"))


@pytest.mark.parametrize(("busy", "status"), [(True, 429), (False, 303)])
async def test_a_busy_code_is_busy_at_the_till_and_keeps_no_other_outside(
    stand: Stand, app: Litestar, *, busy: bool, status: int
) -> None:
    page = await stand.ask()
    process = app.state.process
    usual, process.checkout = process.checkout, Door(at_once=2, queue_max=0)

    async with process.checkout.passed(skeleton(stand.till.code) if busy else "another code"):
        answer = await stand.sell(page)
    process.checkout = usual

    assert answer.status_code == status


async def test_what_has_run_out_since_the_yes_is_a_no(http: httpx.AsyncClient) -> None:
    stand = await a_stand(http, discount_budget_minor=5_000)
    pages = [await stand.ask(), await stand.ask(made_ref="R2")]

    answers = [await stand.sell(page) for page in pages]

    assert [answer.status_code for answer in answers] == [303, 409]
    assert "Скидки по этой акции закончились" in answers[1].text


async def test_an_undone_sale_leaves_nothing_and_undoing_twice_changes_nothing(stand: Stand) -> None:
    sale = await stand.sold()

    answers = [await stand.cashier.send(f"{sale}/undo") for _ in range(2)]
    page = await stand.cashier.see(sale)

    assert [answer.status_code for answer in answers] == [303, 303]
    assert (await wallet(stand.till.agent_id)).available_minor == 0
    assert await owed(stand.till.shop_id) == 0
    assert "Отменена" in page.text
    assert "/undo" not in page.text
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'sale.undo'") == 1


async def test_only_one_s_own_sale_is_undone_and_another_shop_s_is_not_there(
    http: httpx.AsyncClient, stand: Stand
) -> None:
    sale = await stand.sold()
    vera = await logged_in(http, "cashier", login="vera", shop_id=stand.till.shop_id)
    stranger = await logged_in(http, "cashier", login="egor", shop_id=(await a_till()).shop_id)
    for one in (vera, stranger):
        await on_shift(one, stand.till)

    answers = [await vera.send(f"{sale}/undo"), await stranger.send(f"{sale}/undo"), await stranger.see(sale)]

    assert [answer.status_code for answer in answers] == [409, 404, 404]
    assert (await wallet(stand.till.agent_id)).available_minor == 2_850


async def test_a_customer_s_phone_counts_and_is_kept_nowhere(http: httpx.AsyncClient) -> None:
    stand = await a_stand(http, limits=(Limit(LimitScope.CUSTOMER, max_count=1),))
    asked = await stand.ask()
    known = {"phone": "+7 912 000-00-00"}

    first = await stand.sell(await stand.ask(**known))
    second = await stand.ask(made_ref="R2", phone="8 (912) 000 00 00")

    assert "телефон" in asked.text
    assert first.status_code == 303
    assert ">НЕТ<" in second.text
    row = await fetch_row("SELECT promo_order::text AS whole FROM promo_order")
    assert row is not None
    assert "912" not in re.sub(r'[0-9a-f]{32,}|"[^"]*_at"|[0-9-]{10}T\S+', "", row["whole"])


async def test_a_stopped_shop_sells_nothing(stand: Stand) -> None:
    page = await stand.ask()
    await execute("INSERT INTO switch (name) VALUES ($1)", switches.shop(stand.till.shop_id))

    answers = [await stand.ask(), await stand.sell(page)]

    assert [answer.status_code for answer in answers] == [409, 409]
