import asyncio
import contextlib
import io
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import msgspec
import pytest
from piccolo.apps.migrations.commands.backwards import BackwardsMigrationManager
from piccolo.conf.apps import Finder

from core import jobs, outbox
from core.access import Role, create
from core.db import transaction
from core.ids import uuid7
from core.migrate import migrate
from core.settings import Settings
from tests.core.pools import as_owner, own_pool, pool_aside
from tests.programs.stored import a_campaign, a_program
from tests.referrals.people import enrolled
from wallets import spends
from wallets.credits import Credit, credit

SCHEMA = {
    "columns": """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default
                  FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
                      WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "options": """SELECT relname, reloptions::text, relacl::text FROM pg_class
                  WHERE relnamespace = 'public'::regnamespace""",
}


@pytest.fixture
async def empty_database(settings: Settings) -> AsyncIterator[Settings]:
    """A database without a table on the run's server."""
    await as_owner(settings.database_owner_url, "CREATE DATABASE unbuilt")
    yield msgspec.structs.replace(
        settings,
        database_url=settings.database_url.replace("/naparnik?", "/unbuilt?"),
        database_owner_url=settings.database_owner_url.replace("/naparnik?", "/unbuilt?"),
    )
    await as_owner(settings.database_owner_url, "DROP DATABASE unbuilt WITH (FORCE)")


async def schema(settings: Settings) -> dict[str, list[str]]:
    """Everything the migrations make, in a form that can be compared."""
    connection = await asyncpg.connect(settings.database_owner_url)
    try:
        return {
            what: sorted(str(tuple(row)) for row in await connection.fetch(statement))
            for what, statement in SCHEMA.items()
        }
    finally:
        await connection.close()


async def backwards(settings: Settings, room: str) -> None:
    async with own_pool(settings.database_owner_url, size=1), transaction():
        with contextlib.redirect_stdout(io.StringIO()):
            await BackwardsMigrationManager(app_name=room, migration_id="all", auto_agree=True).run()


async def start_migrating(environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cli", "migrate", env=environment, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()


async def fill() -> None:
    """Something in the tables, made the way everybody makes it."""
    await create(role=Role.owner, name="owner", by="test")
    async with transaction():
        await jobs.enqueue("seal", {}, created_by="test")
        await outbox.record("journal", [])
    campaign_id = await a_campaign(await a_program(), budget_minor=1_000)
    person = await enrolled()
    async with transaction() as now:
        await credit(
            [
                Credit(
                    accrual_id=uuid7(),
                    agent_id=person.agent_id,
                    campaign_id=campaign_id,
                    asset="RUB",
                    amount_minor=100,
                    releases_at=now - timedelta(seconds=1),
                    expires_after_days=None,
                    debt_share_basis_points=10_000,
                    cause="code:1",
                )
            ],
            now=now,
        )
    await spends.reserve(person.agent_id, asset="RUB", amount_minor=40, purpose="тест", ttl_seconds=60)


async def test_four_that_migrate_at_once_all_succeed_and_one_does_the_work(
    empty_database: Settings, environment: dict[str, str]
) -> None:
    urls = {
        "NAPARNIK_DATABASE_URL": empty_database.database_url,
        "NAPARNIK_DATABASE_OWNER_URL": empty_database.database_owner_url,
    }

    said = await asyncio.gather(*(start_migrating(environment | urls) for _ in range(4)))

    assert sorted(map(bool, said)) == [False, False, False, True]


async def test_migrating_a_second_time_finds_nothing_to_do(empty_database: Settings) -> None:
    with pool_aside():
        first, second = await migrate(empty_database), await migrate(empty_database)

    assert len(first) == len(set(first)) > 0
    assert second == []


async def test_every_room_goes_down_with_its_rows_and_comes_up_the_same(empty_database: Settings) -> None:
    rooms = Finder().get_sorted_app_names()
    with pool_aside():
        await migrate(empty_database)
    before = await schema(empty_database)
    async with own_pool(empty_database.database_url, size=2):
        await fill()

    for room in reversed(rooms):
        await backwards(empty_database, room)
    bare = await schema(empty_database)
    with pool_aside():
        await migrate(empty_database)

    assert {row.split("'")[1] for row in bare["columns"]} == {"migration"}
    assert bare["views"] == bare["functions"] == bare["triggers"] == []
    assert await schema(empty_database) == before


async def test_a_migration_that_breaks_leaves_nothing_behind(empty_database: Settings) -> None:
    broken = msgspec.structs.replace(empty_database, database_app_role="no; role")
    with pool_aside(), pytest.raises(ValueError, match="plain role name"):
        await migrate(broken)

    assert (await schema(empty_database))["columns"] == []


def test_no_two_migrations_share_an_id() -> None:
    # Going back, Piccolo forgets a migration by its id in all rooms together.
    finder = Finder()
    folders = [app.resolved_migrations_folder_path for app in finder.get_app_registry().app_configs.values()]
    manager = BackwardsMigrationManager(app_name="core", migration_id="all")

    ids = Counter(one for folder in folders for one in manager.get_migration_modules(folder))

    assert [one for one, times in ids.items() if times > 1] == []


async def test_a_table_that_somebody_holds_makes_the_migration_give_up_soon(
    empty_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.migrate._WAIT_FOR_A_TABLE", "100ms")
    with pool_aside():
        await migrate(empty_database)
        holder = await asyncpg.connect(empty_database.database_owner_url)
        try:
            async with holder.transaction():
                await holder.execute("LOCK TABLE transfer")

                with pytest.raises(asyncpg.LockNotAvailableError):
                    await migrate(empty_database)
        finally:
            await holder.close()
