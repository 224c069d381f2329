from datetime import date
from io import BytesIO

import pytest
import xlsxwriter

from codes.settlements import Settlement, close
from codes.shop_lists import Compared, Comparison, ListedOrder, compare, compared, day, minor
from core.db import fetch_value
from core.settings import Settings
from programs.sheets import SheetRefused
from tests.codes.months import a_month_passes
from tests.codes.tills import a_till, an_order, redeemed

HEAD = "order_ref,date,discount\n"


@pytest.fixture
async def settlement(settings: Settings, database: None) -> Settlement:
    """Three orders of one day; 50.00 off each."""
    till = await a_till()
    for ref in ("A-1", "A-2", "=A-3"):
        await redeemed(till, an_order(till.code, ref=ref))
    return await close(till.shop_id, await a_month_passes(settings), by="key:f")


async def its_day(settlement: Settlement) -> str:
    told: str = await fetch_value("SELECT min(at AT TIME ZONE 'Europe/Moscow')::date::text FROM settlement_line")
    return told


def marks(found: Comparison) -> dict[str, tuple[int, int, int]]:
    return {one.mark: (one.orders, one.here_minor, one.there_minor) for one in found.tallies}


async def test_every_order_of_either_list_is_marked_and_summed(settlement: Settlement) -> None:
    on = await its_day(settlement)

    found = await compare(settlement.id, f"{HEAD}A-1,{on},50.00\nA-2,{on},49.50\nB-1,{on},10\n".encode())

    assert marks(found) == {
        "matched": (1, 5_000, 5_000),
        "differs": (1, 5_000, 4_950),
        "missing_there": (1, 5_000, 0),
        "missing_here": (1, 0, 1_000),
    }
    assert [(one.order_ref, one.mark) for one in found.rows] == [
        ("=A-3", "missing_there"),
        ("A-2", "differs"),
        ("B-1", "missing_here"),
    ]


async def test_an_order_of_another_month_says_in_which_it_stands(settings: Settings, database: None) -> None:
    till = await a_till()
    await redeemed(till, an_order(till.code, ref="A-1"))
    first = await close(till.shop_id, await a_month_passes(settings, months=2), by="key:f")
    await redeemed(till, an_order(till.code, ref="A-2"))
    second = await close(till.shop_id, await a_month_passes(settings), by="key:f")

    found = await compare(second.id, f"{HEAD}A-1,2026-01-01,50\nB-1,2026-01-01,50\n".encode())

    assert {one.order_ref: one.month for one in found.rows} == {"A-1": first.month, "A-2": None, "B-1": None}


async def test_a_workbook_with_dates_and_numbers_is_the_same_list(settlement: Settlement) -> None:
    on = date.fromisoformat(await its_day(settlement))
    written = BytesIO()
    with xlsxwriter.Workbook(written) as book:
        sheet, dates = book.add_worksheet(), book.add_format({"num_format": "dd.mm.yyyy"})
        for place, head in enumerate(HEAD.strip().split(",")):
            sheet.write(0, place, head)
        for row, ref in enumerate(("A-1", "A-2", "=A-3"), start=1):
            sheet.write_string(row, 0, ref)
            sheet.write_datetime(row, 1, on, dates)
            sheet.write_number(row, 2, 50)

    found = await compare(settlement.id, written.getvalue())

    assert marks(found)["matched"] == (3, 15_000, 15_000)


@pytest.mark.parametrize(
    "rows",
    [
        "A-1,2026-10-15,lots\n",
        "A-1,someday,50\n",
        "A-1,2026-10-15,50\nA-1,2026-10-15,50\n",
        "A-1\n",
        "A\0,2026-10-15,5\n",
    ],
)
async def test_a_list_that_makes_no_sense_is_refused_by_its_rows(settlement: Settlement, rows: str) -> None:
    with pytest.raises(SheetRefused):
        await compare(settlement.id, (HEAD + rows).encode())


def test_the_same_order_on_another_day_differs() -> None:
    here, there = (ListedOrder("A", date(2026, 10, at), 100) for at in (1, 2))

    assert compared({"A": here}, {"A": there}) == [
        Compared("A", "differs", 100, 100, date(2026, 10, 1), date(2026, 10, 2))
    ]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("1234.5", 123_450),
        ("1 234,50 ₽", 123_450),
        ("-7", -700),
        ("0.10", 10),
        ("1e3", None),
        ("1.234", None),
        ("١", None),
        ("", None),
    ],
)
def test_an_amount_is_read_as_people_write_it(text: str, meant: int | None) -> None:
    assert minor(text) == meant


@pytest.mark.parametrize("text", ["2026-10-09", "09.10.2026", "09.10.26", "2026-10-09 00:00:00"])
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    assert day(text) == date(2026, 10, 9)
