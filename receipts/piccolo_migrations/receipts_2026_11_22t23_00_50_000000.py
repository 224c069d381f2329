"""One live claim of each document; indexes for an agent's list, a till's neighbours, and whatever waits."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:50:000000"
VERSION = "1.38.0"
DESCRIPTION = "one claim of each receipt; its places"

INDEXES = {
    "receipt_identity_once": "UNIQUE INDEX receipt_identity_once ON receipt (identity) WHERE state <> 'rejected'",
    "receipt_of_agent": "INDEX receipt_of_agent ON receipt (agent_id, id)",
    "receipt_agent_due": "INDEX receipt_agent_due ON receipt (agent_id, due_at) WHERE state <> 'rejected'",
    "receipt_till_due": "INDEX receipt_till_due ON receipt (point, due_at) WHERE state <> 'rejected'",
    "receipt_neighbours": "INDEX receipt_neighbours ON receipt (point, number) WHERE state <> 'rejected'",
    "receipt_in_review": "INDEX receipt_in_review ON receipt (id) WHERE state = 'in_review'",
    "receipt_deferred": "INDEX receipt_deferred ON receipt (due_at) WHERE state = 'deferred'",
    "receipt_line_item": "INDEX receipt_line_item ON receipt_line (item_key) WHERE item_key IS NOT NULL",
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
