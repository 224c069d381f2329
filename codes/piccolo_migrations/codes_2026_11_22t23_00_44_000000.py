"""Orders that are held are found by the moment at which they run out, returns by their order."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:44:000000"
VERSION = "1.38.0"
DESCRIPTION = "held orders and returns of an order"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE INDEX promo_order_held ON promo_order (expires_at) WHERE state = 'held'")
        await execute("CREATE INDEX promo_return_of_order ON promo_return (shop_id, order_ref)")

    async def run_backwards() -> None:
        await execute("DROP INDEX promo_return_of_order")
        await execute("DROP INDEX promo_order_held")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
