"""Reports find the orders of a program by their time, those of which something came back, and the lines sold."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:01:51:000000"
VERSION = "1.38.0"
DESCRIPTION = "reports by product"

_INDEXES: Final = (
    "CREATE INDEX promo_order_of_program ON promo_order (program_id, redeemed_at, id) WHERE redeemed_at IS NOT NULL",
    """CREATE INDEX promo_order_back ON promo_order (program_id, redeemed_at)
       WHERE state IN ('partially_returned', 'returned')""",
    "CREATE INDEX sold_line_of_program ON sold_line (program_id, redeemed_at)",
)


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        for index in _INDEXES:
            await execute(index)

    async def run_backwards() -> None:
        await execute("DROP INDEX promo_order_of_program, promo_order_back, sold_line_of_program")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
