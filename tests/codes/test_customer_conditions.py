import asyncio
from collections import Counter

import pytest

from codes import promo_codes
from codes.checkout import release, reserve
from codes.order_returns import Return, take_back
from codes.promises import OrderRefused
from core.db import execute
from programs.conditions import CustomersFirstPurchase, NewCustomer
from programs.discounts import AmountOff
from programs.periods import Period
from programs.rules import Attribution, Limit, LimitScope
from referrals.buyers import Buyer
from tests.codes.tills import Till, a_promo_campaign, a_shop, a_till, an_order, redeemed, wallet
from tests.packs import an_agent

pytestmark = pytest.mark.usefixtures("proven")

MARIA = "maria"
ONCE = [NewCustomer(), CustomersFirstPurchase()]


async def reason(till: Till, code: str = "", *, customer: str | None = MARIA) -> str:
    """Why a code gives nothing, or that it gives something."""
    try:
        await redeemed(till, an_order(code or till.code), customer=customer)
    except OrderRefused as refused:
        return str(refused.facts["codes"][0]["reason"])
    return "given"


@pytest.mark.parametrize("condition", ONCE)
async def test_of_two_hundred_orders_of_a_new_customer_at_once_exactly_one_is_given(
    condition: NewCustomer | CustomersFirstPurchase,
) -> None:
    till = await a_till(conditions=(condition,))
    codes = [till.code, *[(await _code(till)) for _ in range(3)]]
    at_once = asyncio.Semaphore(8)

    async def one(place: int) -> str:
        async with at_once:
            return await reason(till, codes[place % len(codes)])

    became = Counter(await asyncio.gather(*(one(place) for place in range(200))))

    assert became == {"given": 1, "limit_customer": 199}


async def _code(till: Till) -> str:
    return (await promo_codes.create(await an_agent(), campaign_id=till.campaign_id)).text


@pytest.mark.parametrize("condition", ONCE)
async def test_a_guest_may_be_anybody(condition: NewCustomer | CustomersFirstPurchase) -> None:
    till = await a_till(conditions=(condition,))

    assert await reason(till, customer=None) == "limit_customer"


@pytest.mark.parametrize("condition", ONCE)
async def test_whoever_bought_by_another_campaign_before_is_known(
    condition: NewCustomer | CustomersFirstPurchase,
) -> None:
    till = await a_till(conditions=(condition,))
    other = await promo_codes.create(
        await an_agent(), campaign_id=await a_promo_campaign(till.program_id, discounts=(AmountOff(amount_minor=1),))
    )
    await redeemed(till, an_order(other.text), customer=MARIA)

    assert await reason(till) == "limit_customer"


@pytest.mark.parametrize(
    ("condition", "then"),
    [
        (NewCustomer(), "limit_customer"),
        (CustomersFirstPurchase(), "given"),
        (CustomersFirstPurchase(counts_returned=True), "limit_customer"),
    ],
)
async def test_a_first_purchase_that_came_back_counts_as_the_campaign_says(
    condition: NewCustomer | CustomersFirstPurchase, then: str
) -> None:
    till = await a_till(conditions=(condition,))
    order = an_order(till.code, quantity=2)
    await redeemed(till, order, customer=MARIA)

    await take_back(Return(order.order_ref, "R1"), shop_id=till.shop_id)

    assert await reason(till) == then


async def test_a_reservation_is_a_first_purchase_until_it_is_given_up() -> None:
    till = await a_till(conditions=(NewCustomer(),))
    order = an_order(till.code)
    await reserve(order, shop_id=till.shop_id, customer=Buyer(MARIA), ttl_seconds=900)
    while_held = await reason(till)

    await release(till.shop_id, order.order_ref)

    assert (while_held, await reason(till)) == ("limit_customer", "given")


async def test_a_captured_reservation_is_one_order() -> None:
    till = await a_till(conditions=(NewCustomer(),))
    order = an_order(till.code)
    await reserve(order, shop_id=till.shop_id, customer=Buyer(MARIA), ttl_seconds=900)

    sold = await redeemed(till, order, customer=MARIA)

    assert sold.state == "succeeded"
    assert await reason(till) == "limit_customer"


async def test_a_new_customer_who_comes_back_within_his_window_is_paid_for_again() -> None:
    till = await a_till(conditions=(NewCustomer(),), attribution=Attribution(window_days=30))
    await redeemed(till, customer=MARIA)

    await redeemed(till, an_order(), customer=MARIA)

    assert (await wallet(till.agent_id)).available_minor == 5_850


@pytest.mark.parametrize(
    ("scope", "period"),
    [
        *((scope, Period.ALL) for scope in LimitScope),
        *((LimitScope.SHOP, period) for period in Period if period is not Period.ALL),
    ],
)
async def test_every_limit_holds_for_guests_too(scope: LimitScope, period: Period) -> None:
    till = await a_till(limits=(Limit(scope, period=period, max_count=1),))

    became = [await reason(till, customer=None) for _ in range(2)]

    slug = f"limit_{scope.value}"
    # A guest has no key to be counted by, so where customers are counted he is given nothing at all.
    assert became == ([slug, slug] if scope is LimitScope.CUSTOMER else ["given", slug])


@pytest.mark.parametrize(
    ("scope", "elsewhere"),
    [
        (LimitScope.SHOP, "given"),
        (LimitScope.AGENT, "limit_agent"),
        (LimitScope.CODE, "limit_code"),
        (LimitScope.CUSTOMER, "limit_customer"),
        (LimitScope.CAMPAIGN, "limit_campaign"),
    ],
)
async def test_a_limit_counts_its_own_subject_and_no_other(scope: LimitScope, elsewhere: str) -> None:
    till = await a_till(limits=(Limit(scope, max_count=1),))
    await redeemed(till, customer=MARIA)
    shop_id = await a_shop(till.program_id)
    other_shop = Till(till.program_id, shop_id, till.campaign_id, till.agent_id, till.code)

    assert await reason(other_shop) == elsewhere


async def test_a_period_that_is_over_lets_guests_in_again() -> None:
    till = await a_till(limits=(Limit(LimitScope.SHOP, period=Period.DAY, max_count=1),))
    await reason(till, customer=None)
    await execute("UPDATE limit_use SET id = gen_random_uuid(), period_key = '2000-01-01'")

    assert await reason(till, customer=None) == "given"
