from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from core.ids import uuid7
from programs.conditions import FirstPurchase
from programs.discounts import OrderLine, PercentOff
from programs.effects import Fixed, Percent
from programs.facts import ActivityKind
from programs.past_cost import Cost, Past, PastCost, Play
from programs.reasons import Reason
from programs.rules import Attribution, Eligibility, Funding, Limit, LimitScope
from tests.programs.made import BOILER, MOSCOW, NOON, PUMP, bought, line, rules

TODAY = NOON.date()


def at_till(price_minor: int = 100_000, *, days_ago: float = 0, **changes: Any) -> Past:
    """An order of a boiler: whatever it was sold for, this is what it cost before any discount."""
    facts = bought(line(amount_minor=1), days_ago=days_ago, kind=ActivityKind.PROMO_REDEEMED, **changes)
    return Past(facts, (OrderLine(BOILER, "SKU", 1, price_minor),))


def played(purchases: Iterable[Past], *, caps: dict[str, int] | None = None, **changes: Any) -> PastCost:
    plain: dict[str, Any] = {
        "trigger": ActivityKind.PROMO_REDEEMED,
        "effects": (Percent(basis_points=300),),
        "discounts": (PercentOff(basis_points=500),),
    }
    since = TODAY - timedelta(days=365)
    play = Play(rules(**(plain | changes)), zone=MOSCOW, currency="RUB", since=since, until=TODAY, caps=caps or {})
    for one in purchases:
        play.add(one)
    return play.cost()


def test_the_discount_is_of_the_price_and_the_bonus_of_what_is_left() -> None:
    found = played([at_till(), at_till(200_000, agent_id=uuid7())])

    assert found.whole == Cost(purchases=2, given=2, bonus_minor=8_550, discount_minor=15_000)
    assert found.participants == 2


def test_shop_and_agent_bear_their_shares_of_the_discount() -> None:
    found = played([at_till()], funding=Funding(shop_basis_points=4_000, agent_basis_points=1_000))

    # Of 50 roubles the shop has 20 and the agent 5, which leave the bonus of 28.50.
    assert found.whole == Cost(1, 1, bonus_minor=2_350, discount_minor=5_000, shop_minor=2_000)


def test_months_stand_by_the_programs_calendar() -> None:
    found = played([at_till(days_ago=40), at_till(days_ago=1), at_till()])

    assert {month: cost.purchases for month, cost in found.months.items()} == {
        date(2026, 10, 1): 1,
        date(2026, 11, 1): 2,
    }


def test_the_campaigns_own_days_are_left_aside_and_those_of_a_year_ago_told() -> None:
    december = Eligibility(starts_on=TODAY + timedelta(days=10), ends_on=TODAY + timedelta(days=20))

    found = played([at_till(days_ago=350), at_till(days_ago=200)], eligibility=december)

    assert found.whole.given == 2
    assert found.same_days == Cost(1, 1, bonus_minor=2_850, discount_minor=5_000)


@pytest.mark.parametrize("ends_on", [None, TODAY + timedelta(days=400)])
def test_of_a_campaign_that_runs_for_more_than_a_year_the_whole_is_told_alone(ends_on: date | None) -> None:
    assert played([at_till()], eligibility=Eligibility(ends_on=ends_on)).same_days is None


def test_the_day_is_told_on_which_a_budget_would_have_been_used_up() -> None:
    history = [at_till(days_ago=days) for days in (30, 20, 10)]

    found = played(history, asset="BON", effects=(Fixed(amount_minor=10),), caps={"BON": 20, "RUB": 5_000})

    assert found.whole.bonus_minor == 30
    assert (found.bonus_out_on, found.discount_out_on) == (TODAY - timedelta(days=10), TODAY - timedelta(days=20))


@pytest.mark.parametrize(
    ("purchase", "changes", "reason"),
    [
        ({}, {"eligibility": Eligibility(products=frozenset({PUMP}))}, Reason.NOT_ELIGIBLE_PRODUCT),
        ({"is_repeat": True}, {}, Reason.NOT_ACTIVE),
        ({}, {"limits": (Limit(LimitScope.CUSTOMER, max_count=1),)}, Reason.LIMIT_CUSTOMER),
        ({"is_self_purchase": True}, {"self_purchase": "deny"}, Reason.SELF_PURCHASE),
    ],
)
def test_what_a_till_would_not_have_given_costs_nothing(
    purchase: dict[str, Any], changes: dict[str, Any], reason: Reason
) -> None:
    found = played([at_till(**purchase)], **changes)

    assert (found.whole, found.refusals) == (Cost(purchases=1), {reason: 1})


def test_a_repeat_purchase_is_paid_where_customers_stay_with_their_agent() -> None:
    found = played([at_till(is_repeat=True)], attribution=Attribution(window_days=30))

    assert found.whole == Cost(1, 1, bonus_minor=3_000)


def test_who_buys_for_himself_gets_no_discount_and_bonus_together() -> None:
    found = played([at_till(is_self_purchase=True)], self_purchase="bonus_only")

    assert (found.whole.bonus_minor, found.whole.discount_minor) == (3_000, 0)


def test_limits_and_what_an_agent_bought_before_are_carried_along() -> None:
    agents = [at_till(days_ago=days) for days in (3, 2)]

    limited = played(agents, limits=(Limit(LimitScope.CAMPAIGN, max_count=1),))
    first = played(agents, conditions=(FirstPurchase(),))

    assert (limited.refusals, limited.whole.given) == ({Reason.LIMIT_CAMPAIGN: 1}, 1)
    assert first.whole.given == 1


def test_what_came_by_no_till_has_a_bonus_alone() -> None:
    found = played([Past(bought())], trigger=ActivityKind.RECEIPT_MATCHED, discounts=())

    assert found.whole == Cost(1, 1, bonus_minor=3_000)
    assert found.discount_out_on is None
