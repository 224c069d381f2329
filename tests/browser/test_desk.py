"""The desk in a browser: a photo beside what was read from it, decisions by the keyboard, an appeal answered."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from playwright.async_api import Page, expect

from tests.browser.conftest import Opened, Pictured
from tests.browser.test_till import OLD_PC, focused, typed
from tests.driver import Driver
from tests.receipts.purchases import a_drive, a_line, code, document, yesterday
from tests.receipts.slips import slip

AT = yesterday()
UNKNOWN = "Насос циркуляционный особый"


async def a_moderator(driver: Driver, opened: Opened, **options: Any) -> Page:
    """Somebody who decides about receipts, logged in and at his desk."""
    body = {"login": f"m{uuid4().hex[:8]}", "name": "Полина", "role": "moderator", "program_id": await driver.program()}
    hired = await driver.owner("POST", "/v1/staff", body | {"changes_password": False})
    page = await opened("/staff/desk", **(OLD_PC | options))
    await focused(page)
    await page.keyboard.type(body["login"])
    await page.keyboard.press("Tab")
    await typed(page, hired["password"])
    return page


async def of_receipts(driver: Driver) -> str:
    """A campaign that pays for receipts with a product of its own; the product's SKU."""
    product_id = await driver.product()
    path = f"/v1/programs/{await driver.program()}"
    rules = {
        "trigger": "receipt_matched",
        "asset": "BON",
        "effects": [{"pay": "fixed", "amount_minor": 100}],
        "wait_seconds": 0,
        "eligibility": {"products": [product_id]},
    }
    made = await driver.owner("POST", f"{path}/campaigns", {"name": f"R {product_id}", "rules": rules})
    await driver.top_up(made["id"], 10**6)
    await driver.owner("POST", f"/v1/campaigns/{made['id']}/activate")
    found = (await driver.owner("GET", f"{path}/products?limit=200"))["products"]
    return str(next(one["sku"] for one in found if one["id"] == product_id))


async def test_a_person_decides_by_the_keyboard_with_the_photo_before_his_eyes(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    sku, drive = await of_receipts(driver), a_drive()
    agent = await driver.agent()
    await driver.receipt(agent, code(at=AT, drive=drive, i=8))
    headers = {"Authorization": f"Bearer {agent.device.token}", "Idempotency-Key": str(uuid4())}
    early = slip(receipt=code(at=AT - timedelta(hours=3), drive=drive, i=9))
    shown = await driver.http.post("/v1/receipts", content=early, headers=headers | {"Content-Type": "image/jpeg"})
    named = await driver.receipt(
        agent, {"document": document(a_line(UNKNOWN), at=AT - timedelta(hours=5), drive=drive, i=3)}
    )
    page = await a_moderator(driver, opened)
    await pictured(page, "desk-queue")

    await page.locator(f"a[href$='{shown.json()['receipt_id']}']").click()
    photo = page.get_by_role("img", name="Фото чека")
    await expect(photo).to_be_visible()
    # It has its place before it is there; `decode` waits for it, and throws for what is no picture.
    assert await photo.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    await pictured(page, "desk-photo")
    at_the_case = page.url
    await page.get_by_label("Заметка").fill("Время не сходится с соседями")
    await page.get_by_label("Заметка").press("Enter")
    await expect(page).to_have_url(at_the_case)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")

    await page.goto(f"/staff/desk/{named.json()['receipt_id']}")
    await focused(page)
    await page.keyboard.type(sku)
    await pictured(page, "desk-names-a-product")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await page.goto(f"/staff/desk/{named.json()['receipt_id']}")
    await expect(page.get_by_text("Решено: Полина.")).to_be_visible()
    await driver.settled(agent, 100)
    await pictured(page, "desk-decided")


async def test_an_appeal_is_answered_on_a_telephone_in_english(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    agent, campaign = await driver.agent(), await driver.campaign(1_000, 100)
    [scanned] = await driver.mint(1, campaign)
    activity = (await driver.scan(agent, scanned)).json()
    appeal = {"words": "Where is my bonus?", "activity_id": activity["scan_id"]}
    (await driver.call("POST", "/v1/disputes", appeal, token=agent.device.token)).raise_for_status()
    page = await a_moderator(driver, opened, viewport={"width": 360, "height": 640}, locale="en-GB")

    await page.get_by_role("link", name="Appeals").click()
    form = page.locator("form", has=page.get_by_text("Where is my bonus?")).first
    await form.get_by_label("Answer to the participant").fill("It was credited this morning.")
    await pictured(page, "desk-appeals-phone")
    await form.get_by_role("button", name="Refuse").click()
    await expect(page.get_by_text("Where is my bonus?")).to_have_count(0)

    told = await driver.journal(agent)
    assert any(entry["kind"] == "dispute_rejected" for entry in told)
