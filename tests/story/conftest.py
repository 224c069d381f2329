"""One installation for the whole folder: two API processes, two workers; the books are looked into after each test."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.books import breaches
from tests.driver import Driver
from tests.installation import Installation, running
from tests.receipts.sources.stand_ins import FnsStandIn, served


@pytest.fixture(scope="session")
def tax() -> Iterator[FnsStandIn]:
    """The tax service that the installation asks; it knows what a test tells it, and is in the mood that one wants."""
    with served(FnsStandIn()) as service:
        yield service


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory, tax: FnsStandIn) -> Iterator[Installation]:
    data = tmp_path_factory.mktemp("installation")
    asked = {
        "NAPARNIK_FNS_ORIGIN": tax.origin,
        "NAPARNIK_FNS_MASTER_TOKEN": FnsStandIn.MASTER,
        "NAPARNIK_RECEIPT_ASK_AGAIN_SECONDS": "1",
    }
    with running(data, "--no-demo", "--api", "2", "--workers", "2", settings=asked) as installation:
        yield installation


@pytest.fixture
async def driver(installation: Installation) -> AsyncIterator[Driver]:
    """A client with the owner's key; the books have to be right when its test is over."""
    async with installation.driver() as driver:
        yield driver
        await driver.advance_jobs()
    assert await breaches(installation) == {}
