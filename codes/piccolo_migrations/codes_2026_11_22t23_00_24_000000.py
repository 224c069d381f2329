"""What Piccolo cannot declare about the watch: the queue of tries that it has yet to judge."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:24:000000"
VERSION = "1.38.0"
DESCRIPTION = "tries that wait for the watch, agents by their pace"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE INDEX watched_try_waiting ON watched_try (id) WHERE NOT judged")
        await execute("CREATE INDEX agent_pace_of_agent ON agent_pace (agent_id) INCLUDE (scans)")
        await execute("ALTER TABLE agent_pace SET (fillfactor = 70)")

    async def run_backwards() -> None:
        await execute("ALTER TABLE agent_pace RESET (fillfactor)")
        await execute("DROP INDEX agent_pace_of_agent, watched_try_waiting")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
