"""What Piccolo cannot declare: room for counters to change in place, and a number that never comes back."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from core.db import execute

ID = "2026-11-22T23:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "fill factors and the revision's sequence"

_FORWARDS = (
    "ALTER TABLE budget SET (fillfactor = 70)",
    "ALTER TABLE limit_use SET (fillfactor = 70)",
    "CREATE SEQUENCE program_revision_number",
)

_BACKWARDS = (
    "DROP SEQUENCE program_revision_number",
    "ALTER TABLE limit_use RESET (fillfactor)",
    "ALTER TABLE budget RESET (fillfactor)",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="programs", description=DESCRIPTION)

    async def run() -> None:
        for statement in _FORWARDS:
            await execute(statement)

    async def run_backwards() -> None:
        for statement in _BACKWARDS:
            await execute(statement)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
