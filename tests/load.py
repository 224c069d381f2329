"""Load: agents who scan at a steady pace whatever happens meanwhile, and the count of what they were answered."""

import asyncio
import time

import httpx

from tests.calls import until
from tests.crowd import agents
from tests.driver import Agent, Driver

BONUS_MINOR = 100


class Load:
    """Agents who scan code after code at a steady pace, and what they were answered."""

    def __init__(self, driver: Driver, crowd: list[Agent], codes: list[str], *, a_second: int) -> None:
        self._driver = driver
        self._crowd = crowd
        self._codes = codes
        self._a_second = a_second
        self.answered: dict[str, int] = {}
        self.retry_after: set[str | None] = set()
        self.owner: dict[str, Agent] = {}

    async def run(self) -> None:
        """Scan every code once, each at its time, whether the ones before were answered or not."""
        started = time.monotonic()
        scans = []
        for place, code in enumerate(self._codes):
            await asyncio.sleep(max(0.0, started + place / self._a_second - time.monotonic()))
            self.owner[code] = self._crowd[place % len(self._crowd)]
            scans.append(asyncio.create_task(self._scan(code)))
        await asyncio.gather(*scans)

    async def _scan(self, code: str) -> None:
        try:
            answer = await self._driver.scan(self.owner[code], code, key=code)
        except httpx.TransportError:
            self.answered[code] = 0
            return
        self.answered[code] = answer.status_code
        if answer.status_code == 503:
            self.retry_after.add(answer.headers.get("retry-after"))

    async def again(self) -> None:
        """What a phone does about everything that was not acknowledged."""
        for code in [code for code, status in self.answered.items() if status != 201]:
            answer = await self._driver.scan(self.owner[code], code, key=code)
            assert answer.status_code in {200, 201}, answer.text

    def count_of(self, agent_id: str) -> int:
        """How many codes an agent scanned."""
        return sum(agent.id == agent_id for agent in self.owner.values())

    def count(self, status: int) -> int:
        return sum(one == status for one in self.answered.values())


async def load_on(driver: Driver, codes: int, *, a_second: int) -> Load:
    campaign = await driver.campaign(budget_minor=codes * BONUS_MINOR, bonus_minor=BONUS_MINOR)
    return Load(driver, await agents(driver, 20), await driver.mint(codes, campaign), a_second=a_second)


async def everything_is_paid(driver: Driver, load: Load) -> bool:
    """Every agent gets his bonus for every code of his in time, and no more; the rest waits for nothing."""
    crowd = {agent.id: agent for agent in load.owner.values()}
    owed = {agent_id: load.count_of(agent_id) * BONUS_MINOR for agent_id in crowd}

    async def wallets() -> dict[str, int]:
        return {agent_id: (await driver.wallet(agent)).whole_minor for agent_id, agent in crowd.items()}

    return await until(wallets, lambda seen: seen == owed) == owed
