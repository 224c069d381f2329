from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import uuid7
from programs.allocation import by_line
from programs.campaign import Campaign, CampaignState
from programs.conditions import AmountAtLeast, OnSchedule, SegmentIn
from programs.decide import decide, decide_again
from programs.decision import LimitDemand
from programs.effects import Fixed, Percent, PerItem, Rate
from programs.facts import Facts, Line
from programs.periods import Period
from programs.reasons import Reason
from programs.rules import Eligibility, Limit, LimitScope
from tests.programs.made import AGENT, BOILER, NOON, PUMP, SHOP, VALVE, bought, campaign, line, rules, standing

NEW = standing()


def pays(amount_minor: int, **changes: Any) -> Campaign:
    return campaign(rules(effects=(Fixed(amount_minor=amount_minor),), **changes))


def amounts(*campaigns: Campaign, facts: Facts | None = None, **terms: Any) -> list[int]:
    return [grant.amount_minor for grant in decide(facts or bought(), campaigns, NEW, **terms).grants]


def test_a_grant_says_everything_an_accrual_needs() -> None:
    seller = uuid7()
    asked = campaign(
        rules(
            effects=(Fixed(amount_minor=500), Fixed(amount_minor=70, beneficiary="seller")),
            asset="BON",
            wait_seconds=60,
            expires_after_days=365,
            debt_share_basis_points=5_000,
        )
    )

    decision = decide(bought(seller_agent_id=seller), [asked], NEW)

    shared = {
        "campaign_id": asked.id,
        "version": 1,
        "asset": "BON",
        "wait_seconds": 60,
        "expires_after_days": 365,
        "debt_share_basis_points": 5_000,
        "worth_minor": None,
        "given_minor": 0,
    }
    assert [msgspec.structs.asdict(grant) for grant in decision.grants] == [
        shared | {"effect": 0, "beneficiary": "agent", "beneficiary_agent_id": AGENT, "amount_minor": 500},
        shared | {"effect": 1, "beneficiary": "seller", "beneficiary_agent_id": seller, "amount_minor": 70},
    ]
    assert decision.awards[0].demand.amount_minor == 570
    assert decision.reason is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"eligibility": Eligibility(products=frozenset({PUMP}))}, Reason.NOT_ELIGIBLE_PRODUCT),
        ({"eligibility": Eligibility(segments=frozenset({"gold"}))}, Reason.NOT_ELIGIBLE_SEGMENT),
        ({"eligibility": Eligibility(shops=frozenset({SHOP}))}, Reason.NOT_ELIGIBLE_SEGMENT),
        ({"eligibility": Eligibility(regions=frozenset({"77"}))}, Reason.NOT_ELIGIBLE_SEGMENT),
        ({"conditions": (AmountAtLeast(10**9),)}, Reason.MIN_AMOUNT),
        ({"conditions": (OnSchedule(frozenset({1})),)}, Reason.NOT_ACTIVE),
        ({"effects": (Percent(basis_points=1, products=frozenset({VALVE})),)}, Reason.MIN_AMOUNT),
        ({"self_purchase": "deny"}, Reason.SELF_PURCHASE),
        ({"self_purchase": "discount_only"}, Reason.SELF_PURCHASE),
    ],
)
def test_a_campaign_that_pays_nothing_says_why(changes: dict[str, Any], reason: Reason) -> None:
    decision = decide(bought(is_self_purchase=True), [campaign(rules(**changes))], NEW)

    assert (decision.awards, decision.reason) == ((), reason)


@pytest.mark.parametrize("policy", ["allow", "bonus_only"])
def test_a_purchase_of_ones_own_earns_its_bonus_where_the_campaign_allows(policy: str) -> None:
    assert amounts(pays(500, self_purchase=policy), facts=bought(is_self_purchase=True)) == [500]


def test_of_many_refusals_the_nearest_miss_is_told() -> None:
    asked = [
        campaign(state=CampaignState.PAUSED),
        campaign(rules(conditions=(AmountAtLeast(10**9),))),
        campaign(rules(conditions=(SegmentIn(frozenset({"gold"})),))),
    ]

    assert decide(bought(), asked, NEW).reason is Reason.MIN_AMOUNT


def test_without_any_campaign_the_product_is_not_eligible() -> None:
    assert decide(bought(), [], NEW).reason is Reason.NOT_ELIGIBLE_PRODUCT


def test_campaigns_pay_beside_each_other() -> None:
    assert amounts(pays(500), pays(30)) == [500, 30]


def test_of_an_exclusive_group_only_the_first_that_applies_pays() -> None:
    not_for_all = pays(1_000, exclusivity_group="winter", conditions=(AmountAtLeast(10**9),))
    first = pays(500, exclusivity_group="winter")
    second = pays(800, exclusivity_group="winter")

    decision = decide(bought(), [not_for_all, first, second], NEW)

    assert [award.campaign_id for award in decision.awards] == [first.id]
    assert [refusal.reason for refusal in decision.refusals] == [Reason.MIN_AMOUNT, Reason.STACKING_CONFLICT]


def test_an_exhausted_campaign_leaves_its_place_to_the_next_of_its_group() -> None:
    first = pays(500, exclusivity_group="winter")
    second = pays(300, exclusivity_group="winter")

    decision = decide(bought(), [first, second], NEW, exhausted={first.id: Reason.LIMIT_AGENT})

    assert [award.campaign_id for award in decision.awards] == [second.id]
    assert [refusal.reason for refusal in decision.refusals] == [Reason.LIMIT_AGENT]


def test_goods_that_came_back_pay_nothing() -> None:
    decision = decide(bought(goods_returned=True), [pays(500)], NEW)

    assert decision.reason is Reason.GOODS_RETURNED


def test_limits_name_their_subject_and_their_period() -> None:
    code = uuid7()
    limits = (
        Limit(LimitScope.AGENT, Period.DAY, max_count=1),
        Limit(LimitScope.CUSTOMER, Period.WEEK, max_minor=9),
        Limit(LimitScope.SHOP, Period.MONTH, max_count=2),
        Limit(LimitScope.CODE, Period.YEAR, max_count=3),
        Limit(LimitScope.CAMPAIGN, Period.ALL, max_count=4),
    )
    asked = campaign(rules(limits=limits))
    facts = bought(shop_id=SHOP, customer_key="anna", code_id=code)

    demands = decide(facts, [asked], NEW).awards[0].demand.limits

    expected = [
        (LimitScope.AGENT, str(AGENT), "2026-11-22", 1, None),
        (LimitScope.CUSTOMER, "anna", "2026-W47", None, 9),
        (LimitScope.SHOP, str(SHOP), "2026-11", 2, None),
        (LimitScope.CODE, str(code), "2026", 3, None),
        (LimitScope.CAMPAIGN, str(asked.id), "all", 4, None),
    ]
    assert demands == tuple(LimitDemand(asked.id, *rest) for rest in expected)


def test_a_limit_whose_subject_is_unknown_asks_for_nothing() -> None:
    asked = campaign(rules(limits=(Limit(LimitScope.CUSTOMER, max_count=1), Limit(LimitScope.SHOP, max_count=1))))

    assert decide(bought(), [asked], NEW).awards[0].demand.limits == ()


def test_a_claim_from_beyond_the_offline_window_counts_on_the_day_it_arrived() -> None:
    asked = campaign(rules(offline_window_days=7, limits=(Limit(LimitScope.AGENT, Period.DAY, max_count=1),)))
    facts = bought(occurred_at=NOON - timedelta(days=8), accepted_at=NOON)

    assert decide(facts, [asked], NEW).awards[0].demand.limits[0].period_key == "2026-11-22"


def test_a_return_is_decided_by_the_version_that_paid_whatever_came_after() -> None:
    asked = campaign(
        rules(effects=(PerItem(amount_minor=100),)),
        rules(effects=(PerItem(amount_minor=1),)),
        state=CampaignState.KILLED,
    )
    facts = bought(line(quantity=3))

    left = decide_again(
        msgspec.structs.replace(facts, lines=(line(quantity=2),)), {asked.id: asked}, NEW, versions={asked.id: 1}
    )

    assert [(grant.version, grant.amount_minor) for grant in left.grants] == [(1, 200)]


def test_a_return_asks_only_the_campaigns_that_paid() -> None:
    paid, other = pays(500), pays(70)

    left = decide_again(bought(), {paid.id: paid, other.id: other}, NEW, versions={paid.id: 1})

    assert [award.campaign_id for award in left.awards] == [paid.id]


def test_deciding_changes_nothing_it_was_given() -> None:
    known = standing(bought())
    asked = [pays(500)]
    facts = bought()

    first = decide(facts, asked, known)
    second = decide(facts, asked, known)

    assert first == second
    assert known.count() == 1


effects = st.one_of(
    st.builds(lambda points: Percent(basis_points=points), st.integers(1, 10_000)),
    st.builds(lambda each: PerItem(amount_minor=each, by_product={BOILER: each + 1}), st.integers(1, 10_000)),
    st.builds(lambda amount: Fixed(amount_minor=amount), st.integers(1, 10**6)),
)
lines = st.builds(
    lambda product_id, quantity, amount_minor: line(product_id, quantity=quantity, amount_minor=amount_minor),
    st.sampled_from([BOILER, PUMP, VALVE, None]),
    st.integers(1, 9),
    st.none() | st.integers(1, 10**7),
)


@given(effects, st.lists(lines, min_size=1, max_size=5), st.sampled_from([frozenset(), frozenset({BOILER, PUMP})]))
def test_a_grant_laid_over_its_lines_sums_exactly(effect: Any, parts: list[Line], products: frozenset[UUID]) -> None:
    facts = bought(*parts)
    terms = rules(effects=(effect,), eligibility=Eligibility(products=products), asset="PTS", rates={"RUB": Rate(1, 7)})

    grants = decide(facts, [campaign(terms)], NEW).grants

    for grant in grants:
        shares = by_line(grant, facts, terms)
        assert sum(shares) == grant.amount_minor
        outside = [
            share for part, share in zip(parts, shares, strict=True) if products and part.product_id not in products
        ]
        assert not any(outside)


def test_a_fixed_bonus_is_laid_over_pieces_where_nothing_has_a_price() -> None:
    facts = bought(line(quantity=1, amount_minor=None), line(PUMP, quantity=2, amount_minor=None))
    terms = rules(effects=(Fixed(amount_minor=100),))

    [grant] = decide(facts, [campaign(terms)], NEW).grants

    assert by_line(grant, facts, terms) == (33, 67)


def test_percent_is_rounded_once_for_the_purchase_and_not_for_each_line() -> None:
    terms = rules(effects=(Percent(basis_points=500),))
    facts = bought(*[line(amount_minor=19)] * 20)

    [grant] = decide(facts, [campaign(terms)], NEW).grants

    assert grant.amount_minor == 19
    assert sorted(by_line(grant, facts, terms)) == [0] + [1] * 19
