"""Migrations: every room's, in order, by the owner's role, one process at a time, and the grants after them."""

import contextlib
import io
import re

from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
from piccolo.conf.apps import Finder

from core.db import close_pool, execute, fetch, fetch_value, open_pool, transaction
from core.settings import Settings
from core.tables import APPEND_ONLY

_LOCK = 0x6E61_7061
_WAIT_FOR_ANOTHER = "120s"
# A migration that waits for a table makes everybody behind it wait too, so it gives up soon and is started again.
_WAIT_FOR_A_TABLE = "2s"


async def migrate(settings: Settings) -> list[str]:
    """Bring the schema up to date and return what was done; others that start it meanwhile wait and find it done.

    The process must not have its pool open: migrations run as the owner's role, on a pool of their own.
    """
    await open_pool(settings.database_owner_url or settings.database_url, size=1, statement_seconds_max=None)
    try:
        async with transaction():
            await execute("SET LOCAL statement_timeout = 0")
            await execute(f"SET LOCAL lock_timeout = '{_WAIT_FOR_ANOTHER}'")
            await execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            await execute(f"SET LOCAL lock_timeout = '{_WAIT_FOR_A_TABLE}'")
            done = await _forwards()
            await _grant(settings.database_app_role)
    finally:
        await close_pool()
    return done


async def _forwards() -> list[str]:
    before = await _known()
    with contextlib.redirect_stdout(io.StringIO()):
        for app in Finder().get_sorted_app_names():
            result = await ForwardsMigrationManager(app_name=app).run()
            if not result.success:
                raise RuntimeError(f"the migrations of {app} failed: {result.message}")
    return sorted(await _known() - before)


async def _known() -> set[str]:
    if await fetch_value("SELECT to_regclass('migration')") is None:
        return set()
    return {f"{row['app_name']} {row['name']}" for row in await fetch("SELECT app_name, name FROM migration")}


async def _grant(role: str) -> None:
    """The application reads and writes rows; it owns nothing, and what is written once it cannot touch again."""
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", role):
        raise ValueError("NAPARNIK_DATABASE_APP_ROLE is not a plain role name")
    await execute(f"GRANT USAGE ON SCHEMA public TO {role}")
    await execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    await execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
    await execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
    await execute(f"REVOKE ALL ON migration FROM {role}")
    # PostgreSQL writes through a plain view as if it were its table.
    for view in await fetch("SELECT viewname FROM pg_views WHERE schemaname = 'public'"):
        await execute(f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {view['viewname']} FROM {role}")
    for app in Finder().get_app_registry().app_configs.values():
        for table in app.table_classes:
            if APPEND_ONLY in table._meta.tags:
                await execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table._meta.tablename} FROM {role}")
