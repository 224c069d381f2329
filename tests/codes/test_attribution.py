import asyncio
from uuid import UUID

import pytest

from codes import promo_codes
from codes.checkout import quote, reserve
from codes.forgotten_customers import forget_due
from codes.order_returns import Return, take_back
from codes.orders import AskedLine, Order
from codes.promises import OrderRefused
from codes.promo_orders import OrderChanged
from core.db import execute, fetch, fetch_value
from programs.attribution import AttributionPolicy, EvidenceKind
from programs.attribution_policies import EvidenceRepeated, policy_of, set_policy
from programs.discounts import PercentOff
from programs.effects import Fixed
from programs.rules import Attribution, Limit, LimitScope, Repeat
from referrals import journal
from referrals.attributions import view_of
from referrals.buyers import Buyer
from tests.codes.tills import Till, a_promo_campaign, a_till, an_order, owed, redeemed, wallet
from tests.packs import an_agent
from tests.programs.stored import BY

pytestmark = pytest.mark.usefixtures("proven")

MONTH = Attribution(window_days=30)
# Customers' keys, as the HMAC leaves nothing to read in them either.
MARIA, PYOTR = "maria", "pyotr"


async def another_code(till: Till, campaign_id: UUID | None = None) -> tuple[UUID, str]:
    """Somebody else, and his code for the same campaign unless it is for another."""
    agent_id = await an_agent()
    made = await promo_codes.create(agent_id, campaign_id=campaign_id or till.campaign_id)
    return agent_id, made.text


async def told(agent_id: UUID) -> list[str]:
    entries = await journal.page(agent_id, before=None, limit=50)
    return [entry.kind.value for entry in reversed(entries)]


async def later(days: int) -> None:
    """Everything about customers happened so many days earlier."""
    await execute(
        """UPDATE known_customer SET window_from = window_from - make_interval(days => $1),
                  window_until = window_until - make_interval(days => $1)""",
        days,
    )


async def test_a_customer_who_comes_back_without_a_code_is_still_his_agents() -> None:
    till = await a_till(attribution=MONTH)
    await redeemed(till, customer=MARIA)

    again = await redeemed(till, an_order(), customer=MARIA)

    assert (again.attribution, again.discount_minor) == ("customer_key", 0)
    assert (await wallet(till.agent_id)).available_minor == 2_850 + 3_000
    assert (await told(till.agent_id)).count("client_came") == 2


async def test_a_code_alone_keeps_no_customer_where_the_campaign_says_nothing_of_it() -> None:
    till = await a_till()
    await redeemed(till, customer=MARIA)

    with pytest.raises(OrderRefused) as refused:
        await redeemed(till, an_order(), customer=MARIA)

    assert refused.value.facts == {"codes": [], "customer": "not_attributed"}


@pytest.mark.parametrize("customer", [None, PYOTR])
async def test_an_order_of_nobody_is_refused(customer: str | None) -> None:
    till = await a_till(attribution=MONTH)
    await redeemed(till, customer=MARIA)

    with pytest.raises(OrderRefused):
        await redeemed(till, an_order(), customer=customer)


async def test_a_window_is_over_on_its_day_and_erased() -> None:
    till = await a_till(attribution=MONTH)
    await redeemed(till, customer=MARIA)
    await later(days=29)
    inside = await redeemed(till, an_order(), customer=MARIA)

    await later(days=1)
    with pytest.raises(OrderRefused):
        await redeemed(till, an_order(), customer=MARIA)
    await forget_due()

    assert inside.attribution == "customer_key"
    assert await fetch_value("SELECT num_nulls(agent_id, campaign_id, window_until) FROM known_customer") == 3


async def test_a_customer_whom_nobody_remembers_is_a_new_one() -> None:
    till = await a_till()
    await redeemed(till, customer=MARIA)
    await execute("UPDATE known_customer SET forget_at = now()")

    await forget_due()
    await redeemed(till, customer=MARIA)

    assert await fetch_value("SELECT orders FROM known_customer") == 1


@pytest.mark.parametrize(("renews", "inside"), [(True, True), (False, False)])
async def test_each_purchase_begins_the_window_anew_where_the_campaign_says_so(*, renews: bool, inside: bool) -> None:
    till = await a_till(attribution=Attribution(window_days=30, renews=renews))
    await redeemed(till, customer=MARIA)
    await later(days=20)
    await redeemed(till, an_order(), customer=MARIA)
    await later(days=20)

    seen = await quote(an_order(), shop_id=till.shop_id, customer=Buyer(MARIA))

    assert (seen.attribution == "customer_key") is inside


async def test_a_repeat_purchase_is_paid_and_lowered_by_its_own_rule() -> None:
    repeat = Repeat(effects=(Fixed(amount_minor=77),), discounts=(PercentOff(basis_points=100),))
    till = await a_till(attribution=Attribution(window_days=30, repeat=repeat))
    first = an_order(till.code)
    await redeemed(till, first, customer=MARIA)

    again = await redeemed(till, an_order(ref="again"), customer=MARIA)
    await take_back(Return("again", "R1"), shop_id=till.shop_id)

    assert again.discount_minor == 1_000
    assert (await wallet(till.agent_id)).available_minor == 2_850
    assert await owed(till.shop_id) == 5_000


@pytest.mark.parametrize("takeover", [True, False])
async def test_another_agents_code_has_its_sale_and_the_program_says_whose_the_customer_is_then(
    *, takeover: bool
) -> None:
    till = await a_till(attribution=MONTH)
    await set_policy(till.program_id, AttributionPolicy(takeover=takeover), by=BY)
    other, code = await another_code(till)
    await redeemed(till, customer=MARIA)

    shown = await redeemed(till, an_order(code), customer=MARIA)
    await redeemed(till, an_order(), customer=MARIA)

    assert shown.attribution == "promo_code"
    repeats = {till.agent_id: 2_850 + (0 if takeover else 3_000), other: 2_850 + (3_000 if takeover else 0)}
    assert {agent_id: (await wallet(agent_id)).available_minor for agent_id in repeats} == repeats
    assert "client_elsewhere" in await told(till.agent_id)


async def test_where_the_customer_is_the_stronger_evidence_the_code_gives_its_discount_and_not_the_sale() -> None:
    till = await a_till(attribution=MONTH)
    policy = AttributionPolicy(priority=(EvidenceKind.CUSTOMER_KEY, EvidenceKind.PROMO_CODE))
    await set_policy(till.program_id, policy, by=BY)
    other, code = await another_code(till)
    await redeemed(till, customer=MARIA)

    order = await redeemed(till, an_order(code), customer=MARIA)

    assert (order.attribution, order.discount_minor) == ("customer_key", 5_000)
    assert [one.attribution for one in order.codes] == ["weaker_evidence"]
    assert (await wallet(other)).available_minor == 0
    assert (await wallet(till.agent_id)).available_minor == 2 * 2_850
    assert await told(other) == ["client_elsewhere"]


async def test_a_code_outranks_a_link_and_both_are_told() -> None:
    till = await a_till()
    campaign_id = await a_promo_campaign(
        till.program_id, discounts=(PercentOff(basis_points=100),), effects=(Fixed(amount_minor=5),), priority=9
    )
    other, linked = await another_code(till, campaign_id)
    order = Order("order", (till.code,), (AskedLine("1", "K-24", 1, 100_000),), link=linked)

    sold = await redeemed(till, order)

    assert [(one.code, one.attribution) for one in sold.codes] == [(till.code, "won"), (linked, "weaker_evidence")]
    activity_id = await fetch_value("SELECT id FROM promo_order")
    mine, his = await view_of(till.agent_id, activity_id), await view_of(other, activity_id)
    assert (mine.outcome, his.outcome, his.reason) == ("won", "outranked", "weaker_evidence")  # type: ignore[union-attr]
    assert await view_of(await an_agent(), activity_id) is None


async def test_a_link_alone_is_enough() -> None:
    till = await a_till()
    order = Order("order", (), (AskedLine("1", "K-24", 1, 100_000),), link=till.code)

    sold = await redeemed(till, order)

    assert (sold.attribution, sold.discount_minor) == ("link", 5_000)


async def test_two_agents_codes_in_one_order_at_once_are_one_sale_of_one_agent() -> None:
    till = await a_till(priority=5)
    campaign_id = await a_promo_campaign(
        till.program_id, discounts=(PercentOff(basis_points=100),), effects=(Fixed(amount_minor=77),)
    )
    other, code = await another_code(till, campaign_id)
    lines = an_order().lines
    asked = [Order("one", codes, lines) for codes in ((till.code, code), (code, till.code))] * 15

    answers = await asyncio.gather(*(redeemed(till, order) for order in asked), return_exceptions=True)

    sold = [one for one in answers if not isinstance(one, BaseException)]
    assert len(sold) == 15
    assert all(isinstance(one, OrderChanged) for one in answers if isinstance(one, BaseException))
    assert {one.attribution for order in sold for one in order.codes if one.code == till.code} == {"won"}
    [attribution] = await fetch("SELECT agent_id FROM attribution")
    [credited] = await fetch("SELECT agent_id FROM accrual WHERE state = 'credited'")
    assert attribution["agent_id"] == credited["agent_id"] == till.agent_id
    assert (await wallet(other)).available_minor == 0
    assert (await told(till.agent_id)).count("client_came") == 1
    assert await told(other) == ["client_elsewhere"]


async def test_orders_of_one_customer_at_once_leave_him_with_one_agent() -> None:
    till = await a_till(attribution=MONTH)
    others = [await another_code(till) for _ in range(5)]
    at_once = asyncio.Semaphore(6)

    async def one(code: str) -> None:
        async with at_once:
            await redeemed(till, an_order(code), customer=MARIA)

    await asyncio.gather(*(one(code) for _, code in others))

    [row] = await fetch("SELECT agent_id, orders FROM known_customer")
    assert row["orders"] == 5
    assert row["agent_id"] in {agent_id for agent_id, _ in others}


async def test_a_customer_whose_first_order_came_back_is_nobodys() -> None:
    till = await a_till(attribution=MONTH)
    order = an_order(till.code)
    await redeemed(till, order, customer=MARIA)

    await take_back(Return(order.order_ref, "R1"), shop_id=till.shop_id)

    with pytest.raises(OrderRefused):
        await redeemed(till, an_order(), customer=MARIA)


async def test_a_known_customer_may_reserve_without_a_code() -> None:
    till = await a_till(attribution=MONTH)
    await redeemed(till, customer=MARIA)
    order = an_order()

    await reserve(order, shop_id=till.shop_id, customer=Buyer(MARIA), ttl_seconds=900)
    sold = await redeemed(till, order, customer=MARIA)

    assert (sold.state, sold.attribution) == ("succeeded", "customer_key")
    assert (await wallet(till.agent_id)).available_minor == 5_850


async def test_what_limits_the_agent_limits_repeat_purchases_too() -> None:
    till = await a_till(attribution=MONTH, limits=(Limit(LimitScope.AGENT, max_count=2),))
    await redeemed(till, customer=MARIA)
    await redeemed(till, an_order(), customer=MARIA)

    with pytest.raises(OrderRefused) as refused:
        await redeemed(till, an_order(), customer=MARIA)

    assert refused.value.facts["customer"] == "limit_agent"


async def test_a_bonus_is_split_between_agent_and_seller_and_sums_exactly() -> None:
    till = await a_till(effects=(Fixed(amount_minor=1_001, split={"agent": 6_667, "seller": 3_333}),))
    seller, badge = await another_code(till)
    order = Order("order", (till.code,), an_order().lines, seller=badge)

    await redeemed(till, order)

    earned = [(await wallet(agent_id)).available_minor for agent_id in (till.agent_id, seller)]
    assert earned == [667, 334]


async def test_the_share_of_a_seller_whom_nobody_names_stays_with_the_campaign() -> None:
    till = await a_till(effects=(Fixed(amount_minor=1_000, split={"agent": 7_000, "seller": 3_000}),))

    await redeemed(till)

    assert (await wallet(till.agent_id)).available_minor == 700


async def test_a_policy_is_read_back_and_names_no_evidence_twice() -> None:
    till = await a_till()
    wanted = AttributionPolicy(priority=(EvidenceKind.LINK,), takeover=False, remembers_days=30)

    await set_policy(till.program_id, wanted, by=BY)
    with pytest.raises(EvidenceRepeated):
        await set_policy(till.program_id, AttributionPolicy(priority=(EvidenceKind.LINK,) * 2), by=BY)

    assert await policy_of(till.program_id) == wanted
