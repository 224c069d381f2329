"""A shop's till in a test, with a code that it redeems, and any question about an order that it can ask."""

from typing import Any

import httpx
import msgspec

from tests.driver import Agent, Driver

PHONE = "9120000017"
MARIA = {"kind": "phone", "value": f"+7 {PHONE}"}
# As if everything had begun three days ago.
LONG_RUNNING = """
    UPDATE campaign SET activated_at = now() - interval '3 days';
    UPDATE campaign_version SET effective_from = now() - interval '3 days';
    UPDATE program_revision SET rules = nextval('program_revision_number');
"""


class Checkout(msgspec.Struct, frozen=True):
    """A shop with a till of its own, and an agent with a code of a running campaign."""

    pos: str
    shop_id: str
    agent: Agent
    promo: str
    campaign_id: str


async def a_checkout(driver: Driver) -> Checkout:
    """One whose campaign gives 5 % off, and 3 % to the agent."""
    campaign = await driver.promo_campaign(1_000_000, 1_000_000)
    agent, pos = await driver.agent(), await driver.pos("M-1")
    return Checkout(pos, await shop_of(driver, "M-1"), agent, await driver.promo_new(agent, campaign), campaign.id)


async def shop_of(driver: Driver, code: str) -> str:
    """The id of a shop."""
    path = f"/v1/programs/{await driver.program()}/shops"
    return str((await driver.owner("POST", path, {"code": code, "name": code}))["id"])


async def ask(
    driver: Driver, at: Checkout, verb: str, order: dict[str, Any], *, token: str | None = None, key: str | None = None
) -> httpx.Response:
    """Any verb about an order with the agent's code."""
    return await driver.call(
        "POST", f"/v1/orders/{verb}", {"codes": [at.promo]} | order, token=token or at.pos, key=key
    )
