"""An installer's hands on the phone app: what he taps and types, and what he gets to see."""

import asyncio
import io
import re

import zxingcpp
from PIL import Image
from playwright.async_api import CDPSession, Locator, Page, Route, expect

from tests.driver import Driver


async def start(page: Page) -> None:
    """The first tap, and the wallet that it opens; the app is kept for when there is no network."""
    await page.get_by_role("button", name="Начать").click()
    await expect(page.locator(".sum")).to_be_visible()


async def kept_for_offline(page: Page) -> None:
    """Wait until the service worker has stored the app and serves this page."""
    async with asyncio.timeout(30):
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    assert await page.evaluate("navigator.serviceWorker.controller !== null")


async def type_code(page: Page, code: str) -> Locator:
    """Claim a code by typing it; gives the answer that fills the screen."""
    await page.goto("/app/#scan")
    await page.get_by_role("button", name="Ввести").click()
    await page.get_by_label("Код с упаковки").fill(code)
    await page.get_by_role("button", name="Засчитать").click()
    answer = page.locator(".result")
    await expect(answer).to_be_visible()
    return answer


async def lose(route: Route) -> None:
    """The request arrives and does what it says; its answer gets lost in the air."""
    await route.fetch()
    await route.abort()


async def next_one(page: Page) -> None:
    await page.get_by_role("button", name="Дальше").click()


async def with_money(page: Page, driver: Driver) -> None:
    """An account with 450 bonuses."""
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 450_00))
    await start(page)
    await expect(await type_code(page, code)).to_contain_text("Принято")
    await next_one(page)
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum b")).to_have_text("450")


async def picture_of(shown: Locator) -> Image.Image:
    """What another phone sees of a QR."""
    await expect(shown.locator("path")).to_have_attribute("d", re.compile("^M"))
    return Image.open(io.BytesIO(await shown.screenshot()))


def scene(symbol: Image.Image) -> Image.Image:
    """A symbol before the camera, with room around it."""
    whole = Image.new("RGB", (640, 480), "white")
    whole.paste(symbol.convert("RGB").resize((400, 400)), (120, 40))
    return whole


def text_of(symbol: Image.Image) -> str:
    """What any reader finds on a picture."""
    [found] = zxingcpp.read_barcodes(symbol)
    return str(found.text)


async def registration_of(protocol: CDPSession) -> str:
    """The browser's own name for the service worker, by which its debugging protocol reaches it."""
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def heed(event: dict[str, list[dict[str, str]]]) -> None:
        for one in event["registrations"]:
            if not found.done():
                found.set_result(one["registrationId"])

    protocol.on("ServiceWorker.workerRegistrationUpdated", heed)
    await protocol.send("ServiceWorker.enable")
    return await found


async def token_of(page: Page) -> str:
    """The token that the phone keeps, for what the test does in its name."""
    token: str = await page.evaluate("""new Promise((resolve) => {
        indexedDB.open("naparnik").onsuccess = ({ target }) => {
            const asked = target.result.transaction("facts").objectStore("facts").get("identity");
            asked.onsuccess = () => resolve(asked.result.token);
        };
    })""")
    return token
