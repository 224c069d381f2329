"""Orders of a customer are found by his key."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:01:33:000000"
VERSION = "1.38.0"
DESCRIPTION = "orders by customer"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        # By hash: it is only ever asked whose an order is, and is small however long the key.
        await execute(
            """CREATE INDEX promo_order_of_customer ON promo_order USING hash (customer_key)
               WHERE customer_key IS NOT NULL"""
        )

    async def run_backwards() -> None:
        await execute("DROP INDEX promo_order_of_customer")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
