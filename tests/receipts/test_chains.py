"""Austrian receipts name the one before them: what others of the till have handed in says something about each."""

import pytest

from core.db import transaction
from receipts import chains
from receipts.door import Policy
from receipts.fiscal import austria
from receipts.fiscal.frame import EvidenceKind
from receipts.fiscal.keyring import KeyRing
from tests.packs import an_agent
from tests.receipts.made import austrian, austrian_key
from tests.receipts.purchases import an_offer, handed_in

pytestmark = pytest.mark.usefixtures("proven")

OLD = Policy(takes_trials=True, age_days_max=10_000)


async def chained(text: str) -> list[bool]:
    """What a receipt by itself is told of its chain."""
    receipt, ring = austria.parse(text), KeyRing()
    async with transaction():
        await chains.recall(ring, receipt)
    return [one.ok for one in austria.verify(receipt, ring) if one.kind is EvidenceKind.CHAIN]


async def test_a_receipt_follows_the_one_that_somebody_else_has_handed_in() -> None:
    await an_offer()
    key = austrian_key()
    first = austrian(key, number=5, before="R1-AT1_x_" + "_".join(["1"] * 10) + "_AAAA")
    second = austrian(key, number=6, before=first)
    alone = await chained(second)

    await handed_in(await an_agent(), first, policy=OLD)

    assert (alone, await chained(second)) == ([], [True])
    assert (await handed_in(await an_agent(), second, policy=OLD)).reason == "no_items"


async def test_two_receipts_that_follow_the_same_one_are_for_a_person() -> None:
    await an_offer()
    key = austrian_key()
    first = austrian(key, number=1)
    await handed_in(await an_agent(), first, policy=OLD)
    await handed_in(await an_agent(), austrian(key, number=2, before=first), policy=OLD)

    twin = await handed_in(await an_agent(), austrian(key, number=3, before=first, amount="99,00"), policy=OLD)

    assert (twin.state, twin.reason) == ("in_review", "out_of_order")


async def test_another_till_of_the_same_name_is_another_chain() -> None:
    await an_offer()
    await handed_in(await an_agent(), austrian(austrian_key(), till="A"), policy=OLD)

    other = await handed_in(await an_agent(), austrian(austrian_key(), till="B"), policy=OLD)

    assert other.reason == "no_items"
