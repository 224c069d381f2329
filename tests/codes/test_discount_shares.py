import random
from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.checkout import quote, reserve
from codes.given_bonuses import award_less_given
from codes.order_returns import Return, ReturnedLine, take_back
from codes.orders import AskedLine, Order
from core.db import fetch, fetch_value
from programs.decision import Award, Demand, Grant
from programs.discounts import AmountOff, PercentOff
from programs.effects import Fixed, Percent
from programs.rules import Funding, Limit, LimitScope, RulesRefused
from referrals import journal
from referrals.attributions import Given
from referrals.explanations import explain_activity
from referrals.sentences import sentence
from referrals.words import Reader
from tests.codes.tills import ASSET, Till, a_promo_campaign, a_till, an_order, owed, redeemed, spent, wallet

HALVES = Funding(shop_basis_points=2_000, agent_basis_points=3_000)
CAMPAIGN = uuid4()


async def test_shop_agent_and_maker_pay_the_discount_between_them(proven: None) -> None:
    till = await a_till(funding=HALVES)

    sold = await redeemed(till)

    assert (sold.discount_minor, sold.shop_minor) == (5_000, 1_000)
    assert await owed(till.shop_id) == 4_000
    assert (await wallet(till.agent_id)).available_minor == 2_850 - 1_500
    assert await spent(till.campaign_id, ASSET) == 1_350


async def test_a_quote_says_what_the_shop_bears(proven: None) -> None:
    till = await a_till(funding=HALVES)

    assert (await quote(an_order(till.code), shop_id=till.shop_id, customer=None)).shop_minor == 1_000


async def test_an_agent_never_pays_more_than_his_bonus_and_the_maker_has_the_rest(proven: None) -> None:
    till = await a_till(
        funding=Funding(agent_basis_points=10_000),
        discounts=(AmountOff(amount_minor=9_000),),
        limits=(Limit(LimitScope.AGENT, max_count=1),),
    )

    await redeemed(till)

    assert (await wallet(till.agent_id)).available_minor == 0
    assert await owed(till.shop_id) == 9_000
    assert await spent(till.campaign_id, ASSET) == 0
    rows = await fetch("SELECT state, reason FROM accrual UNION ALL SELECT used_count::text, scope FROM limit_use")
    assert {tuple(row) for row in rows} == {("denied", "given_as_discount"), ("1", "agent")}


async def test_the_share_is_counted_in_the_asset_of_the_bonus_and_nothing_without_a_rate(proven: None) -> None:
    rates = {"RUB": {"asset_minor": 1, "currency_minor": 3}}
    till = await a_till(funding=Funding(agent_basis_points=5_000), effects=(Fixed(amount_minor=1_000),), rates=rates)
    other = await a_till(funding=Funding(agent_basis_points=5_000), effects=(Fixed(amount_minor=1_000),), rates={})

    await redeemed(till)
    await redeemed(other)

    assert (await wallet(till.agent_id)).available_minor == 1_000 - 2_500 // 3
    assert (await wallet(other.agent_id)).available_minor == 1_000


async def test_the_agent_reads_what_he_gave(proven: None) -> None:
    till = await a_till(funding=HALVES)

    await redeemed(till)

    told = await journal.page(till.agent_id, before=None, limit=10)
    credited = next(entry for entry in told if entry.kind == "credited")
    assert "за вычетом вашей доли скидки клиенту (15 бонусов): 13,50 бонуса" in sentence(credited, Reader("ru"))


async def test_what_was_held_with_a_share_is_given_with_it(proven: None) -> None:
    till = await a_till(funding=HALVES, budget_minor=1_350, discount_budget_minor=4_000)
    order = an_order(till.code)

    await reserve(order, shop_id=till.shop_id, customer=None, ttl_seconds=900)
    await redeemed(till, order)

    assert (await wallet(till.agent_id)).available_minor == 1_350


async def test_shares_beyond_the_whole_discount_are_refused(database: None) -> None:
    with pytest.raises(RulesRefused):
        await a_till(funding=Funding(shop_basis_points=6_000, agent_basis_points=6_000))


def three_lines(till: Till) -> Order:
    lines = (
        AskedLine("a", "K-24", 3, 33_333),
        AskedLine("b", "K-24", 1, 50_001, discountable=False),
        AskedLine("c", "X", 2, 7_777),
    )
    return Order(str(uuid4()), (till.code,), lines)


@pytest.mark.parametrize("order_of_parts", list(permutations(range(3))), ids=str)
async def test_every_order_of_returns_leaves_the_same_share(proven: None, order_of_parts: tuple[int, ...]) -> None:
    till = await a_till(
        funding=HALVES, discounts=(PercentOff(basis_points=1_777),), effects=(Percent(basis_points=999),)
    )
    order = three_lines(till)
    await redeemed(till, order)
    parts = [(("a", 2),), (("b", 1),), (("c", 1),)]

    for place in order_of_parts:
        lines = tuple(ReturnedLine(*line) for line in parts[place])
        await take_back(Return(order.order_ref, f"R{place}", lines), shop_id=till.shop_id)

    assert (await wallet(till.agent_id)).available_minor == 910
    await take_back(Return(order.order_ref, "rest"), shop_id=till.shop_id)
    assert (await wallet(till.agent_id)).available_minor == await owed(till.shop_id) == 0
    assert (await spent(till.campaign_id, ASSET), await spent(till.campaign_id, "RUB")) == (0, 0)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_comes_back_piece_by_piece_leaves_nothing_anywhere(proven: None, seed: int) -> None:
    chance = random.Random(seed)
    till = await a_till(
        funding=Funding(shop_basis_points=chance.randrange(5_000), agent_basis_points=chance.randrange(5_000)),
        effects=(Percent(basis_points=chance.randrange(1, 3_000)), Fixed(amount_minor=chance.randrange(1, 500))),
    )
    order = three_lines(till)
    await redeemed(till, order)
    pieces = ["a", "a", "a", "b", "c", "c"]
    chance.shuffle(pieces)

    for place, line in enumerate(pieces):
        await take_back(Return(order.order_ref, f"R{place}", (ReturnedLine(line, 1),)), shop_id=till.shop_id)

    assert (await wallet(till.agent_id)).available_minor == await owed(till.shop_id) == 0
    assert (await spent(till.campaign_id, ASSET), await spent(till.campaign_id, "RUB")) == (0, 0)


def an_award(amount_minor: int) -> Award:
    grant = Grant(
        campaign_id=CAMPAIGN,
        version=1,
        effect=0,
        beneficiary="agent",
        beneficiary_agent_id=CAMPAIGN,
        asset=ASSET,
        amount_minor=amount_minor,
        wait_seconds=0,
        expires_after_days=None,
        debt_share_basis_points=0,
    )
    return Award(CAMPAIGN, 1, (grant,), Demand(CAMPAIGN, ASSET, amount_minor))


@given(gross=st.integers(1, 10**9), part=st.floats(0, 1), less=st.floats(0, 1), still_less=st.floats(0, 1))
def test_fewer_goods_never_leave_more_than_more_goods_did(
    gross: int, part: float, less: float, still_less: float
) -> None:
    given_minor = max(1, int(gross * part))
    share = {(CAMPAIGN, 0, CAMPAIGN): Given(CAMPAIGN, 0, CAMPAIGN, gross, given_minor)}
    amounts = [gross, int(gross * less), int(int(gross * less) * still_less), 0]

    left = [award_less_given(an_award(amount), share).grants[0].amount_minor for amount in amounts]

    assert left == sorted(left, reverse=True)
    assert (left[0], left[-1]) == (gross - given_minor, 0)


async def test_an_explanation_names_the_campaign_of_the_code_and_no_other(proven: None) -> None:
    till = await a_till()
    await a_promo_campaign(till.program_id, priority=5)
    await redeemed(till)
    activity_id = await fetch_value("SELECT id FROM promo_order")

    explained = await explain_activity(till.agent_id, activity_id)

    assert [one.campaign_id for one in explained.campaigns] == [till.campaign_id]
    assert [grant.amount_minor for grant in explained.campaigns[0].grants] == [2_850]


async def test_an_explanation_shows_what_is_left_and_what_was_given(proven: None) -> None:
    till = await a_till(funding=HALVES)
    await redeemed(till)
    activity_id = await fetch_value("SELECT id FROM promo_order")

    explained = await explain_activity(till.agent_id, activity_id)

    grants = [grant for one in explained.campaigns for grant in one.grants]
    assert [(grant.amount_minor, grant.given_minor) for grant in grants] == [(1_350, 1_500)]
