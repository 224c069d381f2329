"""The index by which a product is found from a name or an article number on a receipt."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:51:000000"
VERSION = "1.38.0"
DESCRIPTION = "products by what they are called"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="programs", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE INDEX product_alias_text ON product_alias (upper(text))")

    async def run_backwards() -> None:
        await execute("DROP INDEX product_alias_text")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
