"""What both sides of a comparison are asked for, in their own words."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from bench import requests
from bench.load import Address
from tests.racer import Request


class Ask(msgspec.Struct, frozen=True):
    """One request of a customer's checkout, ready to be sent."""

    path: str
    token: str
    body: msgspec.Raw
    key: str = ""

    def wire(self) -> bytes:
        """As the load generator sends it."""
        return requests.post(self.path, self.token, bytes(self.body), key=self.key)

    def racing(self) -> Request:
        """As the racer sends it."""
        return Request(self.path, msgspec.json.decode(self.body), self.token, self.key)


class Side(Protocol):
    """An engine with promo codes, running."""

    address: Address

    async def code_of_many_uses(self) -> str:
        """A code that never runs out."""

    async def codes_of_one_use(self, count: int) -> list[str]:
        """So many codes, each good for one order."""

    async def validations(self, codes: Sequence[str]) -> list[Ask]:
        """For each code a basket, and the request that shows what the code makes of it."""

    async def redemptions(self, codes: Sequence[str]) -> list[Ask]:
        """For each code a basket, and the request after which the code's use counts."""

    async def redeemed(self) -> int:
        """How many orders were redeemed with a code since the start, by the engine's own tables."""
