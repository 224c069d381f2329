"""What a customer has used of limits is found by his key."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:01:32:000000"
VERSION = "1.38.0"
DESCRIPTION = "uses of limits by customer"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="programs", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE INDEX limit_use_of_customer ON limit_use USING hash (subject) WHERE scope = 'customer'")

    async def run_backwards() -> None:
        await execute("DROP INDEX limit_use_of_customer")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
