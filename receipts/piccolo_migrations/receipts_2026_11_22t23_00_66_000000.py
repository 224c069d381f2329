"""An index for returns that name their sale."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:66:000000"
VERSION = "1.38.0"
DESCRIPTION = "returns that name their sale"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="receipts", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE INDEX fed_return_sale ON fed_receipt (sale_identity) WHERE sale_identity IS NOT NULL")

    async def run_backwards() -> None:
        await execute("DROP INDEX fed_return_sale")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
