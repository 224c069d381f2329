"""Switches: what somebody has turned off by hand, and why."""

from uuid import UUID

from core import audit
from core.db import execute, fetch, transaction
from core.refusals import Unavailable

READ_ONLY = "read_only"
# Stands in the name of a switch for all assets together.
EVERY_ASSET = "*"
REASON_MAX = 500


class ReadOnly(Unavailable):
    slug = "read_only"
    title = "The service is in read-only mode; nothing is lost, try again later"
    retry_after_seconds = 30


def spending(asset: str) -> str:
    """The switch that freezes spending of an asset."""
    return f"spending:{asset}"


def spending_of(agent_id: UUID) -> str:
    """The switch that freezes the spending of one agent."""
    return f"spending:agent:{agent_id}"


def shop(shop_id: UUID) -> str:
    """The switch that stops a shop."""
    return f"shop:{shop_id}"


async def thrown() -> dict[str, str]:
    """Every switch that is on, with its reason."""
    return {row["name"]: row["reason"] for row in await fetch("SELECT name, reason FROM switch")}


async def turn_on(name: str, *, reason: str, by: str) -> None:
    """Throw a switch; throwing it again changes only the reason."""
    async with transaction():
        await throw(name, reason=reason, by=by)


async def throw(name: str, *, reason: str, by: str) -> None:
    """As turn_on, within the caller's transaction."""
    await execute(
        "INSERT INTO switch (name, reason) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET reason = excluded.reason",
        name,
        reason,
    )
    await audit.record(by, "switch.on", name=name, reason=reason)


async def turn_off(name: str, *, by: str) -> None:
    """Back to normal."""
    async with transaction():
        await execute("DELETE FROM switch WHERE name = $1", name)
        await audit.record(by, "switch.off", name=name)
