"""One installation for the whole folder: two API processes, two workers; the books are looked into after each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.books import breaches
from tests.driver import Driver
from tests.installation import Installation, running


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("installation")
    with running(data, "--no-demo", "--api", "2", "--workers", "2") as installation:
        yield installation


@pytest.fixture
async def driver(installation: Installation) -> AsyncIterator[Driver]:
    """A client with the owner's key; the books have to be right when its test is over."""
    async with installation.driver() as driver:
        yield driver
        await driver.advance_jobs()
    assert await breaches(installation) == {}
