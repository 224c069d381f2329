import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from codes import checkout, promo_codes
from codes.checkout import (
    ReservationExpired,
    expire_overdue,
    quote,
    redeem,
    release,
    reserve,
)
from codes.customers import Customer, named
from codes.promises import OrderRefused
from codes.promo_orders import OrderChanged, OrderSettled
from core.db import execute, fetch, fetch_value
from core.refusals import NotFound
from programs.discounts import AmountOff, PercentOff
from programs.effects import Fixed, Percent
from programs.periods import Period
from programs.rules import Funding, Limit, LimitScope
from referrals import activities, journal
from referrals.buyers import Buyer
from tests.codes.tills import a_promo_campaign, a_shop, a_till, an_order, owed, redeemed, spent, wallet
from tests.packs import an_agent

pytestmark = pytest.mark.usefixtures("proven")


def by_phone(number: str) -> Buyer:
    return named(Customer("phone", number))


async def test_a_customer_pays_less_and_the_agent_earns_by_what_was_paid() -> None:
    till = await a_till()

    order = await redeemed(till)

    assert (order.state, order.discount_minor, order.final_minor) == ("succeeded", 5_000, 95_000)
    assert (await wallet(till.agent_id)).available_minor == 2_850
    assert await owed(till.shop_id) == 5_000


async def test_a_quote_changes_nothing() -> None:
    till = await a_till()

    seen = await quote(an_order(till.code), shop_id=till.shop_id, customer=None)

    assert (seen.state, seen.final_minor) == ("quoted", 95_000)
    assert await fetch("SELECT FROM promo_order") == []
    assert await spent(till.campaign_id, "RUB") == 0


async def test_a_reservation_holds_what_the_redemption_gives() -> None:
    till = await a_till(budget_minor=2_850, discount_budget_minor=5_000)
    order = an_order(till.code)

    held = await reserve(order, shop_id=till.shop_id, customer=None, ttl_seconds=900)
    with pytest.raises(OrderRefused):
        await redeemed(till)
    given = await redeemed(till, order)

    assert (held.state, given.state, given.final_minor) == ("held", "succeeded", held.final_minor)
    assert (await wallet(till.agent_id)).available_minor == 2_850
    assert await owed(till.shop_id) == 5_000


async def test_a_reservation_that_is_released_frees_its_room() -> None:
    till = await a_till(budget_minor=2_850, discount_budget_minor=5_000)
    order = an_order(till.code)
    await reserve(order, shop_id=till.shop_id, customer=None, ttl_seconds=900)

    freed = await release(till.shop_id, order.order_ref)

    assert freed.state == "released"
    assert (await release(till.shop_id, order.order_ref)).state == "released"
    assert (await redeemed(till)).state == "succeeded"


async def test_a_reservation_runs_out_by_itself() -> None:
    till = await a_till(budget_minor=2_850)
    order = an_order(till.code)
    await reserve(order, shop_id=till.shop_id, customer=None, ttl_seconds=900)
    await execute("UPDATE promo_order SET expires_at = now() - interval '1 second'")

    with pytest.raises(ReservationExpired):
        await redeemed(till, order)
    assert await expire_overdue() == 1
    assert await expire_overdue() == 0

    assert (await redeemed(till, order)).state == "succeeded"


async def test_the_same_order_again_gets_the_same_answer() -> None:
    till = await a_till()
    order = an_order(till.code)

    first, second = await redeemed(till, order), await redeemed(till, order)

    assert first == second
    assert (await wallet(till.agent_id)).available_minor == 2_850


async def test_thirty_tills_at_once_redeem_an_order_once() -> None:
    till = await a_till()
    order = an_order(till.code)

    answers = await asyncio.gather(*(redeemed(till, order) for _ in range(30)))

    assert len({answer.redeemed_at for answer in answers}) == 1
    assert (await wallet(till.agent_id)).available_minor == 2_850
    assert await owed(till.shop_id) == 5_000


async def test_an_order_is_not_changed_under_its_reference() -> None:
    till = await a_till()
    order = an_order(till.code)
    await redeemed(till, order)

    with pytest.raises(OrderChanged):
        await redeemed(till, an_order(till.code, ref=order.order_ref, amount_minor=1))
    with pytest.raises(OrderSettled):
        await reserve(order, shop_id=till.shop_id, customer=None, ttl_seconds=900)
    with pytest.raises(OrderSettled):
        await release(till.shop_id, order.order_ref)


async def test_two_shops_may_use_one_reference() -> None:
    till = await a_till()
    other = await a_shop(till.program_id)
    order = an_order(till.code)

    await redeemed(till, order)
    await redeem(order, shop_id=other, customer=None)

    assert (await wallet(till.agent_id)).available_minor == 5_700


async def test_fifty_of_two_hundred_at_once_are_let_through() -> None:
    till = await a_till(limits=(Limit(LimitScope.CODE, max_count=50),))

    # As many as there are connections for: the others wait at the door of the API.
    at_once = asyncio.Semaphore(8)

    async def one() -> str:
        try:
            async with at_once:
                return (await redeemed(till)).state
        except OrderRefused as refused:
            [code] = refused.facts["codes"]
            return str(code["reason"])

    became = Counter(await asyncio.gather(*(one() for _ in range(200))))

    assert became == {"succeeded": 50, "limit_code": 150}
    assert (await wallet(till.agent_id)).available_minor == 50 * 2_850


async def test_a_budget_is_never_passed() -> None:
    till = await a_till(discount_budget_minor=12_000)

    for _ in range(2):
        await redeemed(till)
    with pytest.raises(OrderRefused) as refused:
        await redeemed(till)

    assert refused.value.facts["codes"] == [{"code": till.code, "reason": "budget_exhausted"}]
    assert await spent(till.campaign_id, "RUB") == 10_000


async def test_a_customer_comes_as_often_as_he_may_with_whichever_code() -> None:
    till = await a_till(limits=(Limit(LimitScope.CUSTOMER, max_count=1),))
    second = await promo_codes.create(await an_agent(), campaign_id=till.campaign_id)
    maria, pyotr = by_phone("8 (912) 345-67-89"), named(Customer("card", "4276…0001"))

    await redeemed(till, customer=maria)
    with pytest.raises(OrderRefused):
        await redeemed(till, an_order(second.text), customer=by_phone("+7 912 345 67 89"))
    await redeemed(till, customer=pyotr)
    with pytest.raises(OrderRefused) as unknown:
        await redeemed(till)

    assert unknown.value.facts["codes"][0]["reason"] == "limit_customer"


async def test_what_a_customer_gave_is_kept_nowhere() -> None:
    till = await a_till()

    await redeemed(till, customer=by_phone("+79123456789"))

    rows = await fetch("SELECT promo_order::text AS said FROM promo_order")
    assert not any("9123456789" in row["said"] for row in rows)


@pytest.mark.parametrize("state", ["paused", "archived"])
async def test_a_code_that_is_put_away_gives_nothing(state: promo_codes.State) -> None:
    till = await a_till()
    [code] = await promo_codes.page(till.agent_id)
    await promo_codes.change_state(till.agent_id, code.id, state)

    with pytest.raises(OrderRefused) as refused:
        await redeemed(till)

    assert refused.value.facts["codes"][0]["reason"] == "not_active"


async def test_a_code_is_found_by_its_bars_and_however_it_is_typed() -> None:
    till = await a_till()
    mine = await promo_codes.create(till.agent_id, campaign_id=till.campaign_id, text="мастер10")

    address = "HTTPS://SHOP.EXAMPLE/P/%D0%9C%D0%90%D0%A1%D0%A2%D0%95%D0%A010?from=card"
    for typed in (mine.bars, "MACTEP1O", "мастер-10", address):
        assert (await quote(an_order(typed), shop_id=till.shop_id, customer=None)).discount_minor == 5_000


async def test_codes_of_one_exclusive_group_do_not_add_up() -> None:
    till = await a_till(exclusivity_group="spring", priority=5)
    other = await a_promo_campaign(
        till.program_id, exclusivity_group="spring", discounts=(PercentOff(basis_points=900),), effects=()
    )
    better = await promo_codes.create(await an_agent(), campaign_id=other)

    order = await redeemed(till, an_order(better.text, till.code))

    assert [(one.discount_minor, one.reason) for one in order.codes] == [(0, "stacking_conflict"), (5_000, None)]


async def test_codes_of_several_campaigns_stack_and_the_first_by_priority_wins_the_order() -> None:
    till = await a_till(priority=5)
    other = await a_promo_campaign(
        till.program_id, discounts=(AmountOff(amount_minor=1_000),), effects=(Fixed(amount_minor=77),)
    )
    second = await promo_codes.create(await an_agent(), campaign_id=other)

    order = await redeemed(till, an_order(second.text, till.code))

    assert order.discount_minor == 6_000
    assert (await wallet(till.agent_id)).available_minor == 94_000 * 3 // 100
    assert await fetch_value("SELECT count(*) FROM accrual WHERE state = 'credited'") == 1


async def test_each_code_of_an_agent_is_counted_for_itself() -> None:
    once = (Limit(LimitScope.CODE, max_count=1),)
    till = await a_till(priority=5)
    other = await a_promo_campaign(till.program_id, effects=(Fixed(amount_minor=77),), limits=once)
    second = await promo_codes.create(till.agent_id, campaign_id=other)
    await redeemed(till, an_order(till.code, second.text))

    again = await redeemed(till, an_order(till.code, second.text))
    with pytest.raises(OrderRefused):
        await redeemed(till, an_order(second.text))

    assert [one.reason for one in again.codes] == [None, "limit_code"]
    assert (await wallet(till.agent_id)).available_minor == 2 * 2_850 + 77


async def test_a_limit_by_the_day_counts_the_day_on_which_the_order_is_believed_to_be() -> None:
    daily = (Limit(LimitScope.CODE, period=Period.DAY, max_count=1),)
    till = await a_till(limits=daily, effects=(), offline_window_days=0)
    days = [await fetch_value("SELECT now() - make_interval(days => $1)", ago) for ago in (0, 1, 2)]

    await redeemed(till)
    for day in days:
        with pytest.raises(OrderRefused) as refused:
            await redeem(an_order(till.code), shop_id=till.shop_id, customer=None, occurred_at=day)
        assert refused.value.facts["codes"][0]["reason"] == "limit_code"


async def test_what_was_settled_at_a_till_is_not_decided_again() -> None:
    till = await a_till(effects=(Percent(basis_points=1),))
    await redeemed(till, an_order(till.code, amount_minor=10))
    order_id = await fetch_value("SELECT id FROM promo_order")
    assert await fetch_value("SELECT state FROM accrual") == "denied"

    with pytest.raises(NotFound):
        await activities.drive_again(order_id)


async def test_a_shop_pays_its_share_of_the_discount() -> None:
    till = await a_till(funding=Funding(shop_basis_points=4_000))

    await redeemed(till)

    assert await owed(till.shop_id) == 3_000
    assert await spent(till.campaign_id, "RUB") == 3_000


async def test_the_agent_is_told_that_his_client_came() -> None:
    till = await a_till()

    await redeemed(till, customer=by_phone("+79123456789"))

    told = await journal.page(till.agent_id, before=None, limit=10)
    assert [entry.kind.value for entry in reversed(told)] == ["client_came", "credited", "available"]
    came = told[-1]
    assert (came.facts["shop"], came.facts["amount_minor"], came.facts["code"]) == ("Тёплый дом", 95_000, till.code)


async def test_a_bonus_without_a_budget_leaves_no_half_done_order() -> None:
    till = await a_till(budget_minor=0, effects=(Percent(basis_points=300),))

    with pytest.raises(OrderRefused):
        await redeemed(till)

    assert await fetch("SELECT FROM promo_order") == []
    assert await owed(till.shop_id) == 0


async def test_a_till_that_was_offline_says_when_it_was() -> None:
    till = await a_till()
    at = await fetch_value("SELECT now()")
    order = an_order(till.code, ref=str(uuid4()))

    await checkout.redeem(order, shop_id=till.shop_id, customer=None, occurred_at=at)

    assert await fetch_value("SELECT occurred_at FROM promo_order") == at
