import csv
import io
import re
from datetime import timedelta

import httpx
import pytest

from core.db import execute, fetch_value
from core.settings import Settings
from tests.api.checkouts import LONG_RUNNING
from tests.api.staffing import logged_in
from tests.api.stands import Stand, a_stand
from tests.codes.tills import a_till
from tests.core.pools import as_owner


@pytest.fixture
async def stand(http: httpx.AsyncClient, proven: None) -> Stand:
    return await a_stand(http)


# From paper.


async def test_a_sale_from_paper_keeps_its_time(stand: Stand, settings: Settings) -> None:
    now = await fetch_value("SELECT now() AT TIME ZONE 'Europe/Moscow'")
    await as_owner(settings.database_owner_url, LONG_RUNNING)
    told = (now - timedelta(days=1)).strftime("%d.%m.%Y %H:%M")

    await stand.sold(sold_at=told)

    assert await fetch_value("SELECT now() - occurred_at > interval '23 hours' FROM promo_order")
    assert await fetch_value("SELECT order_ref FROM promo_order") == f"{(now - timedelta(days=1)).date()}/R1"


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
