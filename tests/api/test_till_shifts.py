import re

import httpx
import pytest

from core.db import fetch, fetch_value
from tests.api.staffing import PIN, logged_in, somebody
from tests.api.stands import Stand, a_stand
from tests.codes.tills import a_till


@pytest.fixture
async def stand(http: httpx.AsyncClient, proven: None) -> Stand:
    return await a_stand(http)


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
