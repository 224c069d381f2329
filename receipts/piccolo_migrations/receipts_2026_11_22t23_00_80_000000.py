"""Receipts that were paid in part: which of their goods the rules were told of, and which a person has to judge."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:80:000000"
VERSION = "1.38.0"
DESCRIPTION = "what is left to judge of receipts that were paid in part; links between receipts"

INDEXES = {
    "receipt_unsure": (
        "INDEX receipt_unsure ON receipt (id) WHERE reason = 'unsure_lines' AND state IN ('matched', 'reversed')"
    ),
    "receipt_hear": "INDEX receipt_hear ON receipt (hear_at) WHERE hear_at IS NOT NULL",
    "receipt_alias_new": "INDEX receipt_alias_new ON receipt_alias (id) WHERE applied_at IS NULL",
    "receipt_chain": "INDEX receipt_chain ON receipt (point, chain_value) WHERE state <> 'rejected'",
    "receipt_chain_before": "INDEX receipt_chain_before ON receipt (point, chain_before) WHERE state <> 'rejected'",
}
# What had been paid before anybody wrote down by which activity was paid by the receipt's own.
_TOLD = """
UPDATE receipt_line SET told_by = receipt_id FROM receipt
WHERE receipt.id = receipt_id AND state IN ('matched', 'reversed') AND is_goods AND payment = 'full'
  AND product_id IS NOT NULL
"""
# What was proposed is done with once somebody has decided.
_PROPOSED = """
DELETE FROM receipt_proposal USING receipt WHERE receipt.id = receipt_id AND state <> 'in_review'
"""
_UNSURE = """
UPDATE receipt SET reason = 'unsure_lines' WHERE state IN ('matched', 'reversed') AND decided_at IS NULL
  AND EXISTS (SELECT FROM receipt_line line WHERE line.receipt_id = receipt.id AND is_goods AND payment = 'full'
      AND product_id IS NULL AND returned_by IS NULL
      AND (why = 'ambiguous' OR why IN ('too_unlike', 'too_close', 'price_differs') AND likeness >= 850))
"""


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="receipts", description=DESCRIPTION)

    async def run() -> None:
        for index in INDEXES.values():
            await execute(f"CREATE {index}")
        await execute(_TOLD)
        await execute(_UNSURE)
        await execute(_PROPOSED)

    async def run_backwards() -> None:
        await execute("UPDATE receipt SET reason = '' WHERE reason = 'unsure_lines' AND state <> 'in_review'")
        for name in INDEXES:
            await execute(f"DROP INDEX {name}")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
