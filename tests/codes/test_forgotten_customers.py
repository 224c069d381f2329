"""Customers are forgotten when their time is over: not sooner, not by halves, and with every promise kept."""

import pytest

from codes import promo_codes
from codes.checkout import release, reserve
from codes.forgotten_customers import forget_due
from codes.order_returns import Return, ReturnedLine, take_back
from codes.promo_orders import OrderChanged
from core.db import execute, fetch_value, transaction
from programs import lifecycle
from programs.conditions import DistinctCustomersAtLeast
from programs.discounts import AmountOff
from programs.effects import Percent
from programs.periods import Period
from programs.revision import bump
from programs.rules import Attribution, Limit, LimitScope
from referrals.buyers import Buyer
from tests.codes.tills import Till, a_promo_campaign, a_till, an_order, redeemed, wallet
from tests.core.texts import places_of
from tests.programs.stored import BY

pytestmark = pytest.mark.usefixtures("proven")

MARIA, PYOTR = Buyer("phone:79120000001"), Buyer("phone:79120000002")


async def years_go_by() -> None:
    """Everybody's time is over."""
    await execute("UPDATE known_customer SET forget_at = now(), window_from = window_from - interval '3 years'")
    await execute("UPDATE known_customer SET window_until = now() WHERE window_until IS NOT NULL")


async def remembered() -> int:
    return int(await fetch_value("SELECT count(*) FROM known_customer"))


async def test_whoever_is_forgotten_stands_nowhere_any_more() -> None:
    till = await a_till(attribution=Attribution(window_days=30), limits=(Limit(LimitScope.CUSTOMER, max_count=9),))
    for customer in (MARIA, MARIA, PYOTR):
        await redeemed(till, customer=customer)
    [key] = MARIA.keys
    before = await places_of(key)
    await lifecycle.end(till.campaign_id, by=BY)
    await _long_over(till)
    await years_go_by()

    assert await forget_due() == 2
    assert set(before) == {"promo_order", "activity", "standing_customer", "limit_use", "known_customer"}
    assert await places_of(key) == []


async def _long_over(till: Till) -> None:
    """No till that was offline can tell of a sale in it any more."""
    await execute("UPDATE campaign SET ended_at = ended_at - interval '60 days' WHERE id = $1", till.campaign_id)
    async with transaction():
        await bump("rules")


@pytest.mark.parametrize("period", [Period.ALL, Period.DAY])
async def test_a_limit_that_is_in_force_remembers_its_customer(period: Period) -> None:
    till = await a_till(limits=(Limit(LimitScope.CUSTOMER, period=period, max_count=1),))
    await redeemed(till, customer=MARIA)
    await years_go_by()

    assert await forget_due() == 0
    assert await fetch_value("SELECT forget_at > now() FROM known_customer")


async def test_a_day_that_is_over_holds_nobody() -> None:
    till = await a_till(limits=(Limit(LimitScope.CUSTOMER, period=Period.DAY, max_count=1),))
    await redeemed(till, customer=MARIA)
    await execute("UPDATE limit_use SET period_key = '2000-01-01'")
    await years_go_by()

    assert (await forget_due(), await remembered(), await fetch_value("SELECT count(*) FROM limit_use")) == (1, 0, 0)


async def test_a_window_that_is_open_remembers_its_customer() -> None:
    till = await a_till(attribution=Attribution(window_days=30))
    await redeemed(till, customer=MARIA)
    await execute("UPDATE known_customer SET forget_at = now()")

    assert (await forget_due(), await remembered()) == (0, 1)


async def test_goods_of_a_forgotten_customer_come_back_by_the_standing_that_their_order_met() -> None:
    till = await a_till()
    reward_id = await a_promo_campaign(
        till.program_id,
        conditions=(DistinctCustomersAtLeast(at_least=2),),
        discounts=(AmountOff(amount_minor=1_000),),
        effects=(Percent(basis_points=1_000),),
    )
    reward = await promo_codes.create(till.agent_id, campaign_id=reward_id)
    await redeemed(till, customer=MARIA)
    order = an_order(reward.text, quantity=4)
    first = await redeemed(till, order, customer=PYOTR)
    await years_go_by()
    forgotten = await forget_due()

    repeated = await redeemed(till, order, customer=PYOTR)
    await take_back(Return(order.order_ref, "back", (ReturnedLine("1", 1),)), shop_id=till.shop_id)

    # The second customer is what this order was paid for: a tenth of three of its four pieces is left.
    assert (forgotten, repeated, (await wallet(till.agent_id)).available_minor) == (2, first, 2_850 + 7_425)
    assert await fetch_value("SELECT count(DISTINCT customer_key) FROM standing_customer WHERE times > 0") == 2
    assert await remembered() == 0


async def test_a_forgotten_customers_order_is_still_this_order_and_no_other() -> None:
    till = await a_till()
    order = an_order(till.code)
    await redeemed(till, order, customer=MARIA)
    await years_go_by()
    await forget_due()

    with pytest.raises(OrderChanged):
        await redeemed(till, an_order(till.code, ref=order.order_ref, quantity=2), customer=MARIA)
    with pytest.raises(OrderChanged):
        await redeemed(till, order)


async def test_a_reservation_of_a_customer_who_is_forgotten_meanwhile_is_redeemed_and_released() -> None:
    till = await a_till()
    orders = [an_order(till.code) for _ in range(2)]
    for order in orders:
        await reserve(order, shop_id=till.shop_id, customer=MARIA, ttl_seconds=900)
    await years_go_by()
    await forget_due()

    sold = await redeemed(till, orders[0], customer=MARIA)
    let_go = await release(till.shop_id, orders[1].order_ref)

    assert (sold.state, let_go.state, await remembered()) == ("succeeded", "released", 0)


async def test_what_one_program_forgets_another_one_remembers() -> None:
    tills = [await a_till() for _ in range(2)]
    for till in tills:
        await redeemed(till, customer=MARIA)
    await execute("UPDATE known_customer SET forget_at = now() WHERE program_id = $1", tills[0].program_id)

    assert await forget_due() == 1
    assert await places_of(MARIA.keys[0]) != []
    assert await fetch_value("SELECT program_id FROM known_customer") == tills[1].program_id
    assert (
        await fetch_value("SELECT program_id FROM promo_order WHERE customer_key ~ '^forgotten'") == tills[0].program_id
    )
