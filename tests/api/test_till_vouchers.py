"""The page on which staff give a service for its voucher."""

from uuid import UUID

import httpx
import msgspec
import pytest

from core.db import fetch_value
from core.settings import Settings
from programs.facts import ActivityKind
from tests.api.phoning import Installer
from tests.api.staffing import Person, logged_in
from tests.codes.tills import a_shop
from tests.driver import Driver
from tests.programs.stored import a_campaign
from tests.referrals.people import credited

PRICE = 500


class Counter(msgspec.Struct, frozen=True):
    """A cashier at his counter, and a participant in front of it with a voucher in his hand."""

    cashier: Person
    installer: Installer
    voucher: str
    order_id: str

    async def look(self, voucher: str = "") -> httpx.Response:
        return await self.cashier.send("/staff/till/vouchers/look", voucher=voucher or self.voucher)

    async def give(self) -> httpx.Response:
        return await self.cashier.send("/staff/till/vouchers/give", voucher=self.voucher)

    async def balance(self) -> dict[str, int]:
        [balance] = (await self.installer.read("/v1/wallet"))["balances"]
        return {name: balance[f"{name}_minor"] for name in ("available", "reserved")}


@pytest.fixture
async def counter(http: httpx.AsyncClient, settings: Settings, driver: Driver) -> Counter:
    program_id = UUID(await driver.program())
    await a_campaign(program_id, budget_minor=10**6, trigger=ActivityKind.CODE_SCANNED, asset="BON", wait_seconds=0)
    installer = await Installer(http, settings.origin).enrol()
    await credited(installer.agent_id, program_id)
    reward_id = await driver.service(price_minor=PRICE)
    ordered = (await installer.prove("POST", "/v1/reward-orders", {"reward_id": reward_id})).json()
    shown = (await installer.prove("GET", f"/v1/reward-orders/{ordered['id']}/secret")).json()
    cashier = await logged_in(http, "cashier", shop_id=await a_shop(program_id))
    return Counter(cashier, installer, shown["voucher"], ordered["id"])


async def test_a_service_is_looked_at_and_given_once(counter: Counter) -> None:
    seen = await counter.look(counter.voucher.lower().replace("s", "s ", 1))
    before = await counter.balance()
    given = await counter.give()
    again = await counter.give()

    name = await fetch_value("SELECT name_ru FROM reward")
    assert (seen.status_code, name in seen.text) == (200, True)
    assert before == {"available": 0, "reserved": PRICE}
    assert given.headers["location"] == f"/staff/till/vouchers/{counter.order_id}"
    assert name in (await counter.cashier.see(given.headers["location"])).text
    assert (again.status_code, "уже использован" in again.text) == (409, True)
    assert await counter.balance() == {"available": 0, "reserved": 0}


async def test_a_voucher_that_nobody_knows_is_asked_for_again(counter: Counter) -> None:
    page = await counter.look("S0000 0000 0000 0000")

    assert (page.status_code, 'name="voucher"' in page.text, "Такого ваучера нет" in page.text) == (404, True, True)


async def test_what_its_owner_gave_back_is_not_given(counter: Counter) -> None:
    spend_id = await fetch_value("SELECT id FROM spend")
    await counter.installer.prove("POST", f"/v1/spends/{spend_id}/release")

    page = await counter.give()

    assert (page.status_code, "больше не действует" in page.text) == (410, True)
    assert await counter.balance() == {"available": PRICE, "reserved": 0}


async def test_what_was_given_shows_in_its_own_shop_alone(
    http: httpx.AsyncClient, counter: Counter, driver: Driver
) -> None:
    other_shop = await a_shop(UUID(await driver.program()))
    elsewhere = await logged_in(http, "cashier", login="vera", shop_id=other_shop)
    location = (await counter.give()).headers["location"]

    assert (await elsewhere.see(location)).status_code == 404
