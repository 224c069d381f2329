import asyncpg
import pytest

from core import bundle
from core.bundle import Write
from core.db import fetch, transaction

pytestmark = pytest.mark.usefixtures("database")

THROW = "thrown AS (INSERT INTO switch (name, reason) VALUES ($1, $2) RETURNING name)"
NEWS = "told AS (INSERT INTO outbox (topic, payload) SELECT $1, to_jsonb(name || $2) FROM thrown)"


async def test_writes_of_several_rooms_are_one_statement_and_each_has_its_own_arguments() -> None:
    await bundle.write(Write(THROW, ("shop:1", "flood")), Write(NEWS, ("switches", "!")))

    assert [tuple(row) for row in await fetch("SELECT name, reason FROM switch")] == [("shop:1", "flood")]
    assert [tuple(row) for row in await fetch("SELECT topic, payload #>> '{}' FROM outbox")] == [
        ("switches", "shop:1!")
    ]


async def test_writes_that_fail_together_leave_nothing() -> None:
    twice = THROW.replace("thrown", "again")

    with pytest.raises(asyncpg.UniqueViolationError):
        async with transaction():
            await bundle.write(Write(THROW, ("shop:1", "flood")), Write(twice, ("shop:1", "fire")))

    assert await fetch("SELECT FROM switch") == []


async def test_nothing_to_write_is_no_statement() -> None:
    await bundle.write()
