"""The index by which an agent's oldest refusals are found."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:05:000000"
VERSION = "1.38.0"
DESCRIPTION = "refusals of an agent by age"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    async def run() -> None:
        await execute("CREATE INDEX refused_scan_of_agent ON refused_scan (agent_id, at DESC, id DESC)")

    async def run_backwards() -> None:
        await execute("DROP INDEX refused_scan_of_agent")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
