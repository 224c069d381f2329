import asyncio

import pytest

from codes import promo_codes
from codes.promises import OrderRefused
from core.refusals import NotFound
from programs.effects import Fixed
from programs.rules import Attribution
from referrals import own_cards
from referrals.buyers import Buyer
from referrals.own_cards import PER_AGENT_MAX, TooManyOwnCards
from tests.codes.tills import a_till, an_order, redeemed, wallet
from tests.packs import an_agent
from tests.programs.stored import BY

pytestmark = pytest.mark.usefixtures("proven")

MINE, HIS = "my phone", "his phone"


@pytest.mark.parametrize(
    ("policy", "discount_minor", "bonus_minor", "reason"),
    [
        ("allow", 5_000, 2_850, None),
        ("bonus_only", 0, 3_000, "self_purchase"),
        ("discount_only", 5_000, 0, None),
    ],
)
async def test_a_purchase_of_ones_own_is_paid_as_the_campaign_says(
    policy: str, discount_minor: int, bonus_minor: int, reason: str | None
) -> None:
    till = await a_till(self_purchase=policy)
    await own_cards.declare(till.agent_id, Buyer(MINE), kind="phone")

    order = await redeemed(till, customer=MINE)

    assert (order.discount_minor, order.codes[0].reason) == (discount_minor, reason)
    assert (await wallet(till.agent_id)).available_minor == bonus_minor


async def test_a_campaign_may_deny_it_altogether() -> None:
    till = await a_till(self_purchase="deny")
    await own_cards.declare(till.agent_id, Buyer(MINE), kind="phone")

    with pytest.raises(OrderRefused) as refused:
        await redeemed(till, customer=MINE)

    assert refused.value.facts["codes"][0]["reason"] == "self_purchase"


@pytest.mark.parametrize("customer", [None, HIS])
async def test_where_nothing_is_known_nothing_is_assumed(customer: str | None) -> None:
    till = await a_till(self_purchase="deny")
    await own_cards.declare(till.agent_id, Buyer(MINE), kind="phone")

    assert (await redeemed(till, customer=customer)).discount_minor == 5_000


async def test_another_agents_own_card_takes_nothing_from_whose_customer_he_is() -> None:
    till = await a_till(self_purchase="deny")
    await own_cards.declare(await an_agent(), Buyer(HIS), kind="phone")

    await redeemed(till, customer=HIS)

    assert (await wallet(till.agent_id)).available_minor == 2_850


async def test_a_repeat_purchase_of_ones_own_is_asked_the_same() -> None:
    till = await a_till(self_purchase="discount_only", attribution=Attribution(window_days=30))
    await own_cards.declare(till.agent_id, Buyer(MINE), kind="phone")
    await redeemed(till, customer=MINE)

    await redeemed(till, an_order(), customer=MINE)

    assert (await wallet(till.agent_id)).available_minor == 0


async def test_a_customers_share_is_his_once_a_person_has_confirmed_that_the_card_is_his() -> None:
    till = await a_till(effects=(Fixed(amount_minor=1_000, split={"agent": 9_000, "customer": 1_000}),))
    customer = await an_agent()
    await own_cards.declare(customer, Buyer(HIS), kind="phone")
    await redeemed(till, customer=HIS)
    before = (await wallet(customer)).available_minor

    await own_cards.confirm(customer, Buyer(HIS), kind="phone", by=BY)
    await redeemed(till, customer=HIS)

    assert (before, (await wallet(customer)).available_minor) == (0, 100)
    assert (await wallet(till.agent_id)).available_minor == 1_800


async def test_whoever_is_agent_and_customer_in_one_is_credited_once() -> None:
    till = await a_till(effects=(Fixed(amount_minor=1_000, split={"agent": 9_000, "customer": 1_000}),))
    await own_cards.confirm(till.agent_id, Buyer(MINE), kind="phone", by=BY)

    await redeemed(till, customer=MINE)

    assert (await wallet(till.agent_id)).available_minor == 1_000


async def test_a_card_is_declared_once_however_often_and_at_once() -> None:
    agent_id = await an_agent()

    cards = await asyncio.gather(*(own_cards.declare(agent_id, Buyer(MINE), kind="phone") for _ in range(30)))

    assert len({card.id for card in cards}) == 1
    assert [card.is_confirmed for card in await own_cards.listed(agent_id)] == [False]


async def test_an_agent_calls_few_cards_his_own() -> None:
    agent_id = await an_agent()
    for place in range(PER_AGENT_MAX):
        await own_cards.declare(agent_id, Buyer(f"card {place}"), kind="card")

    with pytest.raises(TooManyOwnCards):
        await own_cards.declare(agent_id, Buyer("one more"), kind="card")


async def test_a_mistake_is_taken_away_by_a_person() -> None:
    till = await a_till(self_purchase="deny")
    card = await own_cards.declare(till.agent_id, Buyer(HIS), kind="phone")

    await own_cards.remove(till.agent_id, card.id, by=BY)

    assert (await redeemed(till, customer=HIS)).discount_minor == 5_000
    with pytest.raises(NotFound):
        await own_cards.remove(till.agent_id, card.id, by=BY)


async def test_nobody_is_confirmed_who_is_no_agent() -> None:
    till = await a_till()
    code = (await promo_codes.page(till.agent_id))[0]

    with pytest.raises(NotFound):
        await own_cards.confirm(code.id, Buyer(HIS), kind="phone", by=BY)
