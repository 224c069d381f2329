"""Goods on receipts that come back leave the standing of their agent, whatever comes before what."""

import asyncio
from itertools import permutations
from uuid import UUID

import pytest

from core.db import execute, transaction
from programs.conditions import FirstPurchase
from programs.snapshot import current_snapshot
from receipts import intake
from referrals.standings import Owner, load
from tests.packs import an_agent, settled, wallet
from tests.receipts.purchases import BONUS_MINOR, a_line, a_marked_line, an_offer, document, handed_in

pytestmark = pytest.mark.usefixtures("proven")

SOLD = document(
    a_marked_line("one"), a_marked_line("two"), a_marked_line("three", sum=100_000, price=100_000), a_line()
)
WAYS = [*permutations(("one", "two", "three")), ("at once",)]


async def standing(agent_id: UUID, program_id: UUID) -> tuple[int, int, int]:
    """Purchases, pieces and money as they are stored."""
    owner = Owner(agent_id, program_id)
    async with transaction():
        found = (await load([owner])).standing(owner, await current_snapshot(age_seconds_max=0))
    return found.count(), found.quantity(), found.amount_minor()


async def back(agent_id: UUID, serial: str) -> None:
    number = 20 + ("one", "two", "three").index(serial)
    await handed_in(agent_id, document=document(a_marked_line(serial), i=number, fp=number, n=2))


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
async def test_in_whatever_order_goods_come_back_what_is_left_counts(way: tuple[str, ...]) -> None:
    offer, agent_id = await an_offer(), await an_agent()
    await handed_in(agent_id, document=SOLD)
    await settled()
    sold = await standing(agent_id, offer.program_id)

    if way == ("at once",):
        await asyncio.gather(*(back(agent_id, serial) for serial in ("one", "two", "three")))
    else:
        for serial in way:
            await back(agent_id, serial)

    assert sold == (1, 4, 1_750_000)
    assert await standing(agent_id, offer.program_id) == (1, 1, 550_000)


async def test_goods_that_come_back_before_they_are_counted_are_counted_first() -> None:
    offer, agent_id = await an_offer(), await an_agent()
    sold = document(a_marked_line("one"))
    await handed_in(agent_id, document=sold)
    await back(agent_id, "one")
    before = await standing(agent_id, offer.program_id)

    await settled()
    await execute("UPDATE receipt SET due_at = now() WHERE state = 'deferred'")
    await intake.carry_out_due()

    assert (before, await standing(agent_id, offer.program_id)) == ((0, 0, 0), (0, 0, 0))


async def test_what_came_back_was_no_first_purchase() -> None:
    await an_offer(conditions=(FirstPurchase(),))
    agent_id = await an_agent()
    await handed_in(agent_id, document=document(a_marked_line("one")))
    await settled()
    await back(agent_id, "one")

    await handed_in(agent_id, document=document(a_marked_line("two"), i=11))
    await settled()

    assert (await wallet(agent_id)).available_minor == BONUS_MINOR
