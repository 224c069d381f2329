"""The transfers of shops' accounts are found by their moments, for the statements that shops get."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:01:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "transfers of shops"

_FORWARDS = (
    """CREATE INDEX transfer_to_shop ON transfer (credit_account_id, created_at)
       WHERE kind IN ('discount', 'cover', 'raise_shop', 'unpay_shop')""",
    """CREATE INDEX transfer_from_shop ON transfer (debit_account_id, created_at)
       WHERE kind IN ('undiscount', 'uncover', 'lower_shop', 'pay_shop')""",
)


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="wallets", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await execute(statement)

    async def run_backwards() -> None:
        await execute("DROP INDEX transfer_from_shop, transfer_to_shop")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
