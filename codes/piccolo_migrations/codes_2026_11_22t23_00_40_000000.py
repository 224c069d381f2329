"""Where the numbers of imported batches come from."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:40:000000"
VERSION = "1.38.0"
DESCRIPTION = "numbers of imported batches"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        # Above the twenty bits that our own codes carry, and without a lock that an import would hold for minutes.
        await execute("CREATE SEQUENCE imported_batch_number AS integer MINVALUE 1048576")

    async def run_backwards() -> None:
        await execute("DROP SEQUENCE imported_batch_number")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
