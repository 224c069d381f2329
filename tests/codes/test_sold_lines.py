"""Orders are taken apart for reports some minutes later, and count for the same as before, whatever comes back."""

from datetime import timedelta

import pytest

from codes import reports, sold_lines
from codes.order_returns import Return, ReturnedLine, take_back
from codes.orders import AskedLine, Order
from codes.reports import By, Days, Report
from core.db import execute, fetch_value
from core.settings import Settings
from programs import installation
from programs.effects import Fixed, Percent
from programs.products import NewProduct, put_product
from referrals import crediting
from tests.codes.tills import Till, a_till, an_order, redeemed
from tests.core.pools import as_owner
from tests.programs.stored import BY

pytestmark = pytest.mark.usefixtures("database")
BACK = ReturnedLine("1", 1)


@pytest.fixture
async def till() -> Till:
    """One whose campaign pays twice for an order, the second time for whole roubles of nothing that divides."""
    till = await a_till(effects=(Percent(basis_points=333), Fixed(amount_minor=101)))
    await put_product(till.program_id, NewProduct("P-1", "Насос", "Pump"), by=BY)
    return till


async def sold(till: Till, ref: str, *lines: AskedLine) -> None:
    await redeemed(till, Order(ref, (till.code,), lines or (AskedLine("1", "K-24", 3, 100_001),)))


async def an_hour_passes() -> None:
    """Everything that was sold is an hour old."""
    await execute("UPDATE promo_order SET redeemed_at = redeemed_at - interval '1 hour'")


async def told(till: Till) -> list[Report]:
    program = await installation.find_program(till.program_id)
    today = (await fetch_value("SELECT now()")).astimezone(program.zone).date()
    days = Days(today - timedelta(days=30), today)
    return [await reports.report(program, days, by=by, participants_min=1) for by in By]


async def test_figures_are_the_same_before_and_after_and_when_goods_come_back_later(
    till: Till, settings: Settings
) -> None:
    twice = (AskedLine("1", "K-24", 2, 70_001), AskedLine("2", "P-1", 1, 9_999), AskedLine("3", "K-24", 1, 30_003))
    for ref, lines in (("a", twice), ("b", ()), ("c", (AskedLine("1", "BAG", 1, 1), *twice[1:])), ("d", twice)):
        await sold(till, ref, *lines)
    await take_back(Return("b", "R1", (BACK,)), shop_id=till.shop_id)
    await an_hour_passes()
    read = await told(till)

    assert await sold_lines.tell() == 1
    kept = await told(till)
    for ref, back in (("a", (BACK,)), ("b", ()), ("d", ())):
        await take_back(Return(ref, f"R-{ref}", back), shop_id=till.shop_id)
    await sold(till, "e", *twice)
    await crediting.drain(batch_max=100)
    later = await told(till)
    await as_owner(settings.database_owner_url, "TRUNCATE sold_line")

    assert kept == read
    assert later == await told(till)
    assert (read[0].whole.purchases, later[0].whole.purchases) == (4, 5)
    assert later != read


async def test_each_order_is_taken_apart_once_and_the_newest_are_left_for_later(till: Till) -> None:
    for ref in ("a", "b", "c"):
        await sold(till, ref)
        await an_hour_passes()
    await redeemed(till, an_order(till.code))

    pages = [await sold_lines.tell(orders_max=2) for _ in range(3)]

    assert pages == [1, 1, 0]
    assert await fetch_value("SELECT count(*) FROM sold_line") == 3
