import re
from uuid import uuid4

import pytest
import qrcode
from PIL import Image
from playwright.async_api import expect

from codes.alphabet import check_symbol
from tests.browser.conftest import Opened, Pictured, Shown
from tests.browser.hands import next_one, start, type_code
from tests.driver import Driver
from tests.receipts.purchases import a_line, document

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]

# A code of nobody's, as well made as any.
UNKNOWN = "00000000000000A" + check_symbol("00000000000000A")
DARK = {"color_scheme": "dark"}
NARROW = {"viewport": {"width": 320, "height": 568}}


async def test_one_tap_makes_an_account_with_a_key_that_never_leaves_the_phone(
    opened: Opened, pictured: Pictured
) -> None:
    page = await opened("/app/")
    await pictured(page, "app-welcome-ru")

    await start(page)

    await pictured(page, "app-wallet-empty-ru")
    key = await page.evaluate("""() => new Promise((resolve) => {
        indexedDB.open("naparnik").onsuccess = ({ target }) => {
            const asked = target.result.transaction("facts").objectStore("facts").get("identity");
            asked.onsuccess = () => resolve(asked.result.key.privateKey.extractable);
        };
    })""")
    assert key is False


async def test_a_typed_code_ends_as_money(opened: Opened, driver: Driver, pictured: Pictured) -> None:
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 450_00))
    page = await opened("/app/", **DARK)
    await start(page)

    answer = await type_code(page, code.lower())

    await expect(answer).to_contain_text("Принято")
    await expect(answer).to_contain_text("+450 бонусов")
    await pictured(page, "app-accepted-ru-dark")
    await next_one(page)
    await page.goto("/app/#wallet")
    await expect(page.locator(".sum")).to_have_text(re.compile("450.бонусов"))
    await pictured(page, "app-wallet-ru-dark")
    await page.goto("/app/#journal")
    await expect(page.get_by_text("Уже можно тратить: 450 бонусов.")).to_be_visible()
    await page.get_by_text("Начислено: 450 бонусов.").click()
    await expect(page.locator(".why").first).to_contain_text("450 бонусов")
    await pictured(page, "app-journal-ru-dark")


async def test_the_camera_reads_a_printed_code_and_goes_on_in_a_row(
    opened: Opened, driver: Driver, shown: Shown, pictured: Pictured
) -> None:
    [code] = await driver.mint(1, await driver.campaign(1_000_00, 120_00))
    drawn = qrcode.make(f"https://td.example/c/{code}").get_image().convert("RGB").resize((380, 380))
    scene = Image.new("RGB", (640, 480), "white")
    scene.paste(drawn, (130, 50))
    shown(scene)
    page = await opened("/app/", permissions=["camera"])
    await start(page)

    await page.get_by_role("link", name="Скан", exact=True).click()

    answer = page.locator(".result")
    await expect(answer).to_contain_text("+120 бонусов")
    await pictured(page, "app-scanned-ru")
    await next_one(page)
    await page.get_by_role("button", name="Подряд").click()
    await expect(answer).to_contain_text("Уже ваш")
    await pictured(page, "app-row-ru")


async def test_a_refused_code_says_why_and_takes_an_appeal(opened: Opened, pictured: Pictured) -> None:
    page = await opened("/app/", **NARROW)
    await start(page)

    answer = await type_code(page, UNKNOWN)

    await expect(answer).to_contain_text("Не принято")
    await pictured(page, "app-refused-ru-320")
    await answer.get_by_text("Оспорить").click()
    await answer.get_by_role("button", name="Отправить").click()
    await expect(answer.locator(".clock")).to_contain_text(re.compile("Ответ придёт до .* Осталось .* дн"))
    await next_one(page)
    await page.goto("/app/#appeals")
    await expect(page.locator(".clock")).to_contain_text("Осталось")
    await pictured(page, "app-appeals-ru-320")


async def test_a_refused_receipt_is_appealed_about_in_the_journal(opened: Opened, driver: Driver) -> None:
    page = await opened("/app/")
    async with page.expect_request("**/v1/wallet") as asked:
        await start(page)
    token = (await (await asked.value).all_headers())["authorization"].removeprefix("Bearer ")
    body = {"document": document(a_line("Хлеб"), i=uuid4().int % 10**9), "program_id": await driver.program()}
    taken = (await driver.call("POST", "/v1/receipts", body, token=token)).raise_for_status().json()
    path = f"/v1/receipts/{taken['receipt_id']}/decision"
    await driver.owner("POST", path, {"decision": "reject", "note": "?"})

    await page.goto("/app/#journal")
    refused = page.get_by_role("listitem").filter(has_text="вручную и не принят")
    await refused.get_by_role("group").first.locator("summary").first.click()
    await refused.get_by_text("Оспорить").click()
    await refused.get_by_role("button", name="Отправить").click()

    await expect(refused.get_by_role("status")).to_contain_text("Обращение принято")


async def test_it_speaks_english_to_who_reads_it_and_to_who_switches(opened: Opened, pictured: Pictured) -> None:
    page = await opened("/app/", locale="en-GB")
    await expect(page.get_by_role("heading")).to_have_text("Scan the pack, get the bonus")

    await page.get_by_role("button", name="Рус").click()

    await expect(page.get_by_role("heading")).to_have_text("Отсканируйте код с упаковки и получите бонус")
