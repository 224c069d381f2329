"""A phone's store of passkeys, played by the browser itself: it answers without asking anybody for a finger."""

import asyncio
from typing import Any

from playwright.async_api import CDPSession, Page

from tests.installation import Installation

# What a phone has of its own, unlocked by whoever holds it.
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Store:
    """The passkeys of one page."""

    def __init__(self, protocol: CDPSession, authenticator_id: str) -> None:
        self._protocol = protocol
        self._of = {"authenticatorId": authenticator_id}
        self._put_away = asyncio.Event()
        protocol.on("WebAuthn.credentialDeleted", lambda _: self._put_away.set())

    async def passkeys(self) -> list[dict[str, Any]]:
        """What is in it, keys and all."""
        found: list[dict[str, Any]] = (await self._protocol.send("WebAuthn.getCredentials", self._of))["credentials"]
        return found

    async def put(self, passkey: dict[str, Any]) -> None:
        """A passkey that came from another phone, as stores carry them."""
        await self._protocol.send("WebAuthn.addCredential", self._of | {"credential": passkey})

    async def put_away(self) -> None:
        """Wait until the page has told that a passkey is of no more use."""
        async with asyncio.timeout(20):
            await self._put_away.wait()

    async def lock(self) -> None:
        """From now on whoever holds the phone does not show that it is his."""
        await self._protocol.send("WebAuthn.setUserVerified", self._of | {"isUserVerified": False})


async def a_virtual_authenticator(page: Page) -> Store:
    """A store of passkeys for a page, empty."""
    protocol = await page.context.new_cdp_session(page)
    await protocol.send("WebAuthn.enable")
    made = await protocol.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})
    return Store(protocol, made["authenticatorId"])


def named(installation: Installation) -> str:
    """The installation's address by a name: passkeys are made for no number."""
    return f"http://localhost:{installation.port}"
