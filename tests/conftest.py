"""Real servers for the whole run, an empty database for each test that asks for it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import hypothesis
import pytest

from cli.embedded import Servers
from core import db, destroyed, keys, peppers
from core.migrate import migrate
from core.settings import Settings, load
from tests.emptying import Emptier
from tests.servers import running_servers

# Whatever shares the machine may hold an example up; no test is about seconds.
hypothesis.settings.register_profile("naparnik", deadline=None)
hypothesis.settings.load_profile("naparnik")

# Folders whose tests share one running installation; they take longest, and are begun first.
_TOGETHER = ("story", "browser")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of several processes that share the tests, each takes whole files, and a folder that is tried together whole."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _TOGETHER.index(group) if (group := _group(item)) in _TOGETHER else len(_TOGETHER))


def _group(item: pytest.Item) -> str:
    folder = item.path.parent.name
    return folder if folder in _TOGETHER else item.path.stem + "." + folder


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A PostgreSQL and a Valkey of this run's own."""
    folder: Path = tmp_path_factory.mktemp("servers")
    with running_servers(folder) as started:
        yield started


@pytest.fixture(scope="session")
def environment(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of this run as a process would get them."""
    return {
        "NAPARNIK_ENVIRONMENT": "test",
        "NAPARNIK_DOCS": "true",
        # Nobody pulls the plug here, so nobody waits for the disk; whoever kills and restarts has installations for it.
        "NAPARNIK_DATABASE_URL": f"{servers.database_url}&synchronous_commit=off",
        "NAPARNIK_DATABASE_OWNER_URL": servers.database_owner_url,
        "NAPARNIK_REDIS_URL": servers.redis_url,
        "NAPARNIK_MASTER_KEY": keys.generate(),
        "NAPARNIK_DESTROYED_LOG": str(tmp_path_factory.mktemp("destroyed")),
        "NAPARNIK_LOG_LEVEL": "error",
    }


@pytest.fixture(scope="session")
def settings(environment: dict[str, str]) -> Settings:
    return load(environment)


@pytest.fixture(scope="session")
async def _schema(settings: Settings) -> AsyncIterator[None]:
    await migrate(settings)
    keys.use(keys.load(settings))
    destroyed.keep_in(settings.destroyed_log)
    await db.open_pool(settings.database_url)
    await peppers.load()
    yield
    await db.close_pool()


@pytest.fixture(scope="session")
async def emptier(_schema: None, settings: Settings) -> AsyncIterator[Emptier]:
    emptier = Emptier(settings.database_owner_url)
    yield emptier
    await emptier.close()


@pytest.fixture
async def database(emptier: Emptier) -> AsyncIterator[None]:
    """The migrated database through the application's role, emptied after the test."""
    yield
    await emptier.empty()


@pytest.fixture
async def proven(database: None) -> AsyncIterator[None]:
    """The database, in which every proof holds when the test is over."""
    yield
    from core.proofs import run
    from workers.chores import PROOFS

    assert [(verdict.name, verdict.breaches) for verdict in await run(PROOFS) if not verdict.holds] == []
