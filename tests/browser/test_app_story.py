import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opened, Pictured, Shown
from tests.browser.hands import kept_for_offline, next_one, start
from tests.browser.labels import before_the_camera, label_of
from tests.browser.test_app_rewards import bought
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


async def test_an_installer_with_a_slow_phone_scans_in_a_cellar_is_paid_buys_a_card_and_reads_why(
    opened: Opened, driver: Driver, shown: Shown, pictured: Pictured
) -> None:
    card = await driver.gift_card("STORY-CARD", price_minor=400_00)
    batch = await driver.batch(1, await driver.campaign(1_000_00, 450_00))
    label = await label_of(driver, batch)
    await driver.activate(batch)
    shown(before_the_camera(label))
    page = await opened("/app/", permissions=["camera"])
    slow = await page.context.new_cdp_session(page)
    await slow.send("Emulation.setCPUThrottlingRate", {"rate": 6})

    # He starts where there is a network, then goes down.
    await start(page)
    await kept_for_offline(page)
    await page.context.set_offline(True)
    await page.get_by_role("link", name="Скан", exact=True).click()
    await expect(page.locator(".result")).to_contain_text("Сохранено")
    await pictured(page, "story-1-kept")
    await next_one(page)

    # He comes up again, and is paid.
    await page.context.set_offline(False)
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("450")
    await pictured(page, "story-2-paid")

    # He buys a card.
    await page.get_by_role("link", name="Потратить бонусы").click()
    await bought(page, driver, card)
    await expect(page.locator("output")).to_have_text("STORY-CARD")
    await pictured(page, "story-3-card")
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("50")

    # He reads why.
    await page.goto("/app/#journal")
    await page.get_by_text("Начислено: 450 бонусов.").click()
    await expect(page.locator(".why")).to_contain_text("товар участвует")
    await expect(page.get_by_text("400 бонусов")).to_be_visible()
    await pictured(page, "story-4-why")
