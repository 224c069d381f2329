import json
import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opened
from tests.browser.hands import lose, start, token_of, with_money
from tests.calls import until
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


async def test_everything_is_taken_along_and_the_account_is_closed_for_good(opened: Opened, driver: Driver) -> None:
    page = await opened("/app/")
    await with_money(page, driver)
    token = await token_of(page)
    await page.goto("/app/#me")
    alias = await page.locator(".alias b").inner_text()

    async with page.expect_download() as handed:
        await page.get_by_role("button", name="Всё, что обо мне хранится").click()
    kept = json.loads((await (await handed.value).path()).read_text())
    await page.get_by_text("Закрыть аккаунт").click()
    await page.get_by_role("button", name="Закрыть навсегда").click()
    await expect(page.get_by_role("alert")).to_contain_text("Потратьте")
    await page.get_by_role("button", name=re.compile("Отказаться")).click()

    await expect(page.get_by_role("button", name="Начать")).to_be_visible()
    assert alias in json.dumps(kept, ensure_ascii=False)
    await until(lambda: driver.call("GET", "/v1/wallet", token=token), lambda answer: answer.status_code == 401)
    databases = """new Promise((resolve) => {
        indexedDB.open("naparnik").onsuccess = ({ target }) => {
            const asked = target.result.transaction("evidence").objectStore("evidence").count();
            asked.onsuccess = () => resolve(asked.result);
        };
    })"""
    assert await page.evaluate(databases) == 0


async def test_an_account_that_was_closed_by_an_answer_that_got_lost_is_forgotten_with_the_next_try(
    opened: Opened,
) -> None:
    page = await opened("/app/")
    await start(page)
    await page.goto("/app/#me")
    await page.route("**/v1/agents/me?*", lose, times=1)

    await page.get_by_text("Закрыть аккаунт").click()
    await page.get_by_role("button", name="Закрыть навсегда").click()
    await expect(page.get_by_role("alert")).to_have_text("Сети нет.")
    await page.get_by_role("button", name="Закрыть навсегда").click()

    await expect(page.get_by_role("button", name="Начать")).to_be_visible()
