import io
from typing import Any

import pytest
from playwright.async_api import FilePayload, Page, expect

from codes.alphabet import ALPHABET
from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import next_one, start
from tests.browser.labels import label_of
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

# The keys of the phone's own keyboard come out as Cyrillic while it is set to Russian.
RUSSIAN = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", strict=True))
PRESSED = """(keys) => {
    for (const [key, code] of keys) {
        const pressed = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true });
        document.activeElement.dispatchEvent(pressed);
    }
}"""
# A phone whose camera has a light and comes nearer, and what it was told.
GIFTED = """
window.told = [];
MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true, zoom: { min: 1, max: 8, step: 0.5 } });
MediaStreamTrack.prototype.getSettings = () => ({ zoom: 2 });
MediaStreamTrack.prototype.applyConstraints = async ({ advanced: [one] }) => void window.told.push(one);
"""
# A disk that has no room takes a change back.
FULL = """() => {
    const { put } = IDBObjectStore.prototype;
    window.free = () => { IDBObjectStore.prototype.put = put; };
    IDBObjectStore.prototype.put = function (...kept) {
        const asked = put.apply(this, kept);
        this.transaction.abort();
        return asked;
    };
}"""


async def scanning(page: Page) -> None:
    """The screen of the camera, ready."""
    await page.goto("/app/#scan")
    await expect(page.get_by_role("button", name="Подряд")).to_be_visible()


async def test_a_scanner_types_twenty_boxes_in_a_row_wherever_the_focus_is(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    codes = await driver.mint(21, await driver.campaign(10_000_00, 100_00))
    [other] = await driver.mint(1, await driver.campaign(1_000_00, 120_00))
    page = await opened("/app/")
    await start(page)
    await scanning(page)
    answer = page.locator(".result")

    await page.keyboard.type(f"{codes[0]}\n")
    await expect(answer).to_contain_text("+100 бонусов")
    # "Next" has the focus now, and Enter would press it.
    await page.keyboard.type(f"HTTPS://TD.EXAMPLE/C/{other}\n")
    await expect(answer).to_contain_text("+120 бонусов")
    await next_one(page)
    await page.get_by_role("button", name="Подряд").click()
    for code in codes[1:]:
        await page.keyboard.type(f"{code}\n")

    await expect(page.locator(".hint")).to_have_text("20 подряд · +2\xa0000 бонусов")
    await pictured(page, "app-twenty-ru")
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("2\xa0220")


async def test_a_scanner_is_understood_while_the_phone_is_set_to_russian(opened: Opened, driver: Driver) -> None:
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 100_00))
    page = await opened("/app/")
    await start(page)
    await scanning(page)
    await page.get_by_role("button", name="Ввести").click()

    keys = [(RUSSIAN.get(one, one), f"Key{one}" if one in RUSSIAN else f"Digit{one}") for one in code]
    await page.evaluate(PRESSED, [*keys, ("Enter", "Enter")])

    await expect(page.locator(".result")).to_contain_text("+100 бонусов")


async def test_a_wrong_symbol_is_seen_while_it_is_typed_and_repaired_where_that_is_certain(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 100_00))
    wrong = code[:5] + ALPHABET[(ALPHABET.index(code[5]) + 1) % len(ALPHABET)] + code[6:]
    page = await opened("/app/")
    await start(page)
    await scanning(page)
    await page.get_by_role("button", name="Ввести").click()
    keys = page.get_by_role("group", name="Знаки")

    for symbol in wrong:
        await keys.get_by_role("button", name=symbol, exact=True).click()
    await expect(page.get_by_text("в одном знаке ошибка")).to_be_visible()
    await pictured(page, "app-typing-wrong-ru")
    await page.get_by_role("button", name="Засчитать").click()

    answer = page.locator(".result")
    await expect(answer).to_contain_text("+100 бонусов")
    await expect(answer).to_contain_text(f"Прочитано как {' '.join(code[i : i + 4] for i in (0, 4, 8, 12))}")


async def test_a_photo_of_a_printed_label_counts_and_its_bars_say_nothing(opened: Opened, driver: Driver) -> None:
    batch = await driver.batch(1, await driver.campaign(1_000_00, 100_00))
    label = await label_of(driver, batch)
    await driver.activate(batch)
    page = await opened("/app/")
    await start(page)
    await scanning(page)
    photo = io.BytesIO()
    label.save(photo, "JPEG")

    chosen: FilePayload = {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()}
    await page.locator("input[type=file]").set_input_files(chosen)

    await expect(page.locator(".result")).to_contain_text("+100 бонусов")


async def test_the_light_and_the_zoom_are_there_where_the_camera_has_them(opened: Opened, pictured: Pictured) -> None:
    page = await opened("/app/", permissions=["camera"])
    await page.add_init_script(GIFTED)
    await page.reload()
    await start(page)
    await page.goto("/app/#scan")
    light = page.get_by_role("button", name="Свет")

    await light.click()
    await expect(light).to_have_attribute("aria-pressed", "true")
    zoom = page.get_by_role("slider", name="Приближение")
    assert await zoom.input_value() == "2"
    await zoom.fill("4.5")
    await light.click()

    await expect(light).to_have_attribute("aria-pressed", "false")
    told: list[dict[str, Any]] = await page.evaluate("window.told")
    assert told == [{"torch": True}, {"zoom": 4.5}, {"torch": False}]
    await pictured(page, "app-camera-tools-ru")


async def test_a_full_phone_calls_nothing_safe_that_it_has_not_stored(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 100_00))
    page = await opened("/app/")
    await start(page)
    await scanning(page)
    await page.context.set_offline(True)

    await page.evaluate(FULL)
    await page.keyboard.type(f"{code}\n")
    await expect(page.locator(".hint")).to_contain_text("Память телефона заполнена: этот скан не сохранён")
    await pictured(page, "app-full-ru")
    assert await page.locator(".result, .badge").count() == 0
    await page.evaluate("window.free()")
    await page.context.set_offline(False)
    await page.keyboard.type(f"{code}\n")

    await expect(page.locator(".result")).to_contain_text("+100 бонусов")
