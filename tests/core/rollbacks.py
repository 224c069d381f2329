"""Transactions that come to nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from core.db import transaction


class GoneWrong(Exception):
    """What ends such a transaction."""


@asynccontextmanager
async def rolled_back(*, adoptable: bool = False) -> AsyncIterator[datetime]:
    with suppress(GoneWrong):
        async with transaction(adoptable=adoptable) as now:
            yield now
            raise GoneWrong
