from typing import Any

import msgspec
import pytest

from programs.conditions import (
    AllOf,
    AmountAtLeast,
    AnyCondition,
    AnyOf,
    BatchIn,
    BoughtThen,
    ChannelIn,
    Condition,
    CountAtLeast,
    CustomersFirstPurchase,
    DistinctCustomersAtLeast,
    DistinctProductsAtLeast,
    FirstPurchase,
    NewCustomer,
    Not,
    OnSchedule,
    ProductIn,
    QuantityAtLeast,
    RegionIn,
    SegmentIn,
    ShopIn,
    SumAtLeast,
    TerritoryIn,
    TierIn,
    TrustAtLeast,
)
from programs.facts import Facts
from programs.periods import CalendarPeriod, LastDays, Period
from programs.reasons import Reason
from programs.standing import Standing
from programs.trust import Trust
from tests.programs.made import BOILER, NOON, PUMP, SHOP, VALVE, bought, line, standing

MONTH = CalendarPeriod(Period.MONTH)
BOILERS, PUMPS = frozenset({BOILER}), frozenset({PUMP})
NEW = standing()
# 22 November is a Sunday; the purchases were today, 10 and 30 days ago, the last of them in October.
REGULAR = standing(
    bought(line(BOILER), customer_key="anna"),
    bought(line(PUMP, quantity=2, amount_minor=50_000), days_ago=10, customer_key="boris"),
    bought(line(BOILER), days_ago=30, customer_key="vera"),
)


@pytest.mark.parametrize(
    ("condition", "holds", "facts", "known"),
    [
        (ProductIn(BOILERS), True, bought(line(PUMP), line(BOILER)), NEW),
        (ProductIn(BOILERS), False, bought(line(PUMP), line(None)), NEW),
        (BatchIn(frozenset({7})), True, bought(batch=7), NEW),
        (BatchIn(frozenset({7})), False, bought(), NEW),
        (TerritoryIn(frozenset({"north"})), True, bought(territory="north"), NEW),
        (TerritoryIn(frozenset({"north"})), False, bought(territory="south"), NEW),
        (TerritoryIn(frozenset({"north"})), False, bought(), NEW),
        (ChannelIn(frozenset({"retail"})), True, bought(channel="retail"), NEW),
        (ChannelIn(frozenset({"retail"})), False, bought(), NEW),
        (TrustAtLeast(Trust.SIGNED), True, bought(trust=Trust.ISSUER_CONFIRMED), NEW),
        (TrustAtLeast(Trust.SIGNED), False, bought(trust=Trust.PLAUSIBLE), NEW),
        (TrustAtLeast(Trust.SIGNED), True, bought(), NEW),
        (ShopIn(frozenset({SHOP})), True, bought(shop_id=SHOP), NEW),
        (ShopIn(frozenset({SHOP})), False, bought(), NEW),
        (RegionIn(frozenset({"77", "50"})), True, bought(region="50"), NEW),
        (RegionIn(frozenset({"77"})), False, bought(region="50"), NEW),
        (SegmentIn(frozenset({"gold"})), True, bought(segments=frozenset({"gold", "north"})), NEW),
        (SegmentIn(frozenset({"gold"})), False, bought(segments=frozenset({"north"})), NEW),
        (TierIn(frozenset({"A"})), True, bought(tier="A"), NEW),
        (TierIn(frozenset({"A"})), False, bought(), NEW),
        (OnSchedule(frozenset({7}), from_hour=13, to_hour=14), True, bought(), NEW),
        (OnSchedule(frozenset({1})), False, bought(), NEW),
        (OnSchedule(from_hour=14), False, bought(), NEW),
        (OnSchedule(to_hour=13), False, bought(), NEW),
        (OnSchedule(from_hour=22, to_hour=6), True, bought(occurred_at=NOON.replace(hour=20)), NEW),
        (OnSchedule(from_hour=22, to_hour=6), True, bought(occurred_at=NOON.replace(hour=2)), NEW),
        (OnSchedule(from_hour=22, to_hour=6), False, bought(), NEW),
        (QuantityAtLeast(3), True, bought(line(quantity=2), line(PUMP)), NEW),
        (QuantityAtLeast(3, BOILERS), False, bought(line(quantity=2), line(PUMP)), NEW),
        (AmountAtLeast(100_000), True, bought(), NEW),
        (AmountAtLeast(100_001), False, bought(), NEW),
        (SumAtLeast(250_000, window=MONTH), True, bought(), REGULAR),
        (SumAtLeast(250_001, window=MONTH), False, bought(), REGULAR),
        (SumAtLeast(5, of="quantity"), True, bought(), REGULAR),
        (SumAtLeast(6, of="quantity"), False, bought(), REGULAR),
        (SumAtLeast(4, of="quantity", products=BOILERS), False, bought(), REGULAR),
        (CountAtLeast(3, window=MONTH), True, bought(), REGULAR),
        (CountAtLeast(4, window=MONTH), False, bought(), REGULAR),
        (CountAtLeast(3, window=LastDays(11)), True, bought(), REGULAR),
        (CountAtLeast(3, window=LastDays(10)), False, bought(), REGULAR),
        (CountAtLeast(3, BOILERS), True, bought(), REGULAR),
        (CountAtLeast(4), False, bought(is_further_proof=True), REGULAR),
        (DistinctProductsAtLeast(3), True, bought(line(VALVE)), REGULAR),
        (DistinctProductsAtLeast(3), False, bought(line(PUMP)), REGULAR),
        (DistinctProductsAtLeast(2, frozenset({PUMP, VALVE})), False, bought(line(BOILER)), REGULAR),
        (DistinctCustomersAtLeast(4), True, bought(customer_key="gleb"), REGULAR),
        (DistinctCustomersAtLeast(4), False, bought(customer_key="anna"), REGULAR),
        (DistinctCustomersAtLeast(3, MONTH), False, bought(), REGULAR),
        (FirstPurchase(), True, bought(), NEW),
        (FirstPurchase(), False, bought(), REGULAR),
        (FirstPurchase(), True, bought(is_further_proof=True), standing(bought())),
        (NewCustomer(), True, bought(customer_orders=0), NEW),
        (NewCustomer(), False, bought(customer_orders=1, customer_returned=1), NEW),
        (NewCustomer(), False, bought(), NEW),
        (NewCustomer(), True, bought(customer_orders=9, is_repeat=True), NEW),
        (CustomersFirstPurchase(), True, bought(customer_orders=1, customer_returned=1), NEW),
        (CustomersFirstPurchase(), False, bought(customer_orders=2, customer_returned=1), NEW),
        (CustomersFirstPurchase(counts_returned=True), False, bought(customer_orders=1, customer_returned=1), NEW),
        (CustomersFirstPurchase(), False, bought(), NEW),
        (CustomersFirstPurchase(), True, bought(customer_orders=9, is_repeat=True), NEW),
        (BoughtThen(PUMPS, BOILERS), True, bought(line(BOILER)), REGULAR),
        (BoughtThen(PUMPS, BOILERS), False, bought(line(PUMP)), REGULAR),
        (BoughtThen(PUMPS, BOILERS), False, bought(line(BOILER)), NEW),
        (BoughtThen(PUMPS, BOILERS), False, bought(line(BOILER), days_ago=11), REGULAR),
        (AllOf((ProductIn(BOILERS), FirstPurchase())), True, bought(), NEW),
        (AllOf((ProductIn(BOILERS), FirstPurchase())), False, bought(), REGULAR),
        (AnyOf((ProductIn(PUMPS), FirstPurchase())), True, bought(), NEW),
        (AnyOf((ProductIn(PUMPS), FirstPurchase())), False, bought(), REGULAR),
        (Not(FirstPurchase()), True, bought(), REGULAR),
        (Not(FirstPurchase()), False, bought(), NEW),
    ],
)
def test_a_condition_holds_or_not(condition: Condition, holds: bool, facts: Facts, known: Standing) -> None:  # noqa: FBT001
    assert condition.holds(facts, known).holds is holds


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (ProductIn(PUMPS), Reason.NOT_ELIGIBLE_PRODUCT),
        (SegmentIn(frozenset({"gold"})), Reason.NOT_ELIGIBLE_SEGMENT),
        (TrustAtLeast(Trust.SIGNED), Reason.RECEIPT_UNVERIFIED),
        (AmountAtLeast(10**9), Reason.MIN_AMOUNT),
        (OnSchedule(frozenset({1})), Reason.NOT_ACTIVE),
        (AllOf((ProductIn(BOILERS), AmountAtLeast(10**9))), Reason.MIN_AMOUNT),
        (AnyOf((TierIn(frozenset({"A"})), ProductIn(PUMPS))), Reason.NOT_ELIGIBLE_SEGMENT),
        (Not(ProductIn(BOILERS)), Reason.NOT_ELIGIBLE_PRODUCT),
    ],
)
def test_a_condition_that_fails_says_why(condition: Condition, reason: Reason) -> None:
    assert condition.why_not(bought(), NEW) is reason


@pytest.mark.parametrize(
    ("condition", "needs"),
    [
        (AmountAtLeast(1), False),
        (CountAtLeast(1), True),
        (DistinctCustomersAtLeast(1), True),
        (FirstPurchase(), True),
        (BoughtThen(PUMPS, BOILERS), True),
        (AllOf((AmountAtLeast(1), Not(AnyOf((FirstPurchase(),))))), True),
        (Not(AmountAtLeast(1)), False),
    ],
)
def test_a_condition_knows_whether_it_looks_at_the_past(condition: Condition, needs: bool) -> None:  # noqa: FBT001
    assert condition.needs_standing is needs


def test_an_explanation_shows_what_each_part_saw() -> None:
    condition = AllOf((QuantityAtLeast(3), Not(FirstPurchase())))

    finding = condition.explain(bought(line(quantity=2)), NEW)

    assert msgspec.json.decode(msgspec.json.encode(finding)) == {
        "condition": {"when": "all_of"},
        "holds": False,
        "parts": [
            {"condition": {"when": "quantity_at_least", "at_least": 3, "products": []}, "holds": False, "saw": 2},
            {
                "condition": {"when": "not"},
                "holds": False,
                "parts": [{"condition": {"when": "first_purchase"}, "holds": True, "saw": 0}],
            },
        ],
    }


def test_conditions_are_read_from_json_however_deep_they_stand() -> None:
    stored = """{"when": "any_of", "conditions": [
        {"when": "not", "condition": {"when": "tier_in", "tiers": ["A"]}},
        {"when": "sum_at_least", "of": "quantity", "at_least": 10, "window": {"over": "calendar", "period": "quarter"}}
    ]}"""

    condition = msgspec.json.decode(stored, type=AnyCondition)

    assert condition == AnyOf(
        (
            Not(TierIn(frozenset({"A"}))),
            SumAtLeast(10, of="quantity", window=CalendarPeriod(Period.QUARTER)),
        )
    )


@pytest.mark.parametrize(
    "stored",
    [
        {"when": "invented"},
        {"when": "tier_in", "tiers": []},
        {"when": "tier_in", "tiers": ["A"], "and_also": 1},
        {"when": "amount_at_least", "at_least": 0},
        {"when": "sum_at_least", "at_least": 1, "of": "happiness"},
        {"when": "on_schedule", "weekdays": [8]},
    ],
)
def test_a_malformed_condition_is_not_read(stored: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(stored, type=AnyCondition)
