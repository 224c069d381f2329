import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opened
from tests.browser.hands import start
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


async def test_a_word_from_a_training_opens_what_is_for_its_group(opened: Opened, driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000_00, 1_000_00, eligibility={"segments": ["Монтажники"]})
    path = f"/v1/programs/{await driver.program()}/segments/Монтажники/words"
    made = await driver.owner("POST", path, {"ends_at": "2100-01-01T00:00:00Z", "uses_max": 30})
    page = await opened("/app/")
    await start(page)
    await page.goto("/app/#me")

    await page.get_by_text("Группы", exact=True).click()
    await page.get_by_label("Слово группы").fill("22222-22222")
    await page.get_by_role("button", name="Вступить").click()
    await expect(page.get_by_role("alert")).to_contain_text("По этому слову вступить нельзя")
    await page.get_by_label("Слово группы").fill(made["word"].lower())
    await page.get_by_role("button", name="Вступить").click()

    await expect(page.get_by_text("Вы в группах: Монтажники.")).to_be_visible()
    await page.goto("/app/#codes")
    await expect(page.locator(".card", has_text=campaign.product_id)).to_be_visible()
