"""Customers whose window is over or who are to be forgotten are found by the moment, returns by their agent."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:72:000000"
VERSION = "1.38.0"
DESCRIPTION = "known customers by time, returned goods by agent"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="referrals", description=DESCRIPTION)

    async def run() -> None:
        await execute(
            "CREATE INDEX known_customer_window ON known_customer (window_until) WHERE window_until IS NOT NULL"
        )
        await execute("CREATE INDEX known_customer_forgotten ON known_customer (forget_at)")
        await execute("CREATE INDEX activity_return_of_agent ON activity_return (agent_id, program_id)")
        await execute("CREATE INDEX own_card_of_agent ON own_card (agent_id)")

    async def run_backwards() -> None:
        await execute("DROP INDEX own_card_of_agent")
        await execute("DROP INDEX activity_return_of_agent")
        await execute("DROP INDEX known_customer_forgotten")
        await execute("DROP INDEX known_customer_window")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
