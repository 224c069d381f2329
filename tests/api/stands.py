"""A till's page in a test with its cashier: what he asks, sells, and carries from page to page."""

import re
from typing import Any

import httpx
import msgspec

from codes import shifts
from core.access import Role
from programs.staff import StaffHolder
from tests.api.staffing import Person, logged_in
from tests.codes.tills import Till, a_till

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Stand(msgspec.Struct, frozen=True):
    """A till with its cashier, who has a PIN."""

    till: Till
    cashier: Person

    async def ask(self, **said: str) -> httpx.Response:
        """What the page says to one look at one sum."""
        plain = {"code": self.till.code, "made_ref": "R1", "price": "1000", "do": "check"}
        return await self.cashier.send("/staff/till/order", **(plain | said))

    async def sell(self, page: httpx.Response) -> httpx.Response:
        """Press the button that sells what a page shows."""
        return await self.cashier.send("/staff/till/sales", **carried(page))

    async def sold(self, **said: str) -> str:
        """The address of a sale that was made."""
        return (await self.sell(await self.ask(**said))).headers["location"]


def carried(page: httpx.Response) -> dict[str, str]:
    """What the form of a page carries on, as the browser would send it."""
    shown = page.text.partition("/staff/till/sales")[2].partition("</form>")[0]
    return {name: value.replace("&quot;", '"') for name, value in HIDDEN.findall(shown) if name != "form_token"}


async def a_stand(http: httpx.AsyncClient, *, open_shift: bool = True, **rules: Any) -> Stand:
    """5 % off for the customer, 3 % for the agent, unless the rules say otherwise."""
    till = await a_till(**rules)
    cashier = await logged_in(http, "cashier", shop_id=till.shop_id)
    if open_shift:
        await on_shift(cashier, till)
    return Stand(till, cashier)


async def on_shift(cashier: Person, till: Till) -> None:
    """Somebody's shift, opened without his PIN."""
    await shifts.open_shift(StaffHolder(cashier.id, cashier.login, Role.cashier, till.program_id, till.shop_id))
