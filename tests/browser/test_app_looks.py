from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessible import faults, unmarked
from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import token_of
from tests.browser.test_app import UNKNOWN
from tests.driver import Driver
from tests.receipts.purchases import a_line, document

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

# What each screen shows once its answers are there.
SCREENS = {
    "scan": ".tools",
    "wallet": ".row",
    "journal": ".row",
    "codes": ".card button",
    "me": ".list",
    "receipt": ".row",
    "recovery": ".choices",
    "devices": ".row",
    "queue": ".empty",
    "rewards": ".reward",
    "statement": ".row",
    "notices": ".primary:enabled",
    "appeals": ".dispute",
}
NARROW = {"width": 320, "height": 640}
LOOKS: dict[str, dict[str, Any]] = {
    "ru-light": {"locale": "ru-RU", "color_scheme": "light"},
    "en-dark": {"locale": "en-GB", "color_scheme": "dark"},
}
BEGIN = {"ru-light": "Начать", "en-dark": "Start"}
TYPE = {"ru-light": ("Ввести", "Засчитать"), "en-dark": ("Type", "Claim it")}


async def judged(page: Page, pictured: Pictured, name: str) -> list[str]:
    """The faults of a screen, with its picture kept."""
    await pictured(page, f"look-{name}", full_page=True)
    return [f"{name}: {fault}" for fault in await faults(page)]


async def lived(page: Page, driver: Driver, campaign_id: str) -> None:
    """What fills the lists of somebody who has been here for a while."""
    token = await token_of(page)
    receipt = {"document": document(a_line("Хлеб бородинский нарезной", 45_00), i=uuid4().int % 10**9)}
    appeal = {"words": "Упаковка у меня в руках.", "code": UNKNOWN}
    code = {"campaign_id": campaign_id}
    for path, body in (
        ("receipts", receipt | {"program_id": await driver.program()}),
        ("disputes", appeal),
        ("promo-codes", code),
    ):
        (await driver.call("POST", f"/v1/{path}", body, token=token)).raise_for_status()


@pytest.mark.parametrize("look", LOOKS)
async def test_every_screen_is_named_legible_and_fits_a_narrow_phone(
    opened: Opened, driver: Driver, pictured: Pictured, look: str
) -> None:
    await driver.gift_card("A-CARD", price_minor=50_00)
    await driver.service(price_minor=900_00)
    campaign = await driver.promo_campaign(1_000_00, 1_000_00)
    codes = await driver.mint(1, await driver.campaign(1_000_00, 450_00))
    page = await opened("/app/", viewport=NARROW, **LOOKS[look])
    begin = page.get_by_role("button", name=BEGIN[look], exact=True)
    await expect(begin).to_be_visible()
    found = await judged(page, pictured, f"welcome-{look}")
    await begin.click()

    await expect(page.locator(".sum")).to_be_visible()
    await lived(page, driver, campaign.id)
    for number, code in enumerate([*codes, UNKNOWN]):
        await page.goto("/app/#scan")
        await page.get_by_role("button", name=TYPE[look][0]).click()
        await page.locator("[name=code]").fill(code)
        found += await judged(page, pictured, f"typing-{look}")
        await page.get_by_role("button", name=TYPE[look][1]).click()
        await expect(page.locator(".result .worth, .result .appeal")).not_to_have_count(0)
        await expect(page.locator(".result.queued")).to_have_count(0)
        found += await judged(page, pictured, f"result-{number}-{look}")
        await page.locator(".result .next").click()
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("450")
    for screen, there in SCREENS.items():
        await page.goto(f"/app/#{screen}")
        await expect(page.locator(f"main.{screen} {there}").first).to_be_attached()
        found += await judged(page, pictured, f"{screen}-{look}")
    await page.goto("/app/#rewards")
    await page.locator(".reward button").first.click()
    await page.locator(".sure button").first.click()
    await expect(page.locator("output")).to_be_visible()
    found += await judged(page, pictured, f"order-{look}")

    assert found == []


async def test_whoever_uses_the_keyboard_sees_where_he_is(opened: Opened) -> None:
    page = await opened("/app/")
    await page.get_by_role("button", name="Начать").click()
    await expect(page.locator(".sum")).to_be_visible()
    found = []

    for screen in ("wallet", "me", "notices", "scan"):
        await page.goto(f"/app/#{screen}")
        await expect(page.locator("h1")).to_have_count(1)
        found += [f"{screen}: {one}" for one in await unmarked(page)]

    assert found == []
