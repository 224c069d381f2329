import json

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import kept_for_offline, registration_of, start, token_of, type_code
from tests.calls import until
from tests.driver import Driver
from tests.installation import Installation
from tests.push_service import Browser, PushService

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

# The browser's own half lies with a service in the world; all of ours is real.
SUBSCRIBED = """(subscription) => {
    const own = { endpoint: subscription.endpoint, toJSON: () => subscription, unsubscribe: async () => true };
    PushManager.prototype.subscribe = async () => own;
}"""

# A browser without a screen has nowhere to show a notice, nor anybody who taps one.
SHOWN = """() => {
    self.shown = [];
    ServiceWorkerRegistration.prototype.showNotification = async (title, { body }) => {
        self.shown.push(`${title}: ${body}`);
    };
}"""
TAPPED = """() => {
    const tapped = new ExtendableEvent("notificationclick");
    tapped.notification = { close() {} };
    self.dispatchEvent(tapped);
}"""


async def deliver(page: Page, installation: Installation, message: bytes) -> None:
    """What the browser does with a message that came for it."""
    protocol = await page.context.new_cdp_session(page)
    registration = await registration_of(protocol)
    told = {"origin": installation.origin, "registrationId": registration, "data": message.decode()}
    await protocol.send("ServiceWorker.deliverPushMessage", told)


async def test_a_bonus_wakes_the_phone_that_asked_for_it_and_says_nothing_of_its_owner(
    opened: Opened, driver: Driver, installation: Installation, pushes: PushService, pictured: Pictured
) -> None:
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 450_00))
    phone = Browser()
    page = await opened("/app/", permissions=["notifications"])
    await start(page)
    await kept_for_offline(page)
    await page.evaluate(SUBSCRIBED, phone.subscription(f"{pushes.origin}/a-phone"))

    await page.get_by_role("link", name="Я", exact=True).click()
    await page.get_by_role("button", name="Уведомления").click()
    await page.get_by_label("Не беспокоить ночью").uncheck()
    await page.get_by_label("Бонусы можно тратить").uncheck()
    await pictured(page, "app-notices-ru")
    await page.get_by_role("button", name="Включить уведомления").click()
    await expect(page.get_by_text("Сохранено. Об этом телефон сообщит.")).to_be_visible()
    await type_code(page, code)

    async def arrived() -> list[bytes]:
        return [body for path, _, body in pushes.arrived if path == "/a-phone"]

    [sealed] = await until(arrived, lambda found: len(found) == 1)
    [worker] = page.context.service_workers
    await worker.evaluate(SHOWN)
    await deliver(page, installation, phone.opened(sealed))
    assert json.loads(phone.opened(sealed)) == {"kind": "credited"}
    assert await until(lambda: worker.evaluate("self.shown"), bool) == ["Напарник: Начислен бонус"]

    await worker.evaluate(TAPPED)
    await expect(page.get_by_role("heading", name="Журнал")).to_be_visible()


async def test_who_takes_it_back_is_woken_no_more(opened: Opened, driver: Driver, pushes: PushService) -> None:
    page = await opened("/app/", permissions=["notifications"], locale="en-GB")
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator(".sum")).to_be_visible()
    await page.evaluate(SUBSCRIBED, Browser().subscription(f"{pushes.origin}/b-phone"))
    await page.goto("/app/#notices")
    await page.get_by_role("button", name="Wake this phone").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()

    await page.get_by_role("button", name="Leave me alone").click()

    await expect(page.get_by_text("This phone is not woken any more.")).to_be_visible()
    answer = await driver.call("GET", "/v1/push", token=await token_of(page))
    assert answer.json()["subscriptions"] == []


async def test_where_nobody_is_woken_nothing_offers_it(opened: Opened) -> None:
    page = await opened("/app/")
    await start(page)
    await page.route("**/v1/push", lambda route: route.fulfill(json={"public_key": None, "subscriptions": []}))

    async with page.expect_response("**/v1/push"):
        await page.get_by_role("link", name="Я", exact=True).click()

    await expect(page.get_by_role("button", name="Выписка")).to_be_visible()
    await expect(page.get_by_role("button", name="Уведомления")).to_have_count(0)
