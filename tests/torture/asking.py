"""Asking: how a universe speaks to the service whatever dies meanwhile, and waits for what it has to come to."""

import random
from typing import Any
from uuid import UUID

from tests.calls import until
from tests.driver import Driver
from tests.installation import Installation
from tests.torture.model import Claim, Pot
from tests.torture.patience import again_until_it_works, sure


class Asking:
    """A client with chance of its own, which makes even its keys, so that a seed tells the same story again."""

    def __init__(self, driver: Driver, installation: Installation, chance: random.Random) -> None:
        self.driver = driver
        self.installation = installation
        self.chance = chance
        self._codes: dict[Pot, list[str]] = {}

    async def code_of(self, pot: Pot) -> str:
        if not self._codes.get(pot):
            self._codes[pot] = await again_until_it_works(lambda: self.driver.mint(50, pot.campaign))
        return self._codes[pot].pop()

    def new_key(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128)))

    async def story_beyond(self, states: frozenset[str], claim: Claim) -> Any:
        """What became of a claim, as soon as it is in none of these states any more."""
        return await until(lambda: self.story(claim), lambda story: story["state"] not in states)

    async def story(self, claim: Claim) -> Any:
        path, token = f"/v1/activities/{claim.scan_id}", claim.purse.agent.device.token
        answer = await sure(lambda: self.driver.call("GET", path, token=token))
        return answer.raise_for_status().json()["activity"]

    async def owner(self, path: str, body: object = None) -> Any:
        """A write by the owner that has to succeed, once."""
        key = self.new_key()
        answer = await sure(lambda: self.driver.call("POST", path, body, token=self.driver.owner_key, key=key))
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()
