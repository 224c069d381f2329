import asyncio
import csv
import io
import re
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from codes import shifts
from codes.promo_text import skeleton
from core import switches
from core.access import Role
from core.db import execute, fetch, fetch_row, fetch_value
from core.door import Door
from core.settings import Settings
from programs.conditions import AmountAtLeast
from programs.rules import Limit, LimitScope
from programs.staff import StaffHolder
from tests.api.staffing import PIN, Person, logged_in, somebody
from tests.codes.tills import Till, a_till, owed, wallet
from tests.core.pools import as_owner

_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Stand(msgspec.Struct, frozen=True):
    """A till with its cashier, who has a PIN."""

    till: Till
    cashier: Person

    async def ask(self, **said: str) -> httpx.Response:
        """What the page says to one look at one sum."""
        plain = {"code": self.till.code, "made_ref": "R1", "price": "1000", "do": "check"}
        return await self.cashier.send("/staff/till/order", **(plain | said))

    async def sell(self, page: httpx.Response) -> httpx.Response:
        """Press the button that sells what a page shows."""
        return await self.cashier.send("/staff/till/sales", **carried(page))

    async def sold(self, **said: str) -> str:
        """The address of a sale that was made."""
        return (await self.sell(await self.ask(**said))).headers["location"]


def carried(page: httpx.Response) -> dict[str, str]:
    """What the form of a page carries on, as the browser would send it."""
    shown = page.text.partition("/staff/till/sales")[2].partition("</form>")[0]
    return {name: value.replace("&quot;", '"') for name, value in _HIDDEN.findall(shown) if name != "form_token"}


async def a_stand(http: httpx.AsyncClient, *, open_shift: bool = True, **rules: Any) -> Stand:
    till = await a_till(**rules)
    cashier = await logged_in(http, "cashier", shop_id=till.shop_id)
    if open_shift:
        await on_shift(cashier, till)
    return Stand(till, cashier)


async def on_shift(cashier: Person, till: Till) -> None:
    """Somebody's shift, opened without his PIN."""
    await shifts.open_shift(StaffHolder(cashier.id, cashier.login, Role.cashier, till.program_id, till.shop_id))


@pytest.fixture
async def stand(http: httpx.AsyncClient, proven: None) -> Stand:
    """5 % off for the customer, 3 % for the agent."""
    return await a_stand(http)


# The shift.


async def test_a_shift_is_opened_by_one_s_own_pin(http: httpx.AsyncClient) -> None:
    stand = await a_stand(http, open_shift=False)

    before = await stand.cashier.see("/staff/till")
    wrong = await stand.cashier.send("/staff/till/open", pin="2581")
    right = await stand.cashier.send("/staff/till/open", pin=PIN)

    assert 'action="/staff/till/open"' in before.text
    assert (wrong.status_code, right.status_code) == (401, 303)
    assert 'name="code"' in (await stand.cashier.see("/staff/till")).text


async def test_without_a_pin_there_is_no_shift(http: httpx.AsyncClient) -> None:
    till = await a_till()
    cashier = await logged_in(http, "cashier", shop_id=till.shop_id, pin=False)

    page, refused = await cashier.see("/staff/till"), await cashier.send("/staff/till/open", pin=PIN)

    assert 'href="/staff/me"' in page.text
    assert refused.status_code == 409


async def test_without_a_shift_nothing_is_sold(http: httpx.AsyncClient) -> None:
    stand = await a_stand(http, open_shift=False)

    answer = await stand.sell(await stand.ask())

    assert (answer.status_code, "shift_needed" in answer.text) == (409, True)
    assert await fetch("SELECT FROM promo_order") == []


async def test_a_colleague_takes_over_by_his_pin_and_the_browser_is_his(http: httpx.AsyncClient, stand: Stand) -> None:
    await somebody(http, "cashier", login="vera", shop_id=stand.till.shop_id)
    mine = await stand.sold()
    before = dict(stand.cashier.browser.cookies)

    sums = await stand.cashier.see("/staff/till/shift")
    wrong = await stand.cashier.send("/staff/till/handover", login="vera", pin="2581")
    taken = await stand.cashier.send("/staff/till/handover", login="vera", pin=PIN)

    assert re.findall(r"<dd>([^<]*)</dd>", sums.text) == ["1", "950\u00a0₽", "50\u00a0₽", "0"]
    assert (wrong.status_code, taken.status_code) == (401, 303)
    assert "Vera cashier" in (await stand.cashier.see("/staff/till")).text
    assert (await stand.cashier.send(f"{mine}/undo")).status_code == 409
    assert (await httpx_with(http, before).get("/staff/me")).status_code == 303
    rows = await fetch("SELECT closed_at IS NULL AS open, next_id IS NULL AS last FROM till_shift ORDER BY opened_at")
    assert [tuple(row) for row in rows] == [(False, False), (True, True)]


def httpx_with(http: httpx.AsyncClient, cookies: dict[str, str]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=http._transport, base_url=http.base_url, cookies=cookies)


async def test_nobody_of_another_shop_takes_over(http: httpx.AsyncClient, stand: Stand) -> None:
    other = await a_till()
    await somebody(http, "cashier", login="vera", shop_id=other.shop_id)

    answer = await stand.cashier.send("/staff/till/handover", login="vera", pin=PIN)

    assert answer.status_code == 401
    assert await fetch_value("SELECT count(*) FROM till_shift") == 1


async def test_a_closed_shift_sells_and_undoes_nothing(stand: Stand) -> None:
    sale = await stand.sold()

    await stand.cashier.send("/staff/till/close")
    answers = [await stand.cashier.send(f"{sale}/undo"), await stand.sell(await stand.ask(made_ref="R2"))]

    assert [answer.status_code for answer in answers] == [409, 409]


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
    lines = dict(_HIDDEN.findall(first.text))["lines"].replace("&quot;", '"')
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


# From paper.


async def test_a_sale_from_paper_keeps_its_time(stand: Stand, settings: Settings) -> None:
    now = await fetch_value("SELECT now() AT TIME ZONE 'Europe/Moscow'")
    await as_owner(settings.database_owner_url, LONG_RUNNING)
    told = (now - timedelta(days=1)).strftime("%d.%m.%Y %H:%M")

    await stand.sold(sold_at=told)

    assert await fetch_value("SELECT now() - occurred_at > interval '23 hours' FROM promo_order")
    assert await fetch_value("SELECT order_ref FROM promo_order") == f"{(now - timedelta(days=1)).date()}/R1"


LONG_RUNNING = """
    UPDATE campaign SET activated_at = now() - interval '3 days';
    UPDATE campaign_version SET effective_from = now() - interval '3 days';
    UPDATE program_revision SET rules = nextval('program_revision_number');
"""


async def test_a_time_that_cannot_be_is_asked_again(stand: Stand) -> None:
    times = ["01.01.2020 10:00", "01.01.2099 10:00", "yesterday", "32.01.2026 10:00"]

    pages = [await stand.ask(sold_at=when) for when in times]

    assert all("Время не подходит" in page.text for page in pages)


# The day.


async def test_the_day_is_a_list_and_a_file_that_no_spreadsheet_runs(stand: Stand) -> None:
    await execute("UPDATE staff SET name = '=cmd()'")
    await stand.sold(receipt="17")
    undone = await stand.sold(made_ref="R2", price="10,5")
    await stand.cashier.send(f"{undone}/undo")

    page = await stand.cashier.see("/staff/till/day")
    [place] = re.findall(r'href="(/staff/till/day.csv[^"]+)"', page.text)
    file = await stand.cashier.see(place)

    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert file.headers["content-disposition"].startswith('attachment; filename="till-')
    assert [(row["state"], row["full"], row["discount"], row["paid"]) for row in rows] == [
        ("undone", "10.50", "0.52", "9.98"),
        ("succeeded", "1000.00", "50.00", "950.00"),
    ]
    assert {row["cashier"] for row in rows} == {"'=cmd()"}
    assert rows[1]["promo_code"] == stand.till.code
    assert "Отменена" in page.text


async def test_a_shop_sees_its_own_day_alone(http: httpx.AsyncClient, stand: Stand) -> None:
    await stand.sold()
    other = await logged_in(http, "cashier", login="vera", shop_id=(await a_till()).shop_id)

    page = await other.see("/staff/till/day")

    assert "Пока ничего" in page.text


async def test_a_day_that_is_none_is_refused(stand: Stand) -> None:
    answers = [await stand.cashier.see(f"/staff/till/day.csv?day={day}") for day in ("x", "9999-12-31", "2026-13-01")]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


async def test_the_sheet_for_when_nothing_works_is_there_to_be_printed(stand: Stand) -> None:
    page = await stand.cashier.see("/staff/till/paper")

    assert "Бланк продаж без связи" in page.text


async def test_the_maker_s_own_people_have_no_till(http: httpx.AsyncClient) -> None:
    owner, auditor = await logged_in(http, "owner"), await logged_in(http, "auditor", login="vera")

    answers = [await owner.see("/staff/till"), await auditor.see("/staff/till")]

    assert [answer.status_code for answer in answers] == [404, 403]
