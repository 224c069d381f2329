import re
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import lose, picture_of, start, text_of, with_money
from tests.browser.test_till import OLD_PC, focused, typed
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

# All that a page of this phone could read without a network.
KEPT = """async () => {
    const facts = await new Promise((resolve) => {
        indexedDB.open("naparnik").onsuccess = ({ target }) => {
            const asked = target.result.transaction("facts").objectStore("facts").getAll();
            asked.onsuccess = () => resolve(asked.result);
        };
    });
    const names = await caches.keys();
    const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return JSON.stringify([facts, requests.flat().map((one) => one.url), { ...localStorage }, { ...sessionStorage }]);
}"""


async def offered(page: Page, driver: Driver, reward_id: str, language: str = "ru") -> Locator:
    """A reward in the catalogue of the app."""
    rewards = (await driver.owner("GET", f"/v1/programs/{await driver.program()}/rewards"))["rewards"]
    name = next(one[f"name_{language}"] for one in rewards if one["id"] == reward_id)
    await page.goto("/app/#rewards")
    return page.locator(".reward", has_text=name)


async def bought(page: Page, driver: Driver, reward_id: str) -> None:
    reward = await offered(page, driver, reward_id)
    await reward.get_by_role("button", name="Взять за").click()
    await reward.get_by_role("button", name="Да, отдать").click()


async def a_cashier(driver: Driver, opened: Opened) -> Page:
    """A cashier at her old PC, where services are given."""
    body = {"login": f"c{uuid4().hex[:8]}", "name": "Ольга", "role": "cashier", "shop_id": await driver.shop("S-V")}
    hired = await driver.owner("POST", "/v1/staff", body | {"changes_password": False})
    page = await opened("/staff/till/vouchers", **OLD_PC)
    await focused(page)
    await page.keyboard.type(body["login"])
    await page.keyboard.press("Tab")
    await typed(page, hired["password"])
    return page


async def test_a_scan_ends_as_a_gift_card_whose_code_is_shown_at_each_look_and_kept_nowhere(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    code = f"Q7PX-{uuid4().hex[:8].upper()}"
    card = await driver.gift_card(code, price_minor=400_00)
    page = await opened("/app/", permissions=["clipboard-read", "clipboard-write"])
    await with_money(page, driver)
    await page.get_by_role("link", name="Потратить бонусы").click()
    await expect(page.locator(".reward").first).to_be_visible()
    await pictured(page, "app-rewards-ru")

    await bought(page, driver, card)

    await expect(page.locator("output")).to_have_text(code)
    await pictured(page, "app-gift-card-ru")
    await page.get_by_role("button", name="Скопировать").click()
    await expect(page.get_by_text("Скопировано", exact=True)).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == code
    await page.reload()
    await expect(page.locator("output")).to_have_text(code)
    assert code not in await page.evaluate(KEPT)
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("50")


async def test_what_is_too_dear_or_gone_cannot_be_taken(opened: Opened, driver: Driver) -> None:
    dear, gone = await driver.gift_card("DEAR", price_minor=1_000_00), await driver.gift_card(price_minor=100_00)
    page = await opened("/app/")
    await start(page)

    refused = [await offered(page, driver, reward) for reward in (dear, gone)]

    await expect(refused[0]).to_contain_text(re.compile("Не хватает: 1.000"))
    await expect(refused[1]).to_contain_text("Сейчас закончилось")
    assert [await reward.get_by_role("button").count() for reward in refused] == [0, 0]


async def test_an_order_whose_answer_is_lost_buys_one_card_in_whatever_language_it_is_repeated(
    opened: Opened, driver: Driver
) -> None:
    card = await driver.gift_card("ONE", "TWO", price_minor=100_00)
    page = await opened("/app/")
    await with_money(page, driver)

    async def lose_orders(route: Route) -> None:
        await (lose(route) if route.request.method == "POST" else route.continue_())

    await page.route("**/v1/reward-orders", lose_orders)
    await bought(page, driver, card)
    await expect(page.get_by_role("alert")).to_have_text("Сети нет.")
    await page.unroute("**/v1/reward-orders")
    await page.goto("/app/#me")
    await page.get_by_role("button", name="Eng").click()
    reward = await offered(page, driver, card, "en")
    await reward.get_by_role("button", name="Take it for").click()
    await reward.get_by_role("button", name="Yes, pay").click()

    await expect(page.locator("output")).to_have_text(re.compile("ONE|TWO"))
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("350")


async def test_a_cashier_scans_the_voucher_on_her_page_and_the_phone_says_that_it_was_given(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    visit = await driver.service(price_minor=200_00)
    phone = await opened("/app/", color_scheme="dark")
    await with_money(phone, driver)

    await bought(phone, driver, visit)
    voucher = text_of(await picture_of(phone.locator("svg.qr")))
    in_fours = " ".join([voucher[0], *(voucher[i : i + 4] for i in (1, 5, 9, 13))])
    await expect(phone.locator("output")).to_have_text(in_fours)
    await pictured(phone, "app-voucher-ru-dark", full_page=True)
    counter = await a_cashier(driver, opened)
    await typed(counter, voucher)
    await expect(counter.get_by_role("heading", name="Выдать эту услугу?")).to_be_visible()
    await pictured(counter, "till-voucher")
    await counter.get_by_role("button", name="Услуга оказана").click()

    await expect(counter.get_by_role("heading", name="Услуга оказана")).to_be_visible()
    await expect(phone.get_by_text("Услуга оказана")).to_be_visible()
    await expect(phone.locator("output")).to_have_count(0)


async def test_a_service_that_is_given_back_costs_nothing(opened: Opened, driver: Driver) -> None:
    visit = await driver.service(price_minor=200_00)
    page = await opened("/app/")
    await with_money(page, driver)
    await bought(page, driver, visit)
    voucher = text_of(await picture_of(page.locator("svg.qr")))

    await page.get_by_text("Передумал").click()
    await page.get_by_role("button", name="Вернуть").click()

    await expect(page.get_by_text("бонусы вернулись")).to_be_visible()
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("450")
    assert (await driver.voucher_give(await driver.pos("S-V"), voucher)).status_code == 410
