"""What Piccolo cannot declare about holds: a held lot is not due, and held money is found without looking at the rest."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:22:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of held lots"

_FORWARDS = (
    # Whoever releases what is due never walks past what is held.
    "DROP INDEX lot_due",
    "CREATE INDEX lot_due ON lot (releases_at) WHERE state = 'pending' AND holds = 0",
    "CREATE INDEX lot_held ON lot (agent_id, asset) INCLUDE (remaining_minor) WHERE holds > 0",
    "CREATE INDEX lot_hold_of_cause ON lot_hold (cause_id, lot_id) WHERE lifted_at IS NULL",
)

_BACKWARDS = (
    "DROP INDEX lot_hold_of_cause, lot_held, lot_due",
    "CREATE INDEX lot_due ON lot (releases_at) WHERE state = 'pending'",
)


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="wallets", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await execute(statement)

    async def run_backwards() -> None:
        for statement in _BACKWARDS:
            await execute(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
