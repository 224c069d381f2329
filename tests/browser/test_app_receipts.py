import io
import re
from uuid import uuid4

import pytest
import qrcode
from PIL import Image
from playwright.async_api import FilePayload, Page, expect

from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import next_one, start, token_of
from tests.driver import Driver
from tests.receipts.purchases import a_drive, a_line, document, yesterday

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


def photo(image: Image.Image) -> FilePayload:
    written = io.BytesIO()
    image.save(written, "JPEG")
    return {"name": "receipt.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}


async def receipts(page: Page) -> None:
    await page.goto("/app/#receipt")
    await expect(page.get_by_role("heading", name="Чеки")).to_be_visible()


async def test_figures_are_checked_while_they_are_typed_and_handed_in_when_all_are_right(
    opened: Opened, pictured: Pictured
) -> None:
    page = await opened("/app/")
    await start(page)
    await receipts(page)
    await page.get_by_text("Ввести вручную").click()
    time, total, storage = (page.locator(f"[name={name}]") for name in ("t", "s", "fn"))

    await time.press_sequentially("31.02.2026 10:00")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await total.fill("5803")
    await storage.fill("738444")
    await page.locator("[name=i]").fill(str(uuid4().int % 10**9))
    await expect(page.get_by_role("alert")).to_have_text(
        ["Такого дня или часа нет", "С копейками: 5803,00", "В нём 16 цифр"]
    )
    await expect(page.get_by_role("button", name="Сдать чек")).to_be_disabled()
    await pictured(page, "app-receipt-typed-ru", full_page=True)
    await time.fill(f"{yesterday():%d.%m.%Y %H:%M}")
    await total.fill("5803,00")
    await storage.fill(a_drive())
    await page.locator("[name=fp]").fill("4087570038")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await page.get_by_role("button", name="Сдать чек").click()

    answer = page.locator(".result")
    await expect(answer).to_contain_text(re.compile("Принято|Ждёт"))
    await next_one(page)
    await expect(page.locator(".rows")).to_contain_text("5\xa0803")


async def test_a_photo_is_read_on_the_phone_or_by_the_service_and_a_bad_one_is_told(
    opened: Opened, pictured: Pictured
) -> None:
    text = f"t={yesterday():%Y%m%dT%H%M}&s=320.50&fn={a_drive()}&i={uuid4().int % 10**9}&fp=4087570038&n=1"
    page = await opened("/app/")
    await start(page)
    await receipts(page)
    chosen = page.locator("input[type=file]")
    answer = page.locator(".result")

    await chosen.set_input_files(photo(qrcode.make(text).get_image().convert("RGB")))
    await expect(answer).to_contain_text(re.compile("Принято|Ждёт"))
    await next_one(page)
    await chosen.set_input_files(photo(Image.effect_noise((400, 600), 40).convert("RGB")))

    await expect(answer).to_contain_text("На фото нет кода")
    await next_one(page)
    await expect(page.locator(".rows li")).to_have_count(1)
    await pictured(page, "app-receipts-ru")


async def test_each_line_of_a_receipt_says_why_it_pays_or_not(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    page = await opened("/app/")
    await start(page)
    lines = [a_line("Хлеб", 45_00), a_line("Молоко", 90_00)]
    body = {"document": document(*lines, i=uuid4().int % 10**9), "program_id": await driver.program()}
    (await driver.call("POST", "/v1/receipts", body, token=await token_of(page))).raise_for_status()

    await receipts(page)
    await page.locator(".rows summary").first.click()

    await expect(page.locator(".lines li")).to_have_count(2)
    await expect(page.locator(".lines small").first).not_to_be_empty()
    await pictured(page, "app-receipt-lines-ru", full_page=True)
