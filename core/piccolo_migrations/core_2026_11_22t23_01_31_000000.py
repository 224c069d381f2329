"""One version of the customer pepper is current, and one at most stands by."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:01:31:000000"
VERSION = "1.38.0"
DESCRIPTION = "one current customer pepper"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def run() -> None:
        await execute(
            """CREATE UNIQUE INDEX customer_pepper_one_each ON customer_pepper (state)
               WHERE state IN ('standby', 'current')"""
        )

    async def run_backwards() -> None:
        await execute("DROP INDEX customer_pepper_one_each")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
