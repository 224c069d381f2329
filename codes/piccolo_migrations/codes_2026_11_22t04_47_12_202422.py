from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.constraints import Unique

ID = "2026-11-22T04:47:12:202422"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="codes", description=DESCRIPTION)

    manager.drop_constraint(
        table_class_name="WatchedTry",
        tablename="watched_try",
        constraint_name="watched_try_once",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="WatchedTry",
        tablename="watched_try",
        constraint_name="watched_try_of_agent_once",
        constraint_class=Unique,
        params={
            "columns": ["batch_number", "index", "why", "agent_id"],
            "nulls_distinct": True,
        },
        schema=None,
    )

    return manager
