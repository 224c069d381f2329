"""Indexes for what was refused: a desk looks for claims of the same document among them too."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:67:000000"
VERSION = "1.38.0"
DESCRIPTION = "refused claims of a document and of its number"

INDEXES = {
    "receipt_refused": "INDEX receipt_refused ON receipt (identity) WHERE state = 'rejected'",
    "receipt_refused_place": "INDEX receipt_refused_place ON receipt (point, number) WHERE state = 'rejected'",
}


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="receipts", description=DESCRIPTION)

    async def run() -> None:
        for index in INDEXES.values():
            await execute(f"CREATE {index}")

    async def run_backwards() -> None:
        for name in INDEXES:
            await execute(f"DROP INDEX {name}")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
