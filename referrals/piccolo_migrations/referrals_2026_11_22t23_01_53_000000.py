"""The watch looks at goods that clients bring back as it does at bonuses that were taken back."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:01:53:000000"
VERSION = "1.38.0"
DESCRIPTION = "what was taken back, by agent"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="referrals", description=DESCRIPTION)

    async def run() -> None:
        await execute(
            """CREATE INDEX journal_taken_back ON journal_entry (at, agent_id)
               WHERE kind IN ('clawed_back', 'client_returned')"""
        )
        await execute("DROP INDEX journal_clawed_back")

    async def run_backwards() -> None:
        await execute("CREATE INDEX journal_clawed_back ON journal_entry (at, agent_id) WHERE kind = 'clawed_back'")
        await execute("DROP INDEX journal_taken_back")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
