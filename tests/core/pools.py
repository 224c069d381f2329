"""A pool of the test's own, in the place of the process's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from core import db


@asynccontextmanager
async def own_pool(database_url: str, *, size: int) -> AsyncIterator[asyncpg.Pool]:
    shared, db.engine.pool = db.engine.pool, None
    await db.open_pool(database_url, size=size)
    try:
        yield db.pool()
    finally:
        await db.close_pool()
        db.engine.pool = shared


async def as_owner(database_owner_url: str, *statements: str) -> None:
    """Run statements as the owner, whom no rule of the database holds back."""
    connection = await asyncpg.connect(database_owner_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
