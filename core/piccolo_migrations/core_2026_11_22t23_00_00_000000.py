"""The epoch's one row, and indexes that Piccolo cannot declare."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "the epoch's row, the queue of jobs"


async def forwards() -> MigrationManager:
    """Forwards, statement by statement."""
    manager = MigrationManager(migration_id=ID, app_name="core", description=DESCRIPTION)

    async def run() -> None:
        await execute("INSERT INTO epoch (place) VALUES (1)")
        await execute("CREATE INDEX job_open ON job (created_at) WHERE state IN ('queued', 'running')")

    async def run_backwards() -> None:
        await execute("DROP INDEX job_open")
        await execute("DELETE FROM epoch")

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
