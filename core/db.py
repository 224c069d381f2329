"""The database: one pool, one kind of transaction, raw statements beside Piccolo's."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Literal, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from core.refusals import BadRequest, Unavailable

Isolation = Literal["read_committed", "repeatable_read", "serializable"]
Connection = PoolConnectionProxy

ACQUIRE_SECONDS = 5
CLOSE_SECONDS = 2
# For what takes as long as it takes; the client's own limit would otherwise end it.
UNTIMED_SECONDS = 86_400
SERVER_SETTINGS = {
    "application_name": "naparnik",
    "timezone": "UTC",
    "statement_timeout": "10s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "15s",
    # Statements here touch rows by their keys, however large the tables and however stale their statistics: the plan is
    # made once, follows the indexes, and stays as it is from the first row to the hundred millionth.
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
# What a lost, stopping or starting server looks like from here: the caller may try the same again.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    OSError,
)
# Two that met in the wrong moment: nothing was done, and the same thing succeeds when it is tried again.
CONTENDED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)


class DatabaseUnavailable(Unavailable):
    slug = "unavailable"


class NestedTransaction(RuntimeError):
    """A transaction was opened inside another: an error in the program, never a refusal."""


class Unencodable(BadRequest):
    """A value that no column can hold, such as a number beyond 64 bits, a NUL in a text, a time in the year 0."""


class _Engine(PostgresEngine):
    """Piccolo's engine that connects to nothing until the pool is opened."""

    async def check_version(self) -> None:
        pass

    async def prep_database(self) -> None:
        pass


class _Current:
    """The transaction under way in this context, in the shape that Piccolo looks for."""

    __slots__ = ("adoptable", "connection", "now")

    def __init__(self, connection: Connection, now: datetime, *, adoptable: bool) -> None:
        self.connection = connection
        self.now = now
        self.adoptable = adoptable


engine = _Engine(config={})


async def open_pool(
    database_url: str, *, size: int = 10, statement_cache: int = 1024, statement_seconds_max: float | None = 15
) -> None:
    """Open the process's pool; every process that touches the database does this once."""
    engine.pool = await asyncpg.create_pool(
        database_url,
        min_size=1,
        max_size=size,
        timeout=ACQUIRE_SECONDS,
        command_timeout=statement_seconds_max,
        statement_cache_size=statement_cache,
        server_settings=SERVER_SETTINGS,
        # We leave no session state behind, so a returned connection needs no round trip to be cleaned.
        reset=_keep,
    )


async def close_pool() -> None:
    """Return every connection, in haste if the server no longer answers; the pool may be opened again."""
    pool, engine.pool = engine.pool, None
    if pool is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await pool.close()


def pool() -> asyncpg.Pool:
    """The open pool; a program that forgot to open it is broken."""
    if engine.pool is None:
        raise RuntimeError("the database pool is not open")
    return engine.pool


@asynccontextmanager
async def transaction(*, isolation: Isolation | None = None, adoptable: bool = False) -> AsyncIterator[datetime]:
    """One transaction, all or nothing; yields the database's time, the only clock that money knows.

    A second transaction inside raises NestedTransaction. The one exception: a transaction opened as *adoptable* (by
    the idempotency of a request, whose row must commit with the effect) is joined, once, by the use case that it wraps.
    """
    current = _current()
    if current is not None:
        if not current.adoptable:
            raise NestedTransaction("a transaction is under way already")
        current.adoptable = False
        try:
            async with current.connection.transaction():
                yield current.now
        except BaseException:
            # Nothing of it is left: whoever tries again may join again.
            current.adoptable = True
            raise
        return
    async with _begun("SELECT now()", isolation=isolation, adoptable=adoptable) as seen:
        yield seen["now"]


@asynccontextmanager
async def looking(statement: str, *arguments: Any, adoptable: bool = False) -> AsyncIterator[asyncpg.Record]:
    """A transaction that begins with a statement of the caller's own, which tells `now` among all that he has to know.

    Yields the row. It is `transaction` without the way to the database for the time alone.
    """
    if _current() is not None:
        raise NestedTransaction("a transaction is under way already")
    async with _begun(statement, *arguments, adoptable=adoptable) as seen:
        yield seen


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """A part of the caller's transaction that can fail alone."""
    current = _current()
    if current is None:
        raise RuntimeError("a savepoint needs a transaction")
    async with current.connection.transaction():
        yield


@asynccontextmanager
async def acquired() -> AsyncIterator[Connection]:
    """A pooled connection that comes back whatever happens, a failed COMMIT included."""
    # A pool that is being closed waits for what it has lent, and is the process's no more.
    lender = pool()
    try:
        connection = await lender.acquire(timeout=ACQUIRE_SECONDS)
    except LOST as lost:
        raise DatabaseUnavailable(detail="the database does not answer") from lost
    try:
        yield connection
    finally:
        await lender.release(connection)


async def fetch(statement: str, *arguments: Any, seconds_max: float | None = None) -> list[asyncpg.Record]:
    """Rows of one raw statement, inside the transaction under way if there is one."""
    async with _connection() as connection:
        return await connection.fetch(statement, *arguments, timeout=seconds_max)


async def fetch_row(statement: str, *arguments: Any) -> asyncpg.Record | None:
    """The first row, or None."""
    async with _connection() as connection:
        return await connection.fetchrow(statement, *arguments)


async def fetch_value(statement: str, *arguments: Any) -> Any:
    """The first column of the first row, or None."""
    async with _connection() as connection:
        return await connection.fetchval(statement, *arguments)


async def execute(statement: str, *arguments: Any) -> str:
    """Run one statement; returns the server's command tag, such as 'UPDATE 3'."""
    async with _connection() as connection:
        return await connection.execute(statement, *arguments)


async def copy(table: str, *, columns: Sequence[str], records: Sequence[Sequence[Any]]) -> None:
    """Many rows at once by COPY; any conflict fails them all."""
    async with _connection() as connection:
        await connection.copy_records_to_table(table, columns=columns, records=records)


async def copy_binary(table: str, *, columns: Sequence[str], source: AsyncIterable[bytes]) -> None:
    """Any number of rows by COPY, in its binary form and as they come; any conflict fails them all."""
    async with _connection() as connection:
        await connection.copy_to_table(table, columns=columns, source=source, format="binary", timeout=UNTIMED_SECONDS)


@asynccontextmanager
async def _connection() -> AsyncIterator[Connection]:
    current = _current()
    try:
        if current is not None:
            yield current.connection
            return
        async with acquired() as connection:
            yield connection
    except asyncpg.DataError as broken:
        # Its words quote the value, which may be a secret.
        raise Unencodable(detail="a value is beyond what can be kept") from broken


def _current() -> _Current | None:
    return cast("_Current | None", engine.current_transaction.get())


@asynccontextmanager
async def _begun(
    look: str, *arguments: Any, isolation: Isolation | None = None, adoptable: bool = False
) -> AsyncIterator[asyncpg.Record]:
    """A transaction of this context's own, begun with a look; yields the row that it saw."""
    async with acquired() as connection, connection.transaction(isolation=isolation):
        [seen] = await connection.fetch(look, *arguments)
        token = engine.current_transaction.set(
            cast("PostgresTransaction", _Current(connection, seen["now"], adoptable=adoptable))
        )
        try:
            yield seen
        finally:
            engine.current_transaction.reset(token)


async def _keep(_connection: Any) -> None:
    pass
