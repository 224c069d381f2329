from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from core.ids import uuid7
from programs.conditions import FirstPurchase
from programs.effects import Fixed
from programs.facts import ActivityKind, Facts
from programs.periods import Period
from programs.reasons import Reason
from programs.rehearsal import Rehearsal, rehearse
from programs.rules import Eligibility, Limit, LimitScope
from tests.programs.made import AGENT, MOSCOW, NOON, PUMP, bought, rules


def played(activities: Iterable[Facts], *, budget_minor: int | None = None, **changes: Any) -> Rehearsal:
    return rehearse(rules(**changes), activities, zone=MOSCOW, currency="RUB", budget_minor=budget_minor)


def test_a_rehearsal_adds_up_what_the_rules_would_have_paid() -> None:
    other = uuid7()

    result = played([bought(), bought(agent_id=other), bought(agent_id=other)])

    assert result == Rehearsal(3, 3, "RUB", 1_500, 2, {}, None)


def test_a_rehearsal_says_why_the_others_would_have_got_nothing() -> None:
    result = played(
        [bought(), bought(kind=ActivityKind.COURSE_PASSED)], eligibility=Eligibility(products=frozenset({PUMP}))
    )

    assert (result.paid, result.refusals) == (0, {Reason.NOT_ELIGIBLE_PRODUCT: 2})


def test_a_rehearsal_carries_each_agents_standing_along() -> None:
    history = [bought(days_ago=2), bought(days_ago=1), bought(agent_id=uuid7())]

    result = played(reversed(history), conditions=(FirstPurchase(),))

    assert (result.paid, result.agents_paid) == (2, 2)


def test_a_rehearsal_keeps_to_limits_and_budget() -> None:
    history = [bought(days_ago=days) for days in (3, 2, 1, 1, 0)]

    result = played(history, budget_minor=1_600, limits=(Limit(LimitScope.AGENT, Period.DAY, max_count=1),))

    assert (result.paid, result.cost_minor) == (3, 1_500)
    assert result.refusals == {Reason.LIMIT_AGENT: 1, Reason.BUDGET_EXHAUSTED: 1}
    assert result.exhausted_at == NOON


def test_a_rehearsal_plays_dates_as_they_are_written() -> None:
    ended = Eligibility(ends_on=(NOON - timedelta(days=5)).date())

    result = played([bought(days_ago=6), bought(days_ago=1)], eligibility=ended)

    assert (result.paid, result.refusals) == (1, {Reason.EXPIRED: 1})


def test_a_rehearsal_pays_every_beneficiary() -> None:
    result = played(
        [bought(seller_agent_id=AGENT)],
        effects=(Fixed(amount_minor=5), Fixed(amount_minor=7, beneficiary="seller")),
    )

    assert result.cost_minor == 12
