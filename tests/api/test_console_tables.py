"""The console's tables: figures that add up, without what came back, without singling anybody out; as files, too."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from python_calamine import CalamineWorkbook

from codes import checkout, order_returns, promo_codes
from codes.order_returns import Return
from codes.orders import AskedLine, Order
from core.db import execute, fetch_value
from core.ids import uuid7
from programs.discounts import PercentOff
from programs.effects import Percent
from programs.products import NewProduct, put_product
from programs.shops import NewShop, put_shop
from programs.snapshot import current_snapshot
from referrals import crediting
from tests.api.staffing import Person, logged_in
from tests.codes.tills import ASSET, a_promo_campaign
from tests.driver import Driver
from tests.packs import an_agent
from tests.programs.stored import BY, a_program

TODAY = datetime.now(UTC).astimezone().date()
SKUS = ("K-24", "P-1")
YEAR = f"from={TODAY - timedelta(days=300)}&to={TODAY + timedelta(days=2)}"


@pytest.fixture
async def program_id(http: httpx.AsyncClient) -> UUID:
    """Two products, two shops, 10 % off and 3 % for whoever brings a customer."""
    program_id = await a_program(asset=ASSET)
    await put_product(program_id, NewProduct("K-24", "Котёл", "Boiler"), by=BY)
    await put_product(program_id, NewProduct("P-1", "=Насос", "=Pump"), by=BY)
    for code in ("N", "S"):
        await put_shop(program_id, NewShop(code, f"Дом {code}"), by=BY)
    await a_promo_campaign(
        program_id, discounts=(PercentOff(basis_points=1_000),), effects=(Percent(basis_points=300),)
    )
    await current_snapshot(age_seconds_max=0)
    return program_id


@pytest.fixture
async def finance(http: httpx.AsyncClient, program_id: UUID) -> Person:
    return await logged_in(http, "finance", program_id=program_id)


async def sold(program_id: UUID, *amounts: int, shop: str = "N", agent_id: UUID | None = None) -> Order:
    """An order of a boiler and a pump, or of a boiler alone, with a code of a new agent."""
    agent_id = agent_id or await an_agent()
    campaign_id = await fetch_value("SELECT id FROM campaign WHERE program_id = $1", program_id)
    code = await promo_codes.create(agent_id, campaign_id=campaign_id)
    lines = [
        AskedLine(str(place), sku, 2, amount) for place, (sku, amount) in enumerate(zip(SKUS, amounts, strict=False), 1)
    ]
    order = Order(str(uuid7()), (code.text,), tuple(lines))
    await checkout.redeem(order, shop_id=await shop_of(program_id, shop), customer=None)
    await crediting.drain(batch_max=100)
    return order


async def shop_of(program_id: UUID, code: str) -> UUID:
    found: UUID = await fetch_value("SELECT id FROM shop WHERE program_id = $1 AND code = $2", program_id, code)
    return found


def rows_of(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def table(person: Person, by: str, **query: str) -> list[list[str]]:
    asked = "".join(f"&{name}={value}" for name, value in query.items())
    return rows_of(await person.see(f"/staff/console/figures/file?by={by}&{YEAR}{asked}"))[1:]


async def test_the_parts_of_an_order_sum_to_its_whole_and_the_bonus_follows_the_prices(
    finance: Person, program_id: UUID
) -> None:
    for _ in range(5):
        await sold(program_id, 100_001, 33_333)

    products = await table(finance, "product")
    days = await table(finance, "day")

    # What 3 % of 1,200.01 roubles came to stands with the lines by what they cost, to the last kopeck.
    assert products == [
        ["Котёл (K-24)", "5", "4500.05", "500.00", "5", "135.00"],
        ["'=Насос (P-1)", "5", "1500.00", "166.65", "5", "45.00"],
        ["Всего", "5", "6000.05", "666.65", "5", "180.00"],
    ]
    assert [row[1:] for row in days] == [["5", "6000.05", "666.65", "5", "180.00"]] * 2


async def test_goods_that_came_back_are_left_out(finance: Person, program_id: UUID) -> None:
    order = await sold(program_id, 100_000, 40_000)
    shop_id = await shop_of(program_id, "N")

    half = order_returns.ReturnedLine("1", 1)
    await order_returns.take_back(Return(order.order_ref, "r-1", (half,)), shop_id=shop_id)
    partly = await table(finance, "campaign")
    await order_returns.take_back(Return(order.order_ref, "r-2"), shop_id=shop_id)

    assert partly[-1] == ["Всего", "1", "810.00", "90.00", "", "24.30"]
    assert (await table(finance, "campaign"))[-1] == ["Всего", "1", "0.00", "0.00", "", "0.00"]


async def test_a_row_about_few_people_keeps_them_to_itself_and_no_difference_tells(
    finance: Person, program_id: UUID
) -> None:
    for _ in range(6):
        await sold(program_id, 200_000, shop="N")
    await sold(program_id, 100_000, shop="S")

    rows = await table(finance, "shop")
    page = (await finance.see(f"/staff/console/figures?by=shop&{YEAR}")).text

    # The one shop that has enough is hidden with the other: what the whole is more than it would be the other's.
    assert [row[0] for row in rows] == ["Дом N (N)", "Дом S (S)", "Всего"]
    assert [row[4:] for row in rows] == [["", ""], ["", ""], ["7", "351.00"]]
    assert "меньше 5" in page


async def test_by_campaign_each_purchase_is_of_the_campaign_that_paid(finance: Person, program_id: UUID) -> None:
    await sold(program_id, 100_000)

    rows = await table(finance, "campaign")
    campaign_id = await fetch_value("SELECT id FROM campaign WHERE program_id = $1", program_id)

    assert rows == [["Зима", "1", "900.00", "100.00", "", "27.00"], ["Всего", "1", "900.00", "100.00", "", "27.00"]]
    assert await table(finance, "campaign", campaign=campaign_id) == rows
    assert (await table(finance, "campaign", campaign=str(uuid7())))[-1][1] == "0"


async def test_what_happened_on_other_days_of_the_programs_calendar_is_left_out(
    finance: Person, program_id: UUID
) -> None:
    await sold(program_id, 100_000)
    # Half past one in the night of Moscow is the evening before in UTC.
    await execute("UPDATE promo_order SET redeemed_at = '2026-03-10 22:30+00'")

    found = await finance.see("/staff/console/figures/file?by=day&from=2026-03-11&to=2026-03-11")
    other = await finance.see("/staff/console/figures/file?by=day&from=2026-03-10&to=2026-03-10")

    assert [row[0] for row in rows_of(found)[1:]] == ["2026-03-11", "Всего"]
    assert [row[1] for row in rows_of(other)[1:]] == ["0"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("from=2026-01-02&to=2026-01-01", 422),
        ("from=2020-01-01&to=2026-01-01", 422),
        ("to=0001-01-01", 422),
        ("from=9999-12-31&to=9999-12-31", 422),
        ("from=moon", 400),
        ("by=moon", 400),
    ],
)
async def test_days_that_cannot_be_are_refused_in_words(finance: Person, query: str, status: int) -> None:
    answer = await finance.see(f"/staff/console/figures?{query}")

    assert (answer.status_code, "<html" in answer.text) == (status, True)


async def test_codes_stand_with_whose_they_are_and_what_they_brought(finance: Person, program_id: UUID) -> None:
    agent_id = await an_agent()
    await sold(program_id, 100_000, agent_id=agent_id)
    await execute("UPDATE promo_code SET seen = 7")
    alias = await fetch_value("SELECT alias FROM agent WHERE id = $1", agent_id)

    page = (await finance.see("/staff/console/codes")).text.replace("\u00a0", " ")
    [row] = rows_of(await finance.see("/staff/console/codes/file"))[1:]

    assert (alias in page, "27 бонусов" in page) == (True, True)
    assert row[1:] == [alias, "Зима", "работает", "7", "1", "27.00"]


async def test_redemptions_stand_with_their_bonus_and_its_state(finance: Person, program_id: UUID) -> None:
    order = await sold(program_id, 100_000, 40_000)
    await order_returns.take_back(Return(order.order_ref, "r"), shop_id=await shop_of(program_id, "N"))
    await sold(program_id, 50_000)

    page = (await finance.see("/staff/console/redemptions")).text.replace("\u00a0", " ")
    rows = rows_of(await finance.see("/staff/console/redemptions/file"))[1:]

    assert "450 ₽" in page
    assert [(row[4], row[5], row[7], row[8], row[9]) for row in rows] == [
        ("K-24 × 2", "50.00", "", "13.50", "начислен"),
        ("K-24 × 2, P-1 × 2", "140.00", "вернули", "0.00", "возвращён"),
    ]


async def test_a_long_list_is_read_page_by_page(
    finance: Person, program_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    from api import console_tables
    from codes import promo_lists

    monkeypatch.setattr(console_tables, "PAGE", 1)
    monkeypatch.setattr(promo_lists, "PIECE", 1)
    for amount in (10_000, 20_000):
        await sold(program_id, amount)

    first = (await finance.see("/staff/console/redemptions")).text
    link = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = (await finance.see(link)).text

    assert ("180\u00a0₽" in first, "90\u00a0₽" in first) == (True, False)
    assert ("180\u00a0₽" in second, "90\u00a0₽" in second) == (False, True)
    assert len(rows_of(await finance.see("/staff/console/redemptions/file"))) == 3


async def test_a_workbook_has_numbers_for_numbers_and_formulas_nowhere(finance: Person, program_id: UUID) -> None:
    await sold(program_id, 100_000, 40_000)

    answer = await finance.see(f"/staff/console/figures/file?by=product&{YEAR}&format=xlsx")

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet[1:]] == ["Котёл (K-24)", "'=Насос (P-1)", "Всего"]
    assert sheet[-1][1:4] == [1.0, 1260.0, 140.0]
    assert answer.headers["content-disposition"] == 'attachment; filename="figures-product.xlsx"'


async def test_another_programs_purchases_stand_in_no_table(http: httpx.AsyncClient, program_id: UUID) -> None:
    await sold(program_id, 100_000)
    stranger = await logged_in(http, "finance", program_id=await a_program(), login="stranger")

    assert (await table(stranger, "day"))[-1][1] == "0"
    assert len(rows_of(await stranger.see("/staff/console/codes/file"))) == 1
    assert len(rows_of(await stranger.see("/staff/console/redemptions/file"))) == 1


async def test_machines_read_the_same_figures(driver: Driver, program_id: UUID) -> None:
    await sold(program_id, 100_000)

    report = await driver.owner("GET", f"/v1/programs/{program_id}/report?by=shop&{YEAR}")
    refused = await driver.call(
        "GET", f"/v1/programs/{program_id}/report?from=2026-02-01&to=2026-01-01", token=driver.owner_key
    )

    assert report["whole"] == {
        "key": None,
        "purchases": 1,
        "goods_minor": 90_000,
        "discount_minor": 10_000,
        "participants": None,
        "bonus": None,
    }
    assert [(row["participants"], row["bonus"]) for row in report["rows"]] == [(None, None)]
    assert (refused.status_code, refused.json()["slug"]) == (422, "days_wrong")


async def test_bonuses_for_codes_of_packs_stand_in_the_figures_as_well(driver: Driver) -> None:
    from tests.api.worlds import a_paying_campaign, paid_activity
    from tests.referrals.people import enrolled

    campaign = await a_paying_campaign(driver)
    await paid_activity(await enrolled(), campaign)

    report = await driver.owner("GET", f"/v1/programs/{campaign.program_id}/report?by=campaign&{YEAR}")

    assert [(row["key"], row["purchases"], row["bonus"]) for row in report["rows"]] == [(campaign.id, 1, {"BON": 500})]


async def test_a_machine_has_the_past_cost_counted(driver: Driver, program_id: UUID) -> None:
    from workers.jobs import run_waiting_jobs

    await sold(program_id, 100_000)
    campaign_id = await fetch_value("SELECT id FROM campaign WHERE program_id = $1", program_id)

    begun = [await driver.owner("POST", f"/v1/campaigns/{campaign_id}/past-cost") for _ in range(2)]
    await run_waiting_jobs()
    job = await driver.owner("GET", f"/v1/jobs/{begun[0]['job_id']}")

    assert begun[0] == begun[1]
    assert (job["state"], job["result"]["whole"]) == (
        "done",
        {"purchases": 1, "given": 1, "bonus_minor": 2_700, "discount_minor": 10_000, "shop_minor": 0},
    )
