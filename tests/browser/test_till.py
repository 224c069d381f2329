import csv
import io
from typing import Any
from uuid import uuid4

import msgspec
from playwright.async_api import Page, expect

from tests.browser.conftest import Opened, Pictured
from tests.driver import Agent, Driver

PIN, COLLEAGUES_PIN = "2580", "1470"
OWN_PASSWORD = "correct horse battery"
# What stands on the counter of a shop that buys nothing new.
OLD_PC: dict[str, Any] = {"viewport": {"width": 1024, "height": 768}, "has_touch": False, "is_mobile": False}


class Counter(msgspec.Struct, frozen=True):
    """A shop with two cashiers by login and password, an agent with a code, and goods with their number."""

    agent: Agent
    promo: str
    gtin: str
    logins: tuple[tuple[str, str], ...]


async def a_counter(driver: Driver) -> Counter:
    program_id, gtin = await driver.program(), "4601234567893"
    shop = await driver.owner(
        "POST", f"/v1/programs/{program_id}/shops", {"code": uuid4().hex[:8], "name": "Тёплый дом"}
    )
    goods = {"sku": "K-24", "name_ru": "Котёл настенный 24 кВт", "name_en": "Wall-hung boiler 24 kW", "gtins": [gtin]}
    await driver.owner("POST", f"/v1/programs/{program_id}/products", goods)
    campaign = await driver.promo_campaign(10**8, 10**8)
    agent = await driver.agent()
    logins = []
    for name in ("Ольга", "Вера"):
        body = {"login": f"c{uuid4().hex[:8]}", "name": name, "role": "cashier", "shop_id": shop["id"]}
        hired = await driver.owner("POST", "/v1/staff", body)
        logins.append((body["login"], hired["password"]))
    return Counter(agent, await driver.promo_new(agent, campaign), gtin, tuple(logins))


async def typed(page: Page, *words: str) -> None:
    """Type like a person or a hand scanner: into whatever has the focus, with Enter behind it."""
    for word in words:
        await focused(page)
        await page.keyboard.type(word)
        async with page.expect_navigation():
            await page.keyboard.press("Enter")


async def focused(page: Page) -> None:
    """Wait until something of the page has the focus: a browser gives it a moment after the page is there."""
    await page.wait_for_function("document.activeElement !== document.body")


async def log_in(page: Page, login: str, password: str, pin: str) -> None:
    """Come in by name and the password that was handed out, choose a password of one's own, and set the PIN."""
    await focused(page)
    await page.keyboard.type(login)
    await page.keyboard.press("Tab")
    await typed(page, password)
    await expect(page.get_by_role("note")).to_contain_text("Сначала придумайте свой")
    await page.get_by_label("Новый пароль").fill(OWN_PASSWORD)
    await page.locator("#own-password").fill(password)
    await page.get_by_role("button", name="Сменить пароль").click()
    await page.get_by_role("status").wait_for()
    await page.get_by_label("Новый ПИН").fill(pin)
    await page.locator("#pin-password").fill(OWN_PASSWORD)
    await page.get_by_role("button", name="Задать ПИН").click()
    await page.get_by_role("status").wait_for()


async def test_a_cashier_sells_undoes_and_hands_over_with_nothing_but_the_keyboard(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    counter = await a_counter(driver)
    colleague = await opened("/staff/login", **OLD_PC)
    await log_in(colleague, *counter.logins[1], COLLEAGUES_PIN)
    page = await opened("/staff/till", **OLD_PC)
    await pictured(page, "till-login")
    await log_in(page, *counter.logins[0], PIN)

    await page.goto("/staff/till")
    await typed(page, PIN)
    await pictured(page, "till-code")
    await typed(page, counter.promo)
    await typed(page, counter.gtin)
    await expect(page.get_by_label("Цена за штуку")).to_be_focused()
    await pictured(page, "till-goods")
    await typed(page, "45000")
    await typed(page, "")
    await expect(page.get_by_text("ДА", exact=True)).to_be_visible()
    await pictured(page, "till-yes")
    await typed(page, "")
    await expect(page.get_by_role("heading", name="Продажа проведена")).to_be_visible()
    await pictured(page, "till-sold")
    assert (await driver.settled(counter.agent, 128_250)).whole_minor == 128_250

    # Undone by the keyboard, too.
    await page.get_by_role("button", name="Отменить продажу").focus()
    await typed(page, "")
    await expect(page.get_by_role("heading", name="Отменена")).to_be_visible()
    assert (await driver.wallet(counter.agent)).whole_minor == 0

    # Another customer, who has just a sum.
    await typed(page, "")
    await typed(page, counter.promo)
    await focused(page)
    await page.keyboard.press("Tab")
    await typed(page, "1000,50", "", "")
    await expect(page.get_by_role("heading", name="Продажа проведена")).to_be_visible()

    await page.goto("/staff/till/shift")
    await pictured(page, "till-shift")
    await page.get_by_label("Логин сменщика").focus()
    await page.keyboard.type(counter.logins[1][0])
    await page.keyboard.press("Tab")
    await typed(page, COLLEAGUES_PIN)
    await expect(page.get_by_label("Промокод")).to_be_focused()
    await expect(page.get_by_text("Вера")).to_be_visible()

    await page.goto("/staff/till/day")
    await pictured(page, "till-day")
    async with page.expect_download() as waited:
        await page.get_by_role("link", name="Скачать CSV").click()
    rows = list(csv.DictReader(io.StringIO((await (await waited.value).path()).read_text("utf-8-sig"))))
    assert [(row["state"], row["discount"], row["paid"]) for row in rows] == [
        ("succeeded", "50.02", "950.48"),
        ("undone", "2250.00", "42750.00"),
    ]


async def test_the_till_is_at_home_on_a_telephone_and_in_english(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    counter = await a_counter(driver)
    page = await opened("/staff/till")
    await log_in(page, *counter.logins[0], PIN)
    await page.goto("/staff/till")
    await typed(page, PIN)
    await pictured(page, "till-phone-code")

    await typed(page, "NOBODYS")
    await expect(page.get_by_text("НЕТ", exact=True)).to_be_visible()
    await pictured(page, "till-phone-no")
    await page.goto("/staff/till")
    await typed(page, counter.promo, counter.gtin, "45000", "")
    await expect(page.get_by_text("ДА", exact=True)).to_be_visible()
    await pictured(page, "till-phone-yes", full_page=True)
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    await page.goto("/staff/till/paper")
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", name="If this page does not open")).to_be_visible()
    await pictured(page, "till-phone-paper", full_page=True)

    assert not wide
