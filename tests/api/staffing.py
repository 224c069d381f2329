"""People of the staff in a test, each with a browser of his own, who see pages and fill in their forms."""

import re
from functools import cache
from typing import Any
from uuid import UUID

import httpx
import msgspec

from core import passwords, sessions
from core.db import execute
from core.ids import uuid7
from programs.shops import find_shop
from programs.staff import StaffRole

ORIGIN = "http://naparnik.test"
COOKIE = "naparnik_staff"
PASSWORD = "correct horse battery"
PIN = "2580"
_FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


class Person(msgspec.Struct, frozen=True):
    """Somebody of the staff with a browser of his own."""

    id: UUID
    login: str
    password: str
    browser: httpx.AsyncClient

    async def log_in(self, to: str = "/staff") -> httpx.Response:
        said = {"login": self.login, "password": self.password, "next": to}
        return await self.browser.post("/staff/login", data=said, headers={"Origin": ORIGIN})

    async def see(self, path: str) -> httpx.Response:
        return await self.browser.get(path)

    async def send(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form with the token that every page of the session carries."""
        page = await self.browser.get("/staff/me")
        found = _FORM_TOKEN.search(page.text)
        token = {"form_token": found.group(1)} if found else {}
        return await self.browser.post(path, data=token | fields, headers={"Origin": ORIGIN})


async def somebody(
    http: httpx.AsyncClient,
    role: StaffRole,
    *,
    login: str = "olga",
    program_id: UUID | None = None,
    shop_id: UUID | None = None,
    pin: bool = True,
) -> Person:
    """A person who is not logged in yet; his browser reaches what `http` reaches."""
    if shop_id is not None:
        program_id = (await find_shop(shop_id)).program_id
    person = Person(uuid7(), login, PASSWORD, httpx.AsyncClient(transport=http._transport, base_url=ORIGIN))
    await execute(
        """INSERT INTO staff (id, login, name, role, program_id, shop_id, password, pin)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        person.id,
        login,
        f"{login.title()} {role}",
        role,
        program_id,
        shop_id,
        _stretched(PASSWORD),
        _stretched(PIN) if pin else None,
    )
    return person


async def logged_in(http: httpx.AsyncClient, role: StaffRole, **more: Any) -> Person:
    """The same, logged in."""
    person = await somebody(http, role, **more)
    person.browser.cookies.set(COOKIE, await sessions.start(person.id, seconds=3_600))
    return person


@cache
def _stretched(secret: str) -> bytes:
    """Stretched once for all tests: it is made to be slow."""
    return passwords.stretched(secret)
