import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Opened
from tests.browser.hands import start
from tests.calls import until
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

# A phone that has a way of its own to share, and what was given to it.
SHARING = """
window.shared = [];
navigator.canShare = () => true;
navigator.share = async ({ files, url }) => void window.shared.push(url ?? files[0].name);
"""


async def test_a_promo_code_goes_out_by_the_phones_own_sheet(opened: Opened, driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000_00, 1_000_00)
    page = await opened("/app/")
    await page.add_init_script(SHARING)
    await page.reload()
    await start(page)
    await page.goto("/app/#codes")
    offer = page.locator(".card", has_text=campaign.product_id)
    await expect(offer).to_contain_text(re.compile("Покупателю скидка 5.%.*Вам 3.% от покупки", re.DOTALL))
    await offer.get_by_role("button", name="Создать код").click()

    await page.get_by_text("Раздать").click()
    await page.get_by_role("button", name="Ссылка").click()
    await page.get_by_role("button", name="Листовка").click()

    text = await page.locator(".code .text").inner_text()
    link, leaflet = await until(lambda: page.evaluate("window.shared"), lambda shared: len(shared) == 2)
    assert (link.rsplit("/p/", 1)[-1], leaflet) == (text, f"{text}-leaflet.pdf")
