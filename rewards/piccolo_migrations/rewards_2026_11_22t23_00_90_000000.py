"""The card that runs out first is found among those that are left, and an agent's orders by their age."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:90:000000"
VERSION = "1.38.0"
DESCRIPTION = "stock of gift cards, orders of an agent and of a reward"

_FORWARDS = (
    "CREATE INDEX gift_card_stock ON gift_card (reward_id, expires_on, id) WHERE state = 'stock'",
    "CREATE INDEX reward_order_of_agent ON reward_order (agent_id, id)",
)

_BACKWARDS = ("DROP INDEX reward_order_of_agent, gift_card_stock",)


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="rewards", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await execute(statement)

    async def run_backwards() -> None:
        for statement in _BACKWARDS:
            await execute(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
