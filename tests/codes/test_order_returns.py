import asyncio
from itertools import permutations
from uuid import uuid4

import pytest

from codes.order_returns import Return, ReturnedLine, ReturnRefused, take_back
from codes.orders import AskedLine, Order
from codes.promo_orders import OrderChanged, find
from core.db import fetch, fetch_value
from programs.conditions import AmountAtLeast
from programs.effects import Fixed, Ladder, Percent, Step
from programs.measures import Measure
from programs.rules import Limit, LimitScope
from referrals.habits import RETURNS, judge_returns
from referrals.spending import set_aside
from tests.codes.tills import ASSET, Till, a_till, an_order, owed, redeemed, spent, wallet

pytestmark = pytest.mark.usefixtures("proven")


def back(order_ref: str, *lines: tuple[str, int], ref: str | None = None) -> Return:
    return Return(order_ref, ref or str(uuid4()), tuple(ReturnedLine(*line) for line in lines))


def three_lines(till: Till) -> Order:
    lines = (AskedLine("a", "K-24", 3, 33_333), AskedLine("b", "K-24", 1, 50_001), AskedLine("c", "X", 2, 7_777))
    return Order(str(uuid4()), (till.code,), lines)


async def test_whoever_keeps_buying_and_bringing_back_earns_nothing_and_is_looked_at() -> None:
    till = await a_till(wait_seconds=0)

    for cycle in range(RETURNS):
        order = three_lines(till)
        await redeemed(till, order)
        for line, pieces in (("a", 1 + cycle % 3), ("b", 1)):
            await take_back(back(order.order_ref, (line, pieces)), shop_id=till.shop_id)
        await take_back(back(order.order_ref), shop_id=till.shop_id)
    await judge_returns()

    found = await fetch("SELECT kind, agent_id FROM risk_event")
    assert [tuple(row) for row in found] == [("returns", till.agent_id)]
    assert (await wallet(till.agent_id)).available_minor == 0
    assert await spent(till.campaign_id, ASSET) == 0
    assert await owed(till.shop_id) == 0


async def test_a_full_return_leaves_exactly_nothing() -> None:
    till = await a_till()
    order = three_lines(till)
    sold = await redeemed(till, order)

    done = await take_back(back(order.order_ref), shop_id=till.shop_id)

    assert done.refund_minor == sold.final_minor
    assert (await find(till.shop_id, order.order_ref)).state == "returned"
    assert (await wallet(till.agent_id)).available_minor == 0
    assert await owed(till.shop_id) == 0
    assert (await spent(till.campaign_id, ASSET), await spent(till.campaign_id, "RUB")) == (0, 0)


@pytest.mark.parametrize("order_of_parts", list(permutations(range(3))), ids=str)
async def test_every_order_of_returns_ends_alike(order_of_parts: tuple[int, ...]) -> None:
    effects = (
        Percent(basis_points=333),
        Ladder(measure=Measure.QUANTITY, steps=(Step(2, 100), Step(4, 900)), unit="once"),
    )
    till = await a_till(effects=effects, conditions=(AmountAtLeast(at_least=40_000),))
    order = three_lines(till)
    await redeemed(till, order)
    parts = [back(order.order_ref, ("a", 1)), back(order.order_ref, ("c", 2)), back(order.order_ref, ("a", 1))]

    refunds = [await take_back(parts[place], shop_id=till.shop_id) for place in order_of_parts]

    assert sum(one.refund_minor for one in refunds) == 31_667 - 10_555 + 7_388
    assert (await wallet(till.agent_id)).available_minor == 2_033
    assert (await find(till.shop_id, order.order_ref)).state == "partially_returned"


async def test_goods_come_back_once_however_often_it_is_said() -> None:
    till = await a_till()
    order = an_order(till.code, quantity=2)
    await redeemed(till, order)
    said = back(order.order_ref, ("1", 1))

    answers = await asyncio.gather(*(take_back(said, shop_id=till.shop_id) for _ in range(30)))

    assert {answer.refund_minor for answer in answers} == {47_500}
    assert (await wallet(till.agent_id)).available_minor == 1_425


async def test_a_reference_is_not_used_for_another_return() -> None:
    till = await a_till()
    order = an_order(till.code, quantity=2)
    await redeemed(till, order)
    await take_back(back(order.order_ref, ("1", 1), ref="R1"), shop_id=till.shop_id)

    with pytest.raises(OrderChanged):
        await take_back(back(order.order_ref, ("1", 2), ref="R1"), shop_id=till.shop_id)


async def test_one_reference_for_many_orders_at_once_is_one_return() -> None:
    till = await a_till()

    answers = await asyncio.gather(
        *(take_back(back(f"order {number}", ref="R-1"), shop_id=till.shop_id) for number in range(30)),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, OrderChanged) for answer in answers) == 29
    assert await fetch_value("SELECT count(*) FROM promo_return") == 1


async def test_no_more_comes_back_than_was_sold() -> None:
    till = await a_till()
    order = an_order(till.code, quantity=2)
    await redeemed(till, order)
    await take_back(back(order.order_ref, ("1", 1)), shop_id=till.shop_id)

    for line in (("1", 2), ("9", 1)):
        with pytest.raises(ReturnRefused):
            await take_back(back(order.order_ref, line), shop_id=till.shop_id)

    assert (await wallet(till.agent_id)).available_minor == 1_425


async def test_a_return_that_is_before_its_sale_waits_for_it() -> None:
    till = await a_till()
    order = an_order(till.code)
    parked = await take_back(back(order.order_ref), shop_id=till.shop_id)

    sold = await redeemed(till, order)

    assert parked.parked
    assert sold.state == "returned"
    assert (await wallet(till.agent_id)).available_minor == 0
    assert await owed(till.shop_id) == 0


async def test_sale_and_return_at_once_end_with_nothing_whichever_is_first() -> None:
    till = await a_till()
    order = an_order(till.code)

    await asyncio.gather(redeemed(till, order), take_back(back(order.order_ref), shop_id=till.shop_id))

    assert (await find(till.shop_id, order.order_ref)).state == "returned"
    assert (await wallet(till.agent_id)).available_minor == 0


async def test_a_bonus_that_was_spent_becomes_a_debt() -> None:
    till = await a_till()
    order = an_order(till.code)
    await redeemed(till, order)
    await set_aside(till.agent_id, asset=ASSET, amount_minor=2_850, purpose="Термостат", ttl_seconds=900)

    await take_back(back(order.order_ref), shop_id=till.shop_id)

    assert (await wallet(till.agent_id)).debt_minor == 2_850


async def test_a_full_return_gives_the_use_of_a_limit_back() -> None:
    till = await a_till(limits=(Limit(LimitScope.CODE, max_count=1),))
    order = an_order(till.code, quantity=2)
    await redeemed(till, order)

    await take_back(back(order.order_ref, ("1", 1)), shop_id=till.shop_id)
    used_then = await fetch_value("SELECT used_count FROM limit_use")
    await take_back(back(order.order_ref, ("1", 1)), shop_id=till.shop_id)

    assert (used_then, await fetch_value("SELECT used_count FROM limit_use")) == (1, 0)
    assert (await redeemed(till)).state == "succeeded"


async def test_a_campaign_may_keep_the_use_counted() -> None:
    till = await a_till(limits=(Limit(LimitScope.CODE, max_count=1),), returns_restore="budget")
    order = an_order(till.code)
    await redeemed(till, order)

    await take_back(back(order.order_ref), shop_id=till.shop_id)

    assert await fetch_value("SELECT used_count FROM limit_use") == 1


async def test_buying_and_bringing_back_a_hundred_times_earns_nothing() -> None:
    till = await a_till(effects=(Fixed(amount_minor=100),))

    for _ in range(100):
        order = an_order(till.code, quantity=3)
        await redeemed(till, order)
        await take_back(back(order.order_ref, ("1", 2)), shop_id=till.shop_id)
        await take_back(back(order.order_ref), shop_id=till.shop_id)

    assert (await wallet(till.agent_id)).available_minor == 0
    assert await owed(till.shop_id) == 0
