"""Every test of the ledger leaves books in which nothing is wrong."""

from collections.abc import AsyncIterator

import pytest

from tests.wallets.purses import wrong


@pytest.fixture
async def books(database: None) -> AsyncIterator[None]:
    yield
    assert await wrong() == []
