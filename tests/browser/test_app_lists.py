import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Opened
from tests.browser.hands import start, token_of, with_money
from tests.browser.test_app_rewards import bought
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


async def in_small_pages(page: Page, path: str) -> None:
    """The service itself, asked for two at a time, as if there were hundreds."""

    async def ask(route: Route) -> None:
        asked = re.sub(r"[?&]limit=\d+", "", route.request.url)
        await route.continue_(url=f"{asked}{'&' if '?' in asked else '?'}limit=2")

    await page.route(re.compile(rf"/v1/{path}(\?|$)"), ask)


async def test_orders_of_long_ago_are_found_and_shown(opened: Opened, driver: Driver) -> None:
    card = await driver.gift_card("FIRST", "SECOND", "THIRD", price_minor=100_00)
    page = await opened("/app/")
    await with_money(page, driver)
    shown = set()
    for _ in range(3):
        await bought(page, driver, card)
        await expect(page.locator("output")).to_have_text(re.compile("FIRST|SECOND|THIRD"))
        shown.add(page.url.rsplit("/", 1)[-1])
    await in_small_pages(page, "reward-orders")
    await page.goto("/app/#rewards")
    await page.reload()
    rows = page.locator(".rows a")

    await expect(rows).to_have_count(2)
    await page.get_by_role("button", name="Раньше").click()
    await expect(rows).to_have_count(3)
    await expect(page.get_by_role("button", name="Раньше")).to_have_count(0)
    oldest = min(shown)
    await page.goto(f"/app/#order/{oldest}")
    await page.reload()

    await expect(page.locator("output")).to_have_text(re.compile("FIRST|SECOND|THIRD"))


async def test_the_journal_goes_on_to_its_beginning_and_leaves_nothing_out(opened: Opened, driver: Driver) -> None:
    campaign = await driver.campaign(1_000_00, 100_00)
    codes = await driver.mint(4, campaign)
    page = await opened("/app/")
    await start(page)
    token = await token_of(page)

    async def scan(code: str) -> None:
        (await driver.call("POST", "/v1/scans", {"code": code}, token=token)).raise_for_status()

    await scan(codes[0])
    await page.goto("/app/#journal")
    rows = page.locator(".rows li")
    await expect(rows).to_have_count(2)
    await page.goto("about:blank")
    for code in codes[1:]:
        await scan(code)
    await driver.advance_jobs()

    # Where no stream comes through, all is asked for.
    await page.route("**/v1/events*", lambda route: route.abort())
    await in_small_pages(page, "journal")
    # Until it is answered the phone shows the two entries that it has kept, behind which there are none.
    async with page.expect_response(re.compile(r"/v1/journal\?")):
        await page.goto("/app/#journal")
    await expect(rows).to_have_count(2)
    for seen in (4, 6, 8):
        await page.get_by_role("button", name="Раньше").click()
        await expect(rows).to_have_count(seen)

    assert await rows.filter(has_text="Начислено").count() == 4
