"""What Piccolo cannot declare about risk events: one open at a time for each suspicion, and the queues of what is to be done."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:23:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes of risk events"

_FORWARDS = (
    "CREATE UNIQUE INDEX risk_event_open_once ON risk_event (kind, subject) WHERE state = 'open'",
    "CREATE INDEX risk_event_cleared ON risk_event (kind, subject, decided_at) WHERE state = 'cleared'",
    "CREATE INDEX risk_event_of_state ON risk_event (state, id)",
    "CREATE INDEX risk_event_to_carry_out ON risk_event (id) WHERE state = 'confirmed' AND carried_out_at IS NULL",
    "CREATE INDEX risk_event_of_agent ON risk_event (agent_id) WHERE agent_id IS NOT NULL",
    "CREATE INDEX risk_activity_waiting ON risk_activity (id) WHERE NOT applied",
    # Few entries are clawbacks: the others cost this index nothing.
    "CREATE INDEX journal_clawed_back ON journal_entry (at, agent_id) WHERE kind = 'clawed_back'",
)

_BACKWARDS = (
    "DROP INDEX journal_clawed_back, risk_activity_waiting, risk_event_of_agent, risk_event_to_carry_out, risk_event_of_state",
    "DROP INDEX risk_event_cleared, risk_event_open_once",
)


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="referrals", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await execute(statement)

    async def run_backwards() -> None:
        for statement in _BACKWARDS:
            await execute(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
