"""The console in a browser: an offer filled in by the keyboard, read in words and in money, started, looked at."""

import csv
from typing import Any
from uuid import uuid4

import msgspec
from playwright.async_api import Page, expect

from tests.browser.conftest import Opened, Pictured
from tests.browser.test_till import focused, typed
from tests.driver import Agent, Campaign, Driver, an_order

DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "has_touch": False, "is_mobile": False}
PHONE = {"width": 360, "height": 740}
TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


class World(msgspec.Struct, frozen=True):
    """A region of its own with one shop in it, the key of its till, and goods that were sold there before."""

    region: str
    till: str
    sku: str
    product_id: str


async def a_marketer(driver: Driver, opened: Opened) -> Page:
    """Somebody who makes campaigns, logged in and at the list of them."""
    body = {"login": f"m{uuid4().hex[:8]}", "name": "Марина", "role": "marketer", "program_id": await driver.program()}
    hired = await driver.owner("POST", "/v1/staff", body | {"changes_password": False})
    page = await opened("/staff/console", **DESK)
    await focused(page)
    await page.keyboard.type(body["login"])
    await page.keyboard.press("Tab")
    await typed(page, hired["password"])
    return page


async def a_world(driver: Driver) -> World:
    region, path = f"Урал {uuid4().hex[:4]}", f"/v1/programs/{await driver.program()}"
    shop = await driver.owner(
        "POST", f"{path}/shops", {"code": uuid4().hex[:8], "name": "Тёплый дом", "region": region}
    )
    names = {"name_ru": "Котёл настенный 24 кВт", "name_en": "Wall-hung boiler 24 kW"}
    product = await driver.owner("POST", f"{path}/products", {"sku": f"K-{uuid4().hex[:6]}"} | names)
    world = World(region, await driver.staff(shop["id"], "terminal"), product["sku"], product["id"])
    earlier, agent = await driver.promo_campaign(10**8, 10**8), await driver.agent()
    promo = await driver.promo_new(agent, earlier)
    for amount_minor in (4_500_000, 5_500_000):
        await sold(driver, world, promo, amount_minor)
    return world


async def sold(driver: Driver, world: World, promo: str, amount_minor: int) -> None:
    """An order of the goods with a code, and everything that follows from it."""
    line = {"ref": "1", "sku": world.sku, "quantity": 1, "amount_minor": amount_minor}
    (await driver.promo_redeem(world.till, promo, an_order() | {"lines": [line]})).raise_for_status()
    await driver.advance_jobs()


async def fill_in(page: Page, world: World, name: str) -> None:
    """The whole form with nothing but the keyboard."""
    await expect(page.get_by_label("Название")).to_be_focused()
    # Name, what for, goods, regions, shops, groups, bonus, how much, cap.
    await tabbed(page, name, "", world.sku, world.region, "", "", "", "3", "")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    # How much off, cap, the two shares.
    await tabbed(page, "5", "", "", "")
    await page.get_by_label("Последний день").fill("2036-12-31")
    await page.get_by_label("Бюджет бонусов").focus()
    await tabbed(page, "2000", "5000")


async def tabbed(page: Page, *words: str) -> None:
    """Type into one field after the other, with Tab between them."""
    for word in words:
        await page.keyboard.type(word)
        await page.keyboard.press("Tab")


async def press(page: Page, name: str) -> None:
    """A button, by the keyboard."""
    await page.get_by_role("button", name=name).focus()
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_an_offer_is_made_by_the_keyboard_and_stands_in_the_figures(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    world = await a_world(driver)
    page = await a_marketer(driver, opened)
    await pictured(page, "console-campaigns", full_page=True)

    await page.get_by_role("link", name="Новая кампания").focus()
    await page.keyboard.press("Enter")
    await fill_in(page, world, f"Котлы, {world.region}")
    await pictured(page, "console-form", full_page=True)
    await press(page, "Показать условия и цену")

    # 5 % off 100,000 roubles, and 3 % of the rest: more than the budget has.
    cost = page.locator("section", has_text="Сколько это стоило бы за прошлый год")
    await expect(cost.get_by_role("definition").filter(has_text="5\u00a0000\u00a0₽")).to_be_visible()
    await expect(cost.get_by_role("definition").filter(has_text="2\u00a0850\u00a0бонусов")).to_be_visible()
    await expect(page.get_by_text("Бюджет бонусов кончился бы")).to_be_visible()
    await expect(page.get_by_text("3% of the price as bonuses")).to_be_visible()
    await pictured(page, "console-draft", full_page=True)
    await press(page, "Запустить")
    await expect(page.get_by_text("идёт", exact=True)).to_be_visible()

    agent, campaign_id = await driver.agent(), page.url.rpartition("/")[2]
    promo = await driver.promo_new(agent, Campaign(campaign_id, await driver.program(), world.product_id))
    await sold(driver, world, promo, 1_000_000)
    await looked_at(page, pictured, agent, promo)
    await on_a_telephone(page, pictured, campaign_id)


async def looked_at(page: Page, pictured: Pictured, agent: Agent, promo: str) -> None:
    """The purchase stands in each table, and in the file."""
    await page.get_by_role("link", name="Цифры").click()
    await expect(page.get_by_role("definition").filter(has_text="9\u00a0500\u00a0₽")).to_be_visible()
    await expect(page.get_by_role("definition").filter(has_text="меньше 5")).to_be_visible()
    await pictured(page, "console-figures", full_page=True)
    async with page.expect_download() as kept:
        await page.get_by_role("link", name="CSV").click()
    path = await (await kept.value).path()
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    assert rows[-1] == ["Всего", "1", "9500.00", "500.00", "", ""]
    await page.get_by_role("link", name="Покупки").click()
    await expect(page.get_by_role("cell", name=promo)).to_be_visible()
    await pictured(page, "console-redemptions", full_page=True)
    await page.get_by_role("link", name="Промокоды").click()
    await expect(page.get_by_role("cell", name=agent.alias)).to_be_visible()
    await pictured(page, "console-codes", full_page=True)


async def on_a_telephone(page: Page, pictured: Pictured, campaign_id: str) -> None:
    """No page is wider than the telephone that shows it."""
    await page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    for name, path in {
        "campaigns": "",
        "form": "/new",
        "campaign": f"/campaigns/{campaign_id}",
        "figures": f"/figures?by=product&campaign={campaign_id}",
        "redemptions": "/redemptions",
    }.items():
        await page.goto(f"/staff/console{path}")
        await pictured(page, f"console-{name}-phone", full_page=True)
        assert not await page.evaluate(TOO_WIDE), name
