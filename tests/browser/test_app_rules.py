from uuid import uuid4

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import start
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


async def test_rules_are_read_before_the_start_and_agreed_to_again_when_they_change(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    path = f"/v1/programs/{await driver.program()}/terms"
    name, first, second = (uuid4().hex[:12] for _ in range(3))
    await driver.owner("POST", path, {"name": name, "text_ru": f"Правила {first}", "text_en": first})
    page = await opened("/app/")

    await page.get_by_role("group").filter(has_text=first).locator("summary").click()
    await expect(page.get_by_text(f"Правила {first}")).to_be_visible()
    await pictured(page, "app-rules-ru")
    await start(page)
    await expect(page.get_by_text("Правила изменились")).to_have_count(0)
    await driver.owner("POST", path, {"name": name, "text_ru": f"Правила {second}", "text_en": second})
    await page.reload()
    await page.get_by_text("Правила изменились").click()
    await expect(page.get_by_text(f"Правила {second}")).to_be_visible()
    await pictured(page, "app-rules-changed-ru")
    await page.get_by_role("button", name="Принимаю").click()

    await expect(page.get_by_text("Правила изменились")).to_have_count(0)
    await page.reload()
    await expect(page.locator(".sum")).to_be_visible()
    await expect(page.get_by_text("Правила изменились")).to_have_count(0)
