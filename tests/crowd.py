"""Agents as a test needs them: many of them, rich ones, and what they ask for in a race."""

import asyncio

from tests.driver import ASSET, Agent, Driver
from tests.racer import Request


def scan_of(agent: Agent, code: str, key: str = "") -> Request:
    return Request("/v1/scans", {"code": code}, agent.device.token, key=key)


def spend_of(driver: Driver, agent: Agent, amount_minor: int, key: str = "") -> Request:
    body = {"amount_minor": amount_minor, "asset": ASSET, "purpose": "test"}
    proof = agent.device.proof("POST", f"{driver.origin}/v1/spends")
    return Request("/v1/spends", body, agent.device.token, key=key, proof=proof)


async def agents(driver: Driver, count: int) -> list[Agent]:
    """So many agents, some at a time."""
    found: list[Agent] = []
    while len(found) < count:
        found += await asyncio.gather(*(driver.agent() for _ in range(min(50, count - len(found)))))
    return found


async def rich_agent(driver: Driver, amount_minor: int) -> Agent:
    """An agent with so much free to spend."""
    campaign = await driver.campaign(budget_minor=amount_minor, bonus_minor=amount_minor)
    [code] = await driver.mint(1, campaign)
    agent = await driver.agent()
    await driver.scan(agent, code)
    await driver.settled(agent, amount_minor)
    return agent
