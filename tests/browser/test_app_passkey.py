import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.accessible import faults
from tests.browser.authenticators import a_virtual_authenticator, named
from tests.browser.conftest import Opened, Pictured
from tests.browser.hands import with_money
from tests.driver import Driver
from tests.installation import Installation

# The first of them may have to build the app.
pytestmark = [pytest.mark.usefixtures("built"), pytest.mark.timeout(400)]


async def come_back(page: Page) -> None:
    """Ask for the account by a passkey."""
    await page.get_by_role("button", name="У меня уже есть").click()
    await page.get_by_role("button", name="Есть ключ доступа").click()
    await page.get_by_role("button", name="Восстановить").click()


async def test_a_passkey_brings_the_account_to_another_phone_and_signs_the_old_one_out(
    opened: Opened, installation: Installation, driver: Driver, pictured: Pictured
) -> None:
    old = await opened("/app/", base_url=named(installation))
    store = await a_virtual_authenticator(old)
    await with_money(old, driver)
    alias = await old.evaluate(
        "fetch('/v1/showcase').then(() => new Promise((done) => indexedDB.open('naparnik').onsuccess = "
        "({ target }) => target.result.transaction('facts').objectStore('facts').get('identity').onsuccess = "
        "({ target }) => done(target.result.alias)))"
    )
    await old.get_by_role("button", name="Не потеряйте").click()
    await pictured(old, "app-recovery-ru")
    await old.get_by_role("button", name="Создать ключ доступа").click()
    await expect(old.get_by_role("status").get_by_text("Сохранено")).to_be_visible()
    await expect(old.get_by_text("Восстановит: ключ доступа")).to_be_visible()
    await pictured(old, "app-passkey-saved-ru")
    found = await faults(old)
    [passkey] = await store.passkeys()

    new = await opened("/app/", base_url=named(installation))
    carried = await a_virtual_authenticator(new)
    await carried.put(passkey)
    await come_back(new)

    await expect(new.locator(".sum b")).to_have_text("450")
    await carried.put_away()
    assert await carried.passkeys() == []
    await old.reload()
    await expect(old.get_by_text("аккаунт восстановлен на другом")).to_be_visible()
    await pictured(old, "app-passkey-signed-out-ru")
    third = await opened("/app/", base_url=named(installation))
    await (await a_virtual_authenticator(third)).put(passkey)
    await come_back(third)
    await expect(third.get_by_role("alert")).to_contain_text("уже")
    await pictured(third, "app-passkey-used-ru")
    assert found == []
    assert (passkey["rpId"], passkey["userName"]) == ("localhost", alias)


async def test_whoever_shows_no_finger_or_has_no_passkey_reads_what_happened(
    opened: Opened, installation: Installation, driver: Driver, pictured: Pictured
) -> None:
    page = await opened("/app/", base_url=named(installation))
    store = await a_virtual_authenticator(page)
    await come_back(page)
    await expect(page.get_by_role("alert")).to_contain_text("Ничего не изменилось")
    await pictured(page, "app-passkey-none-ru")
    found = await faults(page)
    await page.get_by_role("button", name="Назад").click()
    await with_money(page, driver)
    await store.lock()
    await page.goto("/app/#recovery")
    await page.get_by_role("button", name="Создать ключ доступа").click()
    await expect(page.get_by_role("alert")).to_contain_text("Ничего не изменилось")

    assert await store.passkeys() == []
    assert found == []


async def test_a_passkey_can_be_removed(opened: Opened, installation: Installation, driver: Driver) -> None:
    page = await opened("/app/", base_url=named(installation), locale="en-GB")
    await a_virtual_authenticator(page)
    await page.get_by_role("button", name="Start").click()
    await expect(page.locator(".sum")).to_be_visible()
    await page.goto("/app/#recovery")
    await page.get_by_role("button", name="Make a passkey").click()
    await expect(page.get_by_text("Restored by: a passkey")).to_be_visible()

    await page.get_by_role("button", name="Remove").click()

    await expect(page.get_by_role("status").get_by_text("Removed.")).to_be_visible()
    await expect(page.get_by_text("Restored by:")).to_have_count(0)


async def test_where_the_address_is_a_number_passkeys_are_not_offered(opened: Opened) -> None:
    page = await opened("/app/")

    await page.get_by_role("button", name="У меня уже есть").click()

    await expect(page.get_by_role("button", name="двенадцать")).to_be_visible()
    await expect(page.get_by_role("button", name="Есть ключ доступа")).to_have_count(0)


async def test_an_account_whose_answer_was_lost_comes_back_with_the_next_try(
    opened: Opened, installation: Installation, driver: Driver
) -> None:
    old = await opened("/app/", base_url=named(installation))
    store = await a_virtual_authenticator(old)
    await with_money(old, driver)
    await old.goto("/app/#recovery")
    await old.get_by_role("button", name="Создать ключ доступа").click()
    await expect(old.get_by_text("Восстановит: ключ доступа")).to_be_visible()
    [passkey] = await store.passkeys()
    new = await opened("/app/", base_url=named(installation))
    await (await a_virtual_authenticator(new)).put(passkey)

    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await new.route("**/v1/recovery/passkey/restore", lose, times=1)
    await come_back(new)
    await expect(new.get_by_role("alert")).to_contain_text("Сети нет")
    await new.get_by_role("button", name="Восстановить").click()

    await expect(new.locator(".sum b")).to_have_text("450")
