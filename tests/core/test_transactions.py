import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest

from core import switches
from core.db import (
    LOST,
    DatabaseUnavailable,
    NestedTransaction,
    Unencodable,
    engine,
    execute,
    fetch_value,
    looking,
    savepoint,
    transaction,
)
from core.settings import Settings
from core.tables import Switch
from tests.core.pools import as_owner, own_pool
from tests.core.rollbacks import rolled_back

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def late(database: None, settings: Settings) -> AsyncIterator[None]:
    """A table whose uniqueness is judged at COMMIT, and so fails there."""
    await as_owner(
        settings.database_owner_url,
        "CREATE TABLE late (number int UNIQUE DEFERRABLE INITIALLY DEFERRED)",
        f"GRANT ALL ON late TO {settings.database_app_role}",
    )
    yield
    await as_owner(settings.database_owner_url, "DROP TABLE late")


async def fail_at_commit() -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with transaction():
            await execute("INSERT INTO late VALUES (1), (1)")


async def switched_on() -> set[str]:
    return set(await switches.thrown())


async def switch_on(name: str) -> None:
    await execute("INSERT INTO switch (name) VALUES ($1)", name)


async def test_three_commits_that_fail_leave_a_pool_of_three_whole(late: None, settings: Settings) -> None:
    async with own_pool(settings.database_url, size=3) as pool:
        await asyncio.gather(fail_at_commit(), fail_at_commit(), fail_at_commit())

        numbers = await asyncio.gather(*(fetch_value("SELECT $1::int", number) for number in range(3)))

        assert numbers == [0, 1, 2]
        assert pool.get_idle_size() == pool.get_size()


async def test_piccolo_still_loses_the_connection_of_a_commit_that_fails(late: None, settings: Settings) -> None:
    async with own_pool(settings.database_url, size=1) as pool:
        with pytest.raises(asyncpg.UniqueViolationError):
            async with engine.transaction():
                await Switch.raw("INSERT INTO late VALUES (1), (1)")

        lost = pool.get_idle_size() == 0

        engine.current_transaction.set(None)
        pool.terminate()
    assert lost, "core.db.transaction is no longer needed for this"


async def test_everything_in_a_transaction_happens_or_nothing() -> None:
    async with rolled_back():
        await switch_on("shop:1")
        await Switch.insert(Switch(name="shop:2"))

    async with transaction():
        await switch_on("shop:3")
        await Switch.insert(Switch(name="shop:4"))

    assert await switched_on() == {"shop:3", "shop:4"}


async def test_a_transaction_yields_the_time_of_the_database() -> None:
    async with transaction() as now:
        assert now == await fetch_value("SELECT now()")
        assert now.utcoffset() == UTC.utcoffset(None)


async def test_a_transaction_inside_another_is_an_error_of_the_program() -> None:
    async with transaction():
        with pytest.raises(NestedTransaction):
            async with transaction():
                pass


async def test_an_adoptable_transaction_is_joined_exactly_once() -> None:
    async with transaction(adoptable=True) as outer:
        async with transaction() as inner:
            await switch_on("shop:1")
            with pytest.raises(NestedTransaction):
                async with transaction():
                    pass
        with pytest.raises(NestedTransaction):
            async with transaction():
                pass

    assert inner == outer
    assert await switched_on() == {"shop:1"}


async def test_what_joined_an_adoptable_transaction_can_fail_alone() -> None:
    async with transaction(adoptable=True):
        async with rolled_back():
            await switch_on("shop:1")
        await switch_on("shop:2")

    assert await switched_on() == {"shop:2"}


async def test_whoever_joined_an_adoptable_transaction_and_failed_may_try_again() -> None:
    async with transaction(adoptable=True):
        async with rolled_back():
            await switch_on("shop:1")
        async with transaction():
            await switch_on("shop:2")
        with pytest.raises(NestedTransaction):
            async with transaction():
                pass

    assert await switched_on() == {"shop:2"}


async def test_what_joined_an_adoptable_transaction_goes_with_it() -> None:
    async with rolled_back(adoptable=True), transaction():
        await switch_on("shop:1")

    assert await switched_on() == set()


async def test_a_savepoint_fails_alone_and_leaves_the_rest() -> None:
    async with transaction():
        await switch_on("shop:1")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with savepoint():
                await switch_on("shop:1")
        await switch_on("shop:2")

    assert await switched_on() == {"shop:1", "shop:2"}


async def test_a_savepoint_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        async with savepoint():
            pass


async def test_transactions_of_two_tasks_know_nothing_of_each_other() -> None:
    both_wrote = asyncio.Barrier(2)

    async def write(name: str) -> set[str]:
        async with transaction():
            await switch_on(name)
            await both_wrote.wait()
            seen = await switched_on()
            await both_wrote.wait()
        return seen

    seen = await asyncio.gather(write("shop:1"), write("shop:2"))

    assert list(seen) == [{"shop:1"}, {"shop:2"}]


async def test_a_caller_who_goes_away_leaves_no_transaction_behind(settings: Settings) -> None:
    async with own_pool(settings.database_url, size=1) as pool:
        started = asyncio.Event()

        async def write() -> None:
            async with transaction():
                await switch_on("shop:1")
                started.set()
                await execute("SELECT pg_sleep(5)")

        task = asyncio.create_task(write())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await fetch_value("SELECT count(*) FROM switch") == 0
        assert pool.get_idle_size() == 1


async def test_a_pool_that_is_used_up_answers_unavailable(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    async with own_pool(settings.database_url, size=1), transaction():
        monkeypatch.setattr("core.db.ACQUIRE_SECONDS", 0.05)
        task = asyncio.create_task(elsewhere("SELECT 1"))

        with pytest.raises(DatabaseUnavailable):
            await task


async def elsewhere(statement: str) -> object:
    """Ask outside the transaction that this task inherited."""
    engine.current_transaction.set(None)
    return await fetch_value(statement)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", 2**63),
        ("bigint", -(2**63) - 1),
        ("text", "a\0b"),
        ("text", "a\ud800b"),
        ("timestamptz", datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))),
    ],
)
async def test_a_value_that_no_column_can_hold_is_its_callers_fault(kind: str, value: object) -> None:
    with pytest.raises(Unencodable) as refused:
        await fetch_value(f"SELECT $1::{kind}", value)

    assert not isinstance(refused.value, LOST)
    assert refused.value.status == 400


async def test_a_look_is_the_first_thing_in_its_transaction_and_tells_the_time_of_it() -> None:
    async with looking("SELECT now(), $1::int AS seen", 17) as seen:
        assert (seen["seen"], seen["now"]) == (17, await fetch_value("SELECT now()"))
        await switch_on("looked")

    assert await switched_on() == {"looked"}


async def test_a_look_is_no_transaction_within_another() -> None:
    async with transaction():
        with pytest.raises(NestedTransaction):
            async with looking("SELECT now()"):
                pass


async def test_what_follows_a_look_is_undone_with_it() -> None:
    with pytest.raises(asyncpg.NotNullViolationError):
        await look_and_fail()

    assert await switched_on() == set()


async def look_and_fail() -> None:
    async with looking("SELECT now()"):
        await switch_on("looked")
        await execute("INSERT INTO switch (name) VALUES (NULL)")
