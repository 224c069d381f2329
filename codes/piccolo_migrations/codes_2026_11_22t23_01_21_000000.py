"""A cashier has one open shift at most; the sales of a shop are found by their day."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:01:21:000000"
VERSION = "1.38.0"
DESCRIPTION = "open shifts and the day's sales"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE UNIQUE INDEX till_shift_open ON till_shift (staff_id) WHERE closed_at IS NULL")
        await execute("CREATE INDEX till_sale_day ON till_sale (shop_id, at)")

    async def run_backwards() -> None:
        await execute("DROP INDEX till_sale_day")
        await execute("DROP INDEX till_shift_open")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
