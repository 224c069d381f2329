"""Goods of a receipt named and brought back in any order, held against a model in plain Python."""

from collections.abc import Collection
from random import Random
from typing import Any

import pytest

from programs.effects import Ladder, Percent, Step
from programs.measures import Measure
from receipts import reviews
from tests.invariants import broken_invariants
from tests.packs import an_agent, settled, spent, wallet
from tests.programs.stored import BY, a_product
from tests.receipts.purchases import a_marked_line, an_offer, document, handed_in
from tests.receipts.test_later_goods import PERCENT, unsure

pytestmark = pytest.mark.usefixtures("proven")

GOODS = {
    "one": a_marked_line("one", sum=100_001, price=100_001),
    "two": a_marked_line("two", sum=200_002, price=200_002),
    "three": unsure("three", 300_003),
    "four": unsure("four", 150_004),
    "five": unsure("five", 120_005),
}
STEPS_AND_PERCENT = (
    Ladder(
        measure=Measure.AMOUNT,
        steps=(Step(at=300_000, pays=1_000), Step(at=550_000, pays=7_000)),
        unit="once",
        mode="highest_step",
    ),
    Percent(basis_points=333),
)


RULES: dict[str, Any] = PERCENT | {"effects": STEPS_AND_PERCENT}


def comes_to(names: Collection[str]) -> int:
    """The same in plain Python."""
    minor: int = sum(GOODS[name]["sum"] for name in names)
    return (7_000 if minor >= 550_000 else 1_000 if minor >= 300_000 else 0) + minor * 333 // 10_000


@pytest.mark.parametrize("seed", range(8))
async def test_named_and_brought_back_in_any_order_what_is_left_is_paid_as_plain_python_says(seed: int) -> None:
    chance = Random(seed)
    offer = await an_offer(partial_matches="pay", **RULES)
    products = [await a_product(offer.program_id, sku, articles={"KT-28F"}) for sku in ("2", "3")]
    agent_id = await an_agent()
    receipt = await handed_in(agent_id, document=document(*GOODS.values()))
    await settled()
    places = {name: place for place, name in enumerate(GOODS)}
    steps = [*(("name", name) for name in ("three", "four", "five")), *(("return", name) for name in GOODS)]
    chance.shuffle(steps)
    named, gone, paid, expected = {"one", "two"}, set[str](), [], []

    for kind, name in steps:
        if kind == "return":
            number = 20 + places[name]
            await handed_in(agent_id, document=document(GOODS[name], i=number, fp=number, n=2))
            gone.add(name)
        elif name not in gone:
            await reviews.accept(receipt.receipt_id, {places[name]: chance.choice(products)}, note="", by=BY)
            named.add(name)
        paid.append((await wallet(agent_id)).available_minor)
        expected.append(comes_to(named - gone))

    assert paid == expected
    assert await spent(offer.campaign_id) == expected[-1]
    assert await broken_invariants() == []
