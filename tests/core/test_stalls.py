from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from core.db import LOST, execute, fetch_value, transaction
from core.settings import Settings
from core.stalls import end_stalled
from core.switches import READ_ONLY, throw
from tests.calls import until

_WAITS = "SELECT wait_event = 'ClientRead' FROM pg_stat_activity WHERE pid = $1"

pytestmark = pytest.mark.usefixtures("database")


@asynccontextmanager
async def another(settings: Settings, application: str = "naparnik") -> AsyncIterator[asyncpg.Connection]:
    """A session of another process."""
    connection = await asyncpg.connect(settings.database_url, server_settings={"application_name": application})
    try:
        yield connection
    finally:
        await connection.close(timeout=1)


async def stop_with_a_lock(connection: asyncpg.Connection, *, within_a_statement: bool) -> None:
    """Leave a process where a SIGSTOP finds it: it has locked a row, and says nothing more."""
    await connection.execute("BEGIN")
    await connection.execute("SELECT FROM switch FOR UPDATE")
    if within_a_statement:
        # The server has parsed it and waits for its arguments, in which none of its own clocks runs.
        await connection.prepare("SELECT $1::int")
    # The answer goes out a moment before the server says of itself that it waits for more.
    await until(lambda: fetch_value(_WAITS, connection.get_server_pid()), bool)


async def stays(connection: asyncpg.Connection) -> bool:
    try:
        await connection.fetchval("SELECT 1")
    except LOST:
        return False
    return True


@pytest.fixture(autouse=True)
async def _row(database: None) -> None:
    async with transaction():
        await throw(READ_ONLY, reason="", by="test")


@pytest.mark.parametrize("within_a_statement", [False, True])
async def test_a_process_that_stops_in_a_transaction_gives_up_what_it_has_locked(
    settings: Settings, *, within_a_statement: bool
) -> None:
    async with another(settings) as stopped:
        await stop_with_a_lock(stopped, within_a_statement=within_a_statement)

        ended = await end_stalled(seconds=0)

        assert ended == 1
        assert await execute("UPDATE switch SET reason = 'free'") == "UPDATE 1"
        assert not await stays(stopped)


async def test_whoever_has_no_transaction_or_goes_on_or_is_nobody_of_ours_is_left_alone(settings: Settings) -> None:
    async with another(settings) as idle, another(settings) as quick, another(settings, "psql") as foreign:
        await idle.fetchval("SELECT 1")
        await stop_with_a_lock(quick, within_a_statement=True)

        assert await end_stalled() == 0

        assert await stays(quick)
        await quick.execute("ROLLBACK")
        await stop_with_a_lock(foreign, within_a_statement=True)
        assert await end_stalled(seconds=0) == 0
        assert [await stays(idle), await stays(foreign)] == [True, True]
