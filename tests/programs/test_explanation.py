from datetime import timedelta

import msgspec

from programs.campaign import CampaignState
from programs.conditions import AmountAtLeast, QuantityAtLeast
from programs.effects import Fixed
from programs.explanation import EffectFinding, explain
from programs.reasons import Reason
from programs.rules import Eligibility
from tests.programs.made import NOON, PUMP, bought, campaign, rules, standing

NEW = standing()


def test_an_explanation_tells_every_condition_of_every_campaign() -> None:
    paying = campaign(rules(conditions=(QuantityAtLeast(1),), priority=1))
    refusing = campaign(rules(eligibility=Eligibility(products=frozenset({PUMP})), conditions=(AmountAtLeast(10**6),)))

    explained = explain(bought(), [refusing, paying], NEW)

    first, second = explained.campaigns
    assert (first.campaign_id, first.reason, [one.holds for one in first.conditions]) == (paying.id, None, [True, True])
    assert [grant.amount_minor for grant in first.grants] == [500]
    assert (second.campaign_id, second.reason) == (refusing.id, Reason.NOT_ELIGIBLE_PRODUCT)
    assert [(one.condition["when"], one.holds) for one in second.conditions] == [
        ("product_in", False),
        ("amount_at_least", False),
        ("trust_at_least", True),
    ]
    assert second.effects == (EffectFinding("fixed", "agent", 500),)
    assert explained.reason is None


def test_an_explanation_gives_the_same_answer_as_the_decision() -> None:
    first = campaign(rules(exclusivity_group="winter", priority=1))
    second = campaign(rules(exclusivity_group="winter", effects=(Fixed(amount_minor=9),)))

    explained = explain(bought(), [first, second], NEW, exhausted={first.id: Reason.BUDGET_EXHAUSTED})

    assert [one.reason for one in explained.campaigns] == [Reason.BUDGET_EXHAUSTED, None]


def test_an_explanation_says_at_which_moment_the_campaign_looked() -> None:
    late = bought(occurred_at=NOON - timedelta(days=30), accepted_at=NOON)

    explained = explain(late, [campaign()], NEW)

    assert explained.campaigns[0].looked_at == NOON


def test_a_campaign_that_does_not_run_is_explained_without_its_conditions() -> None:
    explained = explain(bought(), [campaign(state=CampaignState.PAUSED)], NEW)

    assert explained.reason is Reason.NOT_ACTIVE
    assert explained.campaigns[0].conditions == ()


def test_an_explanation_is_json() -> None:
    explained = explain(bought(), [campaign(rules(conditions=(AmountAtLeast(10**6),)))], NEW)

    assert b'"reason":"min_amount"' in msgspec.json.encode(explained)
