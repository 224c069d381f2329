import asyncio
from uuid import UUID

import pytest

from core import audit, switches
from tests.core.rollbacks import rolled_back

pytestmark = pytest.mark.usefixtures("database")


async def test_what_was_turned_off_stays_off_until_somebody_turns_it_on_again() -> None:
    await switches.turn_on(switches.READ_ONLY, reason="a restore", by="key:1")
    await switches.turn_on(switches.shop(UUID(int=1)), reason="a complaint", by="key:1")
    both = await switches.thrown()
    await switches.turn_off(switches.READ_ONLY, by="key:2")

    assert both == {"read_only": "a restore", f"shop:{UUID(int=1)}": "a complaint"}
    assert await switches.thrown() == {f"shop:{UUID(int=1)}": "a complaint"}


async def test_thirty_who_throw_one_switch_at_once_throw_it_once() -> None:
    await asyncio.gather(*(switches.turn_on("read_only", reason=str(turn), by="key:1") for turn in range(30)))

    assert len(await switches.thrown()) == 1


async def test_a_switch_belongs_to_the_transaction_that_throws_it() -> None:
    async with rolled_back():
        await switches.throw("read_only", reason="no", by="key:1")

    assert await switches.thrown() == {}
    assert await audit.page() == []


async def test_who_turned_what_off_and_on_is_in_the_audit() -> None:
    await switches.turn_on("read_only", reason="a restore", by="key:1")
    await switches.turn_off("read_only", by="key:2")

    assert [(entry.who, entry.action, entry.facts) for entry in await audit.page()] == [
        ("key:2", "switch.off", {"name": "read_only"}),
        ("key:1", "switch.on", {"name": "read_only", "reason": "a restore"}),
    ]
