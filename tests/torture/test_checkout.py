"""Ten thousand steps of chance with orders, eight at a time in each world: no answer is one that cannot have been."""

import os
import random
from collections.abc import AsyncIterator

import pytest

from core import keys, peppers
from core.db import close_pool, open_pool
from core.settings import load
from tests.codes.checkout_life import live
from tests.codes.checkout_world import World
from tests.installation import Installation

pytestmark = pytest.mark.torture

STEPS = int(os.environ.get("NAPARNIK_TEST_STEPS", "10000"))
AT_ONCE = 8
# A world in which everything is used up has little left to tell.
STEPS_A_WORLD = 500


@pytest.fixture
async def database_owner_url(installation: Installation) -> AsyncIterator[str]:
    """The installation's database, to which this process is one more of its own."""
    settings = load(installation.variables())
    keys.use(keys.load(settings))
    await open_pool(settings.database_url)
    await peppers.load()
    yield settings.database_owner_url
    await close_pool()


@pytest.mark.usefixtures("driver")
async def test_whatever_chance_does_to_orders_no_world_is_other_than_the_model(
    database_owner_url: str, chance: random.Random
) -> None:
    for _ in range(max(1, STEPS // STEPS_A_WORLD)):
        world = World(random.Random(chance.getrandbits(32)))
        await world.begin(database_owner_url)

        await live(world, min(STEPS, STEPS_A_WORLD), at_once=AT_ONCE)

        assert await world.wrong() == []
