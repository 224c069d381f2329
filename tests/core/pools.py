"""Pools of a test's own, in the place of the process's."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg

from core import db


@contextmanager
def pool_aside() -> Iterator[None]:
    """The process without its pool, as a program is that migrates."""
    shared, db.engine.pool = db.engine.pool, None
    try:
        yield
    finally:
        db.engine.pool = shared


@asynccontextmanager
async def own_pool(database_url: str, *, size: int) -> AsyncIterator[asyncpg.Pool]:
    with pool_aside():
        await db.open_pool(database_url, size=size)
        try:
            yield db.pool()
        finally:
            await db.close_pool()


async def as_owner(database_owner_url: str, *statements: str) -> None:
    """Run statements as the owner, whom no rule of the database holds back."""
    connection = await asyncpg.connect(database_owner_url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
