import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import lose, start, with_money
from tests.driver import Driver

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


async def test_twelve_words_bring_the_account_back_and_sign_the_old_phone_out(
    opened: Opened, driver: Driver, pictured: Pictured
) -> None:
    old = await opened("/app/")
    await with_money(old, driver)

    await old.get_by_role("button", name="Не потеряйте").click()
    await old.get_by_role("button", name="Записать двенадцать слов").click()
    await expect(old.locator(".words li")).to_have_count(12)
    words = await old.locator(".words li").all_inner_texts()
    await pictured(old, "app-words-ru")
    await old.get_by_role("button", name="Я сохранил").click()
    await expect(old.get_by_role("status").get_by_text("Сохранено")).to_be_visible()
    new = await opened("/app/")
    await new.get_by_role("button", name="У меня уже есть").click()
    await new.get_by_role("button", name="двенадцать").click()
    await new.get_by_label("Двенадцать слов").fill("  ".join(words).upper())
    await new.get_by_role("button", name="Восстановить").click()

    await expect(new.locator(".sum b")).to_have_text("450")
    await old.reload()
    await expect(old.get_by_text("аккаунт восстановлен на другом")).to_be_visible()


async def test_a_wrong_word_is_found_before_anything_is_sent(opened: Opened) -> None:
    page = await opened("/app/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "restore" in request.url else None)
    await page.get_by_role("button", name="У меня уже есть").click()
    await page.get_by_role("button", name="двенадцать").click()

    await page.get_by_label("Двенадцать слов").fill("абзац " * 12)
    await page.get_by_role("button", name="Восстановить").click()

    await expect(page.get_by_role("alert")).to_contain_text("слово за словом")
    assert asked == []


async def test_a_promo_code_is_made_and_handed_out(opened: Opened, driver: Driver, pictured: Pictured) -> None:
    campaign = await driver.promo_campaign(1_000_00, 1_000_00)
    page = await opened("/app/")
    await start(page)
    await page.goto("/app/#codes")

    offer = page.locator(".card", has_text=campaign.product_id)
    await offer.get_by_role("button", name="Создать код").click()
    await page.get_by_text("Раздать").click()
    async with page.expect_download() as handed:
        await page.get_by_role("button", name="QR-код").click()

    async with page.expect_download() as printed:
        await page.get_by_role("button", name="Визитки").click()

    text = await page.locator(".code .text").inner_text()
    assert (await printed.value).suggested_filename == f"{text}-card.pdf"
    assert (await handed.value).suggested_filename == f"{text}-qr.png"
    await pictured(page, "app-codes-ru")


async def test_a_promo_code_whose_answer_is_lost_is_made_once(opened: Opened, driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000_00, 1_000_00)
    page = await opened("/app/")
    await start(page)
    await page.goto("/app/#codes")
    offer = page.locator(".card", has_text=campaign.product_id)
    keys: list[str] = []

    async def lose_first(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers["idempotency-key"])
        await (lose(route) if route.request.method == "POST" and len(keys) == 1 else route.continue_())

    await page.route("**/v1/promo-codes", lose_first)
    await offer.get_by_role("button", name="Создать код").click()
    await expect(offer.get_by_role("alert")).to_have_text("Сети нет.")
    await page.reload()
    for count in (1, 2):
        await offer.get_by_role("button", name="Создать код").click()
        await expect(offer.get_by_role("button")).to_be_enabled()
        await expect(page.locator(".code .text")).to_have_count(count)

    assert (len(keys), len(set(keys))) == (3, 2)


async def test_a_promo_code_is_paused_and_put_away_for_good(opened: Opened, driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000_00, 1_000_00)
    page = await opened("/app/")
    await start(page)
    await page.goto("/app/#codes")
    await page.locator(".card", has_text=campaign.product_id).get_by_role("button", name="Создать код").click()
    made = page.locator(".code")

    await made.get_by_text("Остановить код").click()
    await made.get_by_role("button", name="На паузу").click()
    await expect(made.get_by_text("Код на паузе", exact=True)).to_be_visible()
    await made.get_by_role("button", name="Включить снова").click()
    await expect(made.get_by_text("Раздать")).to_be_visible()
    await made.get_by_role("button", name="В архив навсегда").click()

    await expect(made).to_have_count(0)


async def test_the_statement_is_taken_along_as_a_table(opened: Opened, driver: Driver, pictured: Pictured) -> None:
    page = await opened("/app/")
    await with_money(page, driver)
    await page.goto("/app/#statement")
    await expect(page.get_by_text("Бонус стал доступен")).to_be_visible()
    await pictured(page, "app-statement-ru")

    async with page.expect_download() as handed:
        await page.get_by_role("button", name="Сохранить таблицей").click()

    table = (await (await handed.value).path()).read_text(encoding="utf-8-sig").splitlines()
    assert table[0] == '"Время";"Что";"Сумма, бонусов";"Осталось"'
    assert table[1].endswith('"Бонус стал доступен";"450,00";"450,00"')
