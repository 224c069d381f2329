import io

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import Opened, Pictured, Shown
from tests.browser.hands import picture_of, scene, with_money
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


async def test_the_old_phone_scans_the_new_one_and_lets_it_in(
    opened: Opened, driver: Driver, shown: Shown, pictured: Pictured
) -> None:
    old = await opened("/app/", permissions=["camera"])
    await with_money(old, driver)
    new = await opened("/app/")
    await new.get_by_role("button", name="У меня уже есть").click()
    await new.get_by_role("button", name="Старый телефон").click()
    shown(scene(await picture_of(new.locator("svg.qr"))))
    await pictured(new, "app-link-ru")

    await old.get_by_role("link", name="Скан", exact=True).click()
    await expect(old.get_by_role("button", name="Впустить")).to_be_visible()
    await pictured(old, "app-let-in-ru")
    await old.get_by_role("button", name="Впустить").click()

    await expect(new.locator(".sum b")).to_have_text("450")
    await new.goto("/app/#devices")
    await expect(new.locator(".row")).to_have_count(2)


async def test_a_saved_qr_brings_the_account_back_from_a_photo_or_by_the_camera(
    opened: Opened, driver: Driver, shown: Shown, pictured: Pictured
) -> None:
    old = await opened("/app/")
    await with_money(old, driver)
    await old.get_by_role("button", name="Не потеряйте").click()
    await old.get_by_role("button", name="Сохранить QR").click()
    qr = scene(await picture_of(old.locator("svg.qr")))
    await old.get_by_role("button", name="Я сохранил").click()
    await expect(old.get_by_text("Сохранено", exact=False)).to_be_visible()
    photo = io.BytesIO()
    qr.save(photo, "PNG")

    second = await opened("/app/")
    await second.get_by_role("button", name="У меня уже есть").click()
    await second.get_by_role("button", name="Есть QR").click()
    await pictured(second, "app-restore-qr-ru")
    taken: FilePayload = {"name": "qr.png", "mimeType": "image/png", "buffer": photo.getvalue()}
    await second.locator("input[type=file]").set_input_files(taken)

    await expect(second.locator(".sum b")).to_have_text("450")
    shown(qr)
    third = await opened("/app/", permissions=["camera"])
    await third.get_by_role("button", name="У меня уже есть").click()
    await third.get_by_role("button", name="Есть QR").click()
    await expect(third.get_by_role("alert")).to_contain_text("уже")
