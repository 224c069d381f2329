"""The one row that counts changes of batches and ranges."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:04:000000"
VERSION = "1.38.0"
DESCRIPTION = "the revision's row"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        await execute("INSERT INTO code_revision (place, revision) VALUES (1, 0)")

    async def run_backwards() -> None:
        await execute("DELETE FROM code_revision")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
