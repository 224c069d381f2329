import pytest
from playwright.async_api import expect

from tests.browser.conftest import Pictured, Restarted
from tests.browser.hands import kept_for_offline, start, type_code
from tests.browser.test_app_offline import stored
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

SCANS = 500
# One scan as the app has kept it, again for each further code.
REPEAT = """(codes) => new Promise((resolve) => {
    indexedDB.open("naparnik").onsuccess = ({ target }) => {
        const change = target.result.transaction("evidence", "readwrite", { durability: "strict" });
        const store = change.objectStore("evidence");
        store.getAll().onsuccess = ({ target: { result: [kept] } }) => {
            for (const code of codes) store.put({ ...kept, id: crypto.randomUUID(), body: { code } });
        };
        change.oncomplete = resolve;
    };
})"""


async def test_five_hundred_scans_outlive_a_killed_browser_and_are_paid_once_by_a_slow_phone(
    restarted: Restarted, driver: Driver, pictured: Pictured
) -> None:
    campaign = await driver.campaign(SCANS * 1_00, 1_00)
    codes = await driver.mint(SCANS, campaign)
    page = await restarted()
    await page.goto("/app/")
    await start(page)
    await kept_for_offline(page)
    await page.context.set_offline(True)
    await expect(await type_code(page, codes[0])).to_contain_text("Сохранено")
    await page.evaluate(REPEAT, codes[1:])

    page = await restarted()
    await page.context.set_offline(True)
    await page.goto("/app/#queue")
    await expect(page.get_by_text("На телефоне сохранено 500 сканов.")).to_be_visible()
    await pictured(page, "app-queue-ru")
    protocol = await page.context.new_cdp_session(page)
    await protocol.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    await page.context.set_offline(False)

    await expect(page.get_by_text("Всё отправлено.")).to_be_visible()
    await stored(page, ["accepted"] * SCANS)
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("500")
    assert await driver.spent(campaign) == SCANS * 1_00
