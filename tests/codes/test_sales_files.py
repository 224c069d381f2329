import asyncio
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import xlsxwriter

from codes import sales_files
from codes.order_days import csv_of
from codes.sales_files import SalesFile, accept, find, preview
from core.db import execute, fetch_value
from core.settings import Settings
from programs.rules import Limit, LimitScope, Offline
from programs.sheets import SheetRefused
from tests.codes.offline_tills import long_running
from tests.codes.tills import Till, a_till, owed, spent
from workers.jobs import run_waiting_jobs

pytestmark = pytest.mark.usefixtures("proven")

HEAD = "at,receipt,code,sku,quantity,price,discount\n"


async def yesterday() -> date:
    now: datetime = await fetch_value("SELECT now()")
    return now.astimezone(ZoneInfo("Europe/Moscow")).date() - timedelta(days=1)


async def a_day(till: Till, *, receipts: int = 2) -> bytes:
    """A file of yesterday's receipts, each of two lines with the code on the first."""
    day = await yesterday()
    rows = (
        f"{day} 14:{place:02},{place},{till.code},K-24,1,900.00,45.00\n{day} 14:{place:02},{place},,BAG,2,50.00,5.00\n"
        for place in range(1, receipts + 1)
    )
    return (HEAD + "".join(rows)).encode()


async def taken(till: Till, content: bytes) -> SalesFile:
    """A file whose receipts were all carried out."""
    sent = await accept(till.shop_id, content, by="key:t")
    await run_waiting_jobs()
    return await find(sent.id)


async def a_shop_without_a_network(settings: Settings, **rules: Any) -> Till:
    till = await a_till(**rules)
    await long_running(settings)
    return till


async def test_each_receipt_of_a_day_becomes_a_redemption_at_its_time(settings: Settings) -> None:
    till = await a_shop_without_a_network(settings)

    done = await taken(till, await a_day(till))

    assert (done.state, done.receipts, done.done) == ("done", 2, 2)
    assert {(one.state, one.ruled_minor, one.given_minor) for one in done.outcomes} == {("redeemed", 5_000, 5_000)}
    assert await owed(till.shop_id) == 10_000
    assert await fetch_value("SELECT min(occurred_at AT TIME ZONE 'Europe/Moscow')::date FROM promo_order") == (
        await yesterday()
    )


async def test_the_same_file_changes_nothing_and_a_longer_one_adds_what_is_new(settings: Settings) -> None:
    till = await a_shop_without_a_network(settings)
    first = await taken(till, await a_day(till))

    again = await taken(till, await a_day(till))
    longer = await taken(till, await a_day(till, receipts=3))

    assert again.id == first.id
    assert (longer.known, longer.done) == (2, 1)
    assert await owed(till.shop_id) == 15_000


async def test_ten_who_send_a_file_at_once_send_it_once(settings: Settings) -> None:
    till = await a_shop_without_a_network(settings)
    content = await a_day(till)

    sent = await asyncio.gather(*(accept(till.shop_id, content, by="key:t") for _ in range(10)))
    await run_waiting_jobs()

    assert len({one.id for one in sent}) == 1
    assert await owed(till.shop_id) == 10_000


async def test_a_job_that_was_cut_goes_on_with_what_is_left(settings: Settings) -> None:
    till = await a_shop_without_a_network(settings)
    sent = await accept(till.shop_id, await a_day(till, receipts=5), by="key:t")

    async def cut(_percent: int) -> None:
        raise ConnectionError

    async def finish(_result: Any) -> None:
        raise AssertionError

    batch, sales_files._BATCH = sales_files._BATCH, 2  # type: ignore[misc]
    try:
        with pytest.raises(ConnectionError):
            await sales_files.carry_out(sent.id, progress=cut, finish=finish)
    finally:
        sales_files._BATCH = batch  # type: ignore[misc]
    half = await find(sent.id)
    await run_waiting_jobs()

    assert (half.done, (await find(sent.id)).done) == (2, 5)
    assert await owed(till.shop_id) == 25_000


async def test_a_receipt_that_came_with_other_contents_is_refused_by_its_row(settings: Settings) -> None:
    till = await a_shop_without_a_network(settings)
    content = await a_day(till)
    await taken(till, content)

    changed = content.replace(b"2,50.00,5.00", b"3,50.00,5.00", 1)
    seen = await preview(till.shop_id, changed)

    assert [(one.row, one.problem) for one in seen.problems] == [(2, "this receipt came before with other contents")]
    with pytest.raises(SheetRefused):
        await accept(till.shop_id, changed, by="key:t")


async def test_who_bears_a_receipt_that_there_is_no_room_for_the_campaign_says(settings: Settings) -> None:
    till = await a_shop_without_a_network(
        settings,
        limits=(Limit(LimitScope.CAMPAIGN, max_count=1),),
        offline=Offline(maker_bears_per_till_day=1),
    )

    done = await taken(till, await a_day(till, receipts=3))

    assert [one.state for one in done.outcomes] == ["redeemed", "maker_bears", "shop_bears"]
    assert (await spent(till.campaign_id, "RUB"), await owed(till.shop_id)) == (5_000, 10_000)


async def test_a_day_that_is_told_too_late_is_the_shops(settings: Settings) -> None:
    till = await a_shop_without_a_network(settings, offline_window_days=0)

    done = await taken(till, await a_day(till))

    assert {(one.state, one.reason) for one in done.outcomes} == {("shop_bears", "slip_too_late")}


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("soon,1,C,K,1,1.00,0", "the time is none such as 2026-11-22 14:05"),
        ("2126-11-22 14:05,1,C,K,1,1.00,0", "the time has not come yet"),
        ("0001-01-01 00:00,1,C,K,1,1.00,0", "the time is none such as 2026-11-22 14:05"),
        ("2026-11-01 14:05,1,C,K,1,1.00,2", "the discount is no amount between nothing and the price"),
        ("2026-11-01 14:05,1,C,K,0,1.00,0", "the quantity is no whole number from 1 on"),
        ("2026-11-01 14:05,1,C,K,١,1.00,0", "the quantity is no whole number from 1 on"),
        ("2026-11-01 14:05,1,C,K,1,NaN,0", "the price is no amount such as 45000.00"),
        ("2026-11-01 14:05,1,C,K,1,1e400,0", "the price is no amount such as 45000.00"),
        ("2026-11-01 14:05,1,C,K,1,-1.00,0", "the price is no amount such as 45000.00"),
        ("2026-11-01 14:05,1,,K,1,1.00,0", "no row of this receipt has a code"),
        (
            "2026-11-01 14:05,1,C,K,1,1.00,0\n2026-11-01 14:06,1,C,K,1,1.00,0",
            "the rows of this receipt have different times",
        ),
    ],
)
async def test_a_row_that_makes_no_sense_is_named(settings: Settings, row: str, problem: str) -> None:
    till = await a_till()

    seen = await preview(till.shop_id, (HEAD + row + "\n").encode())

    assert [one.problem for one in seen.problems] == [problem]


@pytest.mark.parametrize("rubbish", [b"", b"\xff\xfe\x00", b"PK\x03\x04rubbish", b"a;b\n1;2\n", b'at,"\n'])
async def test_what_is_no_table_of_sales_is_refused(database: None, rubbish: bytes) -> None:
    till = await a_till()

    with pytest.raises(SheetRefused):
        await preview(till.shop_id, rubbish)


async def test_a_workbook_is_read_as_its_csv_would_be(settings: Settings) -> None:
    till = await a_shop_without_a_network(settings)
    lines = (await a_day(till)).decode().splitlines()

    seen = await preview(till.shop_id, _workbook([line.split(",") for line in lines]))

    assert (seen.receipts, seen.discount_minor, seen.problems) == (2, 10_000, [])


async def test_a_small_workbook_that_is_a_huge_table_is_refused(settings: Settings) -> None:
    till = await a_till()

    with pytest.raises(SheetRefused):
        await preview(till.shop_id, _workbook([["at"]], corner=True))


def _workbook(rows: list[list[str]], *, corner: bool = False) -> bytes:
    written = BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(place, column, cell if column < 4 else _number(cell))
        if corner:
            sheet.write(1_048_575, 16_383, "x")
    return written.getvalue()


def _number(cell: str) -> float | str:
    return float(cell) if cell.replace(".", "").isdecimal() else cell


async def test_a_days_redemptions_are_a_table_in_which_nothing_is_a_formula(settings: Settings) -> None:
    till = await a_shop_without_a_network(settings)
    await taken(till, await a_day(till))
    await execute("UPDATE promo_order SET order_ref = '=cmd|''/c calc''!A1' WHERE order_ref LIKE '%/1'")
    today: datetime = await fetch_value("SELECT now() AT TIME ZONE 'Europe/Moscow'")

    table = b"".join([piece async for piece in csv_of(till.shop_id, today.date())]).decode("utf-8-sig")

    assert len(table.split("\r\n")) == 4
    assert "'=cmd|" in table
    assert f",{till.code},1000.00,50.00,950.00,RUB" in table
