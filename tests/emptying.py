"""Emptying the database between tests, by the owner's role and without asking its rules."""

import asyncpg

from programs import revision

_KEPT = ("migration", "epoch", "code_revision", "program_revision", "pepper", "customer_pepper")

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL ($1)"
_NEWER = """
UPDATE code_revision SET revision = revision + 1;
UPDATE program_revision SET rules = nextval('program_revision_number'), catalogue = nextval('program_revision_number')
"""


class Emptier:
    """A session that stays open, for a new one first has to read what there is of more than a hundred tables."""

    def __init__(self, owner_url: str) -> None:
        self._owner_url = owner_url
        self._connection: asyncpg.Connection | None = None
        self._filled = ""

    async def empty(self) -> None:
        """Leave every table without rows, and this process without memories of them."""
        connection = await self._connected()
        filled = await connection.fetch(self._filled)
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off")
            for table in filled:
                await connection.execute(f'DELETE FROM "{table["name"]}"')
            await connection.execute(_NEWER)
        revision._Look.at = float("-inf")

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._connection = await asyncpg.connect(self._owner_url, max_cacheable_statement_size=0)
            tables = [row["tablename"] for row in await self._connection.fetch(_TABLES, list(_KEPT))]
            self._filled = " UNION ALL ".join(
                f"SELECT '{table}' AS name WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables
            )
        return self._connection
