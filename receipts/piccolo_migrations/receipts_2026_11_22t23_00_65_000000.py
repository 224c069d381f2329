"""Indexes for what sources are asked about, a seller's pace, and what feeds have brought; old claims are asked about."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:65:000000"
VERSION = "1.38.0"
DESCRIPTION = "what sources are asked about"

INDEXES = {
    "receipt_inquiry_due": "INDEX receipt_inquiry_due ON receipt_inquiry (due_at) WHERE state = 'open'",
    "receipt_shop_due": "INDEX receipt_shop_due ON receipt (seller, due_at) WHERE state <> 'rejected'",
    "fed_receipt_brought": "INDEX fed_receipt_brought ON fed_receipt (brought_at)",
    "fed_return_waits": (
        "INDEX fed_return_waits ON fed_receipt (id) WHERE operation = 'return' AND carried_out_at IS NULL"
    ),
    "fed_return_items": "INDEX fed_return_items ON fed_receipt USING gin (item_keys) WHERE operation = 'return'",
}
_OLD = """
INSERT INTO receipt_inquiry (receipt_id, format, state, due_at)
SELECT id, format, 'open', now() FROM receipt WHERE state = 'pending_issuer' ON CONFLICT DO NOTHING
"""


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="receipts", description=DESCRIPTION)

    async def run() -> None:
        for index in INDEXES.values():
            await execute(f"CREATE {index}")
        await execute(_OLD)

    async def run_backwards() -> None:
        for name in INDEXES:
            await execute(f"DROP INDEX {name}")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
