import asyncio

import pytest

from codes import promo_codes
from codes.order_returns import Return, ReturnedLine, take_back
from codes.orders import Order
from codes.promises import OrderRefused
from core.db import fetch, fetch_value, transaction
from programs.conditions import CountAtLeast, DistinctCustomersAtLeast, FirstPurchase, SumAtLeast
from programs.discounts import AmountOff
from programs.effects import Ladder, Step
from programs.measures import Measure
from programs.periods import FOR_EVER
from programs.snapshot import current_snapshot
from referrals.buyers import Buyer
from referrals.explanations import explain_activity
from referrals.standings import Owner, load
from tests.codes.tills import Till, a_promo_campaign, a_till, an_order, redeemed, wallet

pytestmark = pytest.mark.usefixtures("proven")

# The third piece pays 100, the sixth 1,000.
STAIRS = Ladder(
    measure=Measure.QUANTITY, steps=(Step(at=3, pays=100), Step(at=6, pays=1_000)), unit="once", window=FOR_EVER
)


async def back(till: Till, order: Order, pieces: int | None = None, *, ref: str = "R") -> None:
    lines = () if pieces is None else (ReturnedLine("1", pieces),)
    await take_back(Return(order.order_ref, f"{order.order_ref} {ref}", lines), shop_id=till.shop_id)


async def standing(till: Till) -> tuple[int, int, int, set[str]]:
    """Purchases, pieces, money and customers as they are stored."""
    owner = Owner(till.agent_id, till.program_id)
    async with transaction():
        found = (await load([owner])).standing(owner, await current_snapshot(age_seconds_max=0))
    return found.count(), found.quantity(), found.amount_minor(), found.customers()


async def test_an_order_that_came_back_was_no_first_purchase() -> None:
    till = await a_till(conditions=(FirstPurchase(),))
    order = an_order(till.code)
    await redeemed(till, order)
    with pytest.raises(OrderRefused):
        await redeemed(till)

    await back(till, order)

    assert (await redeemed(till)).state == "succeeded"


@pytest.mark.parametrize(
    "condition",
    [
        SumAtLeast(at_least=190_000, window=FOR_EVER),
        CountAtLeast(at_least=2, window=FOR_EVER),
        DistinctCustomersAtLeast(at_least=2, window=FOR_EVER),
    ],
)
async def test_goods_that_came_back_help_nobody_over_a_threshold(
    condition: SumAtLeast | CountAtLeast | DistinctCustomersAtLeast,
) -> None:
    till = await a_till()
    reward_id = await a_promo_campaign(
        till.program_id, discounts=(AmountOff(amount_minor=1),), conditions=(condition,), effects=()
    )
    reward = (await promo_codes.create(till.agent_id, campaign_id=reward_id)).text
    first = an_order(till.code)
    await redeemed(till, first, customer="maria")

    reached = await redeemed(till, an_order(reward), customer="pyotr")
    await back(till, first)
    await back(till, an_order(ref=reached.order_ref))

    with pytest.raises(OrderRefused):
        await redeemed(till, an_order(reward), customer="pyotr")


@pytest.mark.parametrize("places", [(0, 1, 2), (2, 1, 0)], ids=str)
async def test_a_standing_is_the_same_whatever_the_order_of_returns(places: tuple[int, ...]) -> None:
    till = await a_till()
    orders = [an_order(till.code, quantity=4) for _ in range(3)]
    for order, customer in zip(orders, ("maria", "pyotr", "maria"), strict=True):
        await redeemed(till, order, customer=customer)
    returns = [(orders[0], None), (orders[1], 3), (orders[2], 1)]

    await asyncio.gather(*(back(till, *returns[place]) for place in places))

    # 1 of 4 and 3 of 4 pieces of 95,000 are left.
    assert await standing(till) == (2, 4, 23_750 + 71_250, {Buyer(one).keys[0] for one in ("maria", "pyotr")})


async def test_everything_back_in_pieces_leaves_no_standing() -> None:
    till = await a_till()
    order = an_order(till.code, quantity=3, amount_minor=100_001)
    await redeemed(till, order, customer="maria")

    for piece in range(3):
        await back(till, order, 1, ref=str(piece))

    assert await standing(till) == (0, 0, 0, set())
    rows = await fetch("SELECT times, quantity, amount_minor FROM standing_product")
    assert {tuple(row) for row in rows} == {(0, 0, 0)}


async def test_an_order_is_decided_again_by_the_standing_that_it_met_and_not_by_what_came_back_since() -> None:
    till = await a_till(effects=(STAIRS,), discounts=(AmountOff(amount_minor=1),))
    first, second = an_order(till.code, quantity=3), an_order(till.code, quantity=4)
    await redeemed(till, first)
    await redeemed(till, second)
    assert (await wallet(till.agent_id)).available_minor == 1_100

    await back(till, first)
    after_first = (await wallet(till.agent_id)).available_minor
    await back(till, second, 1)

    assert (after_first, (await wallet(till.agent_id)).available_minor) == (1_000, 1_000)


async def test_an_order_after_a_return_met_a_standing_without_what_had_come_back() -> None:
    till = await a_till(effects=(STAIRS,), discounts=(AmountOff(amount_minor=1),))
    first, second = an_order(till.code, quantity=3), an_order(till.code, quantity=4)
    await redeemed(till, first)
    await back(till, first)

    await redeemed(till, second)
    met = (await wallet(till.agent_id)).available_minor
    await back(till, second, 1)

    assert (met, (await wallet(till.agent_id)).available_minor) == (100, 100)
    activity_id = await fetch_value("SELECT id FROM promo_order WHERE order_ref = $1", second.order_ref)
    explained = await explain_activity(till.agent_id, activity_id)
    assert [grant.amount_minor for one in explained.campaigns for grant in one.grants] == [100]
