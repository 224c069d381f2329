import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import kept_for_offline, next_one, registration_of, start, type_code
from tests.browser.test_app_rewards import bought
from tests.calls import until
from tests.driver import Driver
from tests.installation import Installation

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

STORE = """(states) => new Promise((resolve) => {
    indexedDB.open("naparnik").onsuccess = ({ target }) => {
        const asked = target.result.transaction("evidence").objectStore("evidence").getAll();
        asked.onsuccess = () => resolve(asked.result.map((one) => one.state).sort());
    };
})"""


# A browser without a screen lets nobody register; what it was asked for is kept, and the event comes by its protocol.
REGISTERED = "window.tags = []; SyncManager.prototype.register = async (tag) => void window.tags.push(tag);"


async def stored(page: Page, states: list[str]) -> None:
    """Wait until each scan on the phone is as far as this."""
    await until(lambda: page.evaluate(STORE), lambda seen: seen == states)


async def test_scans_without_a_network_outlive_a_reload_and_are_paid_once(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    campaign = await driver.campaign(1_000_00, 100_00)
    codes = await driver.mint(3, campaign)
    page = await opened("/app/")
    await start(page)
    await kept_for_offline(page)

    await page.context.set_offline(True)
    for code in codes[:2]:
        answer = await type_code(page, code)
        await expect(answer).to_contain_text("Сохранено")
        await next_one(page)
    await page.reload()
    answer = await type_code(page, codes[2])
    await expect(answer).to_contain_text("Сохранено")
    await pictured(page, "app-kept-ru")
    await next_one(page)
    await page.goto("/app/#wallet")
    await expect(page.get_by_text("3 не отправлены, в сохранности")).to_be_visible()
    await pictured(page, "app-offline-ru")
    await stored(page, ["queued"] * 3)
    await page.context.set_offline(False)

    await expect(page.locator(".sum b")).to_have_text("300")
    await stored(page, ["accepted"] * 3)
    assert await driver.spent(campaign) == 300_00


async def test_an_answer_that_is_lost_in_the_air_costs_nothing_and_pays_once(opened: Opened, driver: Driver) -> None:
    campaign = await driver.campaign(1_000_00, 100_00)
    [code] = await driver.mint(1, campaign)
    page = await opened("/app/")
    await start(page)

    lost = asyncio.Event()

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()
        lost.set()

    await page.route("**/v1/scans/batch", lose)
    answer = await type_code(page, code)
    await lost.wait()
    await expect(answer).to_contain_text("Сохранено")
    await page.unroute("**/v1/scans/batch")
    await next_one(page)
    await page.goto("/app/#queue")
    await page.get_by_role("button", name="Отправить сейчас").click()

    await expect(page.get_by_text("Всё отправлено.")).to_be_visible()
    await stored(page, ["accepted"])
    await driver.advance_jobs()
    assert await driver.spent(campaign) == 100_00


async def test_after_a_restored_backup_the_phone_sends_again_what_it_kept(opened: Opened, driver: Driver) -> None:
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 100_00))
    page = await opened("/app/")
    await start(page)
    await expect(await type_code(page, code)).to_contain_text("Принято")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/scans/batch") else None)

    await page.evaluate("""new Promise((resolve) => {
        indexedDB.open("naparnik").onsuccess = ({ target }) => {
            const change = target.result.transaction("facts", "readwrite");
            change.objectStore("facts").put("another epoch", "epoch");
            change.oncomplete = resolve;
        };
    })""")
    async with page.expect_request(lambda request: request.url.endswith("/scans/batch")):
        await page.reload()
        await page.goto("/app/#wallet")

    await expect(page.get_by_text("Принято")).to_be_visible()
    await expect(page.locator(".notice.link")).to_have_count(0)
    assert len(sent) == 1
    await stored(page, ["accepted"])


async def test_what_was_scanned_is_sent_by_the_browser_itself_while_the_app_is_closed(
    opened: Opened, driver: Driver, installation: Installation
) -> None:
    campaign = await driver.campaign(1_000_00, 100_00)
    codes = await driver.mint(2, campaign)
    page = await opened("/app/")
    await page.add_init_script(REGISTERED)
    await start(page)
    await kept_for_offline(page)
    await page.context.set_offline(True)
    for code in codes:
        await expect(await type_code(page, code)).to_contain_text("Сохранено")
        await next_one(page)
    assert set(await page.evaluate("window.tags")) == {"flush"}

    elsewhere = await page.context.new_page()
    await page.close()
    await page.context.set_offline(False)
    protocol = await elsewhere.context.new_cdp_session(elsewhere)
    event = {"origin": installation.origin, "tag": "flush", "lastChance": False}
    registration = await registration_of(protocol)
    await protocol.send("ServiceWorker.dispatchSyncEvent", event | {"registrationId": registration})

    await until(lambda: driver.spent(campaign), lambda spent: spent == 200_00)
    again = await page.context.new_page()
    await again.goto("/app/")
    await expect(again.locator(".sum b")).to_have_text("200")
    await stored(again, ["accepted"] * 2)


async def test_a_phone_whose_clock_is_wrong_by_a_day_scans_at_the_right_time_and_is_paid(
    opened: Opened, driver: Driver
) -> None:
    card = await driver.gift_card("CLOCK", price_minor=100_00)
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 100_00))
    page = await opened("/app/")
    await page.clock.install(time=datetime.now(UTC) + timedelta(days=1))
    await page.reload()
    await start(page)

    await page.context.set_offline(True)
    await expect(await type_code(page, code)).to_contain_text("Сохранено")
    [told] = await page.evaluate(STORE.replace("one.state", "one.scannedAt"), [])
    await page.context.set_offline(False)

    assert abs(datetime.fromisoformat(told) - datetime.now(UTC)) < timedelta(hours=1)
    await expect(page.locator(".badge")).to_have_count(0)
    # What moves money is signed by the same clock.
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("100")
    await bought(page, driver, card)
    await expect(page.locator("output")).to_have_text("CLOCK")
