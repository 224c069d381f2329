from datetime import date
from typing import Any

import msgspec
import pytest

from programs.conditions import AnyCondition, FirstPurchase, Not
from programs.discounts import PercentOff
from programs.effects import Fixed, Ladder, Percent, Step
from programs.facts import ActivityKind
from programs.measures import Measure
from programs.rules import (
    Attribution,
    Eligibility,
    Funding,
    Limit,
    LimitScope,
    Repeat,
    RulesRefused,
    check,
    decode_rules,
    encode_rules,
)
from tests.programs.made import BOILER, PUMP, SHOP, rules


def nested(depth: int) -> AnyCondition:
    return Not(nested(depth - 1)) if depth > 1 else FirstPurchase()


def ladder(*steps: Step, **changes: Any) -> Ladder:
    plain: dict[str, Any] = {"measure": Measure.QUANTITY, "unit": "each"}
    return Ladder(steps=steps, **(plain | changes))


def test_rules_come_back_as_they_were_stored_and_always_as_the_same_text() -> None:
    made = rules(
        eligibility=Eligibility(
            segments=frozenset({"gold", "north"}), products=frozenset({BOILER, PUMP}), starts_on=date(2026, 1, 1)
        ),
        conditions=(nested(3),),
        limits=(Limit(LimitScope.SHOP, max_minor=5),),
    )

    again = decode_rules(encode_rules(made))

    assert again == made
    assert encode_rules(again) == encode_rules(made)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("limits[0]", {"limits": (Limit(LimitScope.AGENT),)}),
        (
            "limits[1]",
            {"limits": (Limit(LimitScope.AGENT, max_count=1), Limit(LimitScope.AGENT, max_minor=1))},
        ),
        ("eligibility.ends_on", {"eligibility": Eligibility(starts_on=date(2026, 2, 2), ends_on=date(2026, 2, 1))}),
        ("conditions", {"conditions": (nested(7),)}),
        ("effects", {"effects": ()}),
        ("discounts", {"discounts": (PercentOff(basis_points=500),)}),
        (
            "effects[0].products",
            {
                "eligibility": Eligibility(products=frozenset({BOILER})),
                "effects": (Fixed(amount_minor=1, products=frozenset({PUMP})),),
            },
        ),
        ("effects[0]", {"trigger": ActivityKind.COURSE_PASSED, "effects": (Percent(basis_points=1),)}),
        ("effects[1].steps", {"effects": (Fixed(amount_minor=1), ladder(Step(5, 1), Step(5, 2)))}),
        ("effects[0].steps", {"effects": (ladder(Step(5, 2), Step(6, 1), mode="highest_step"),)}),
        ("effects[0].steps", {"effects": (ladder(Step(0, 2), unit="once"),)}),
        ("attribution", {"attribution": Attribution(window_days=30)}),
        ("funding", {"funding": Funding(shop_basis_points=5_000, agent_basis_points=5_001)}),
        ("effects[0].split", {"effects": (Fixed(amount_minor=1, split={"agent": 9_999}),)}),
        (
            "attribution.repeat.effects[0].split",
            {
                "trigger": ActivityKind.PROMO_REDEEMED,
                "attribution": Attribution(30, repeat=Repeat(effects=(Fixed(amount_minor=1, split={"agent": 1}),))),
            },
        ),
        ("effects[0].unit", {"effects": (ladder(Step(5, 2), unit="basis_points"),)}),
        ("effects[0].unit", {"effects": (ladder(Step(5, 2), measure=Measure.AMOUNT),)}),
    ],
)
def test_rules_that_contradict_themselves_are_refused_by_the_place(path: str, changes: dict[str, Any]) -> None:
    with pytest.raises(RulesRefused) as refused:
        check(rules(**changes))

    assert [problem.path for problem in refused.value.facts["problems"]] == [path]


def test_sensible_rules_pass() -> None:
    check(
        rules(
            eligibility=Eligibility(shops=frozenset({SHOP}), starts_on=date(2026, 1, 1), ends_on=date(2026, 1, 1)),
            conditions=(nested(6),),
            effects=(ladder(Step(0, 1), Step(5, 2), mode="highest_step"), ladder(Step(1, 9), Step(2, 1))),
            limits=(Limit(LimitScope.CAMPAIGN, max_count=1),),
        )
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"asset": "roubles"},
        {"effects": [{"pay": "fixed", "amount_minor": 0}]},
        {"discounts": [{"off": "percent", "basis_points": 10_001}]},
        {"effects": [{"pay": "fixed", "amount_minor": 10**16}]},
        {"effects": [{"pay": "fixed", "amount_minor": 5, "beneficiary": "me"}]},
        {"effects": [{"pay": "by_magic"}]},
        {"offline_window_days": 31},
        {"wait_seconds": -1},
        {"budget_minor": 1},
    ],
)
def test_malformed_rules_are_not_read(changes: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        decode_rules(msgspec.json.encode(msgspec.to_builtins(rules()) | changes))
