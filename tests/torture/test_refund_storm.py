"""Bought, paid for, brought back, a thousand times over: no bonus is left of it, and somebody is told to look."""

import os
import random
from typing import Any

import pytest

from tests.calls import until
from tests.driver import CURRENCY, Agent, Driver, an_order
from tests.installation import Installation

pytestmark = pytest.mark.torture

CYCLES = int(os.environ.get("NAPARNIK_TEST_STEPS", "1000"))


async def cycle(driver: Driver, pos: str, promo: str, chance: random.Random) -> None:
    """One order, whose goods come back piece by piece or all at once, now and then before it is sold."""
    order: dict[str, Any] = an_order(quantity=3, codes=[promo])
    parts = chance.choice([[3], [1, 2], [2, 1], [1, 1, 1]])
    early = chance.randint(0, len(parts)) if chance.random() < 0.2 else 0
    for place, pieces in enumerate(parts):
        if place == early:
            (await driver.promo_redeem(pos, promo, order)).raise_for_status()
        (await driver.order_refund(pos, order, {"1": pieces})).raise_for_status()
    if early == len(parts):
        (await driver.promo_redeem(pos, promo, order)).raise_for_status()


async def suspected(driver: Driver, agent: Agent) -> list[Any]:
    """Why somebody should look at an agent."""
    events = (await driver.owner("GET", "/v1/risk-events"))["events"]
    return [event for event in events if event["kind"] == "returns" and event["agent_id"] == agent.id]


@pytest.mark.parametrize("wait_seconds", [0, 14 * 86_400], ids=["free at once", "held back"])
async def test_a_thousand_orders_that_come_back_leave_no_bonus_and_a_suspicion(
    driver: Driver, installation: Installation, chance: random.Random, wait_seconds: int
) -> None:
    campaign = await driver.promo_campaign(10**9, 10**9, wait_seconds=wait_seconds)
    agent, pos = await driver.agent(), await driver.pos("S-0")
    promo = await driver.promo_new(agent, campaign)

    for _ in range(CYCLES):
        await cycle(driver, pos, promo, chance)

    # The watch looks at habits every five minutes; here it does so now.
    await installation.ask("DELETE FROM chore WHERE name = 'watch_returns'")
    wallet = await driver.wallet(agent)
    assert (wallet.whole_minor, wallet.debt_minor) == (0, 0)
    assert (await driver.spent(campaign), await driver.spent(campaign, CURRENCY)) == (0, 0)
    assert await until(lambda: suspected(driver, agent), bool)
