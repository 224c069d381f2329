import asyncio
import random

import pytest

from codes.checkout import expire_overdue, quote, redeem, release, reserve
from codes.order_returns import Return, ReturnedLine, ReturnRefused, take_back
from codes.orders import Order
from codes.promises import OrderRefused
from codes.promo_orders import OrderSettled
from core.refusals import NotFound
from tests.codes.tills import a_till, an_order, owed, spent, wallet

pytestmark = pytest.mark.usefixtures("proven")

AT_ONCE = 6


@pytest.mark.parametrize("seed", range(2))
async def test_everything_that_may_happen_to_orders_of_one_agent_happens_at_once_and_the_books_hold(seed: int) -> None:
    till = await a_till(discount_budget_minor=150_000)
    chance, at_once = random.Random(seed), asyncio.Semaphore(AT_ONCE)

    async def one(verb: str, order: Order, place: int) -> None:
        async with at_once:
            try:
                match verb:
                    case "quote":
                        await quote(order, shop_id=till.shop_id, customer=None)
                    case "reserve":
                        await reserve(order, shop_id=till.shop_id, customer=None, ttl_seconds=900)
                    case "redeem":
                        await redeem(order, shop_id=till.shop_id, customer=None)
                    case "release":
                        await release(till.shop_id, order.order_ref)
                    case "return":
                        back = (ReturnedLine("1", 1),)
                        await take_back(
                            Return(order.order_ref, f"{order.order_ref} {place}", back), shop_id=till.shop_id
                        )
                    case _:
                        await expire_overdue()
            except (OrderRefused, OrderSettled, NotFound, ReturnRefused):
                # What the rules say no to has changed nothing.
                return

    orders = [an_order(till.code, quantity=3) for _ in range(40)]
    verbs = ["quote", "reserve", "redeem", "redeem", "release", "return", "return", "expire"]
    asked = [(verb, order, place) for order in orders for place, verb in enumerate(verbs)]
    chance.shuffle(asked)
    await asyncio.gather(*(one(*each) for each in asked))

    assert await spent(till.campaign_id, "RUB") <= 150_000
    for order in orders:
        await one("release", order, 0)
        await one("redeem", order, 0)
        await take_back(Return(order.order_ref, f"{order.order_ref} rest"), shop_id=till.shop_id)
    assert await spent(till.campaign_id, "RUB") == await owed(till.shop_id) == 0
    assert (await wallet(till.agent_id)).available_minor == 0
