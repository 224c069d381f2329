from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import uuid7
from programs.decide import basis_of
from programs.effects import Effect, Fixed, Ladder, Percent, PerItem, Rate, Step, shares
from programs.facts import CrewMember, Facts
from programs.measures import Measure
from programs.periods import CalendarPeriod, Period
from programs.rules import Eligibility
from programs.standing import Standing
from tests.programs.made import AGENT, BOILER, PUMP, VALVE, bought, line, rules, standing

BOILERS = frozenset({BOILER})
MONTH = CalendarPeriod(Period.MONTH)
NEW = standing()


def paid(effect: Effect, facts: Facts, known: Standing = NEW, **terms: Any) -> int:
    return effect.amount(basis_of(facts, rules(effects=(effect,), **terms), known))


BASKET = bought(line(BOILER, quantity=2, amount_minor=100_099), line(PUMP, quantity=3, amount_minor=30_000))


@pytest.mark.parametrize(
    ("effect", "amount_minor"),
    [
        (Fixed(amount_minor=700), 700),
        (Fixed(amount_minor=700, products=frozenset({VALVE})), 0),
        (Fixed(amount_minor=700, tier_basis_points={"gold": 15_000}), 1_050),
        (Fixed(amount_minor=700, tier_basis_points={"silver": 15_000}), 700),
        (Fixed(amount_minor=700, tier_basis_points={"gold": 15_000}, cap_minor=1_000), 1_000),
        (Percent(basis_points=350), 4_553),
        (Percent(basis_points=350, products=BOILERS), 3_503),
        (Percent(basis_points=350, tier_basis_points={"gold": 12_345}), 5_621),
        (PerItem(amount_minor=100), 500),
        (PerItem(by_product={BOILER: 250}), 500),
        (PerItem(amount_minor=10, by_product={BOILER: 250}), 530),
        (PerItem(amount_minor=10, by_product={BOILER: 250}, products=BOILERS), 500),
    ],
)
def test_an_effect_pays_whole_minor_units_rounded_down_once(effect: Effect, amount_minor: int) -> None:
    assert paid(effect, msgspec.structs.replace(BASKET, tier="gold")) == amount_minor


def test_only_the_lines_that_take_part_are_counted() -> None:
    eligible = Eligibility(products=BOILERS)

    assert paid(PerItem(amount_minor=100), BASKET, eligibility=eligible) == 200
    assert paid(Percent(basis_points=10_000), BASKET, eligibility=eligible) == 100_099


def test_a_percentage_of_a_currency_needs_a_rate_to_the_asset() -> None:
    whole = Percent(basis_points=10_000)

    assert paid(whole, BASKET, asset="PTS") == 0
    assert paid(whole, BASKET, asset="PTS", rates={"RUB": Rate(1, 3)}) == 130_099 // 3


def test_several_currencies_are_added_before_anything_is_rounded() -> None:
    mixed = bought(line(amount_minor=100), msgspec.structs.replace(line(amount_minor=100), currency="KZT"))
    rates = {"RUB": Rate(1, 3), "KZT": Rate(1, 6)}

    # 100/3 + 100/6 is exactly 50; rounding either part down first would lose one.
    assert paid(Percent(basis_points=10_000), mixed, asset="PTS", rates=rates) == 50


def test_a_line_without_a_price_earns_no_percentage() -> None:
    assert paid(Percent(basis_points=500), bought(line(amount_minor=None))) == 0


STEPS = (Step(0, 100), Step(10, 150), Step(20, 200))
BONUSES = (Step(1, 100), Step(10, 150), Step(20, 200))


@pytest.mark.parametrize(
    ("mode", "unit", "quantity", "amount_minor"),
    [
        ("each_step", "each", 9, 900),
        ("each_step", "each", 12, 1_000 + 2 * 150),
        ("each_step", "each", 25, 1_000 + 1_500 + 5 * 200),
        ("highest_step", "each", 12, 12 * 150),
        ("each_step", "once", 12, 250),
        ("highest_step", "once", 12, 150),
    ],
)
def test_a_ladder_pays_by_the_steps_reached(
    mode: Literal["each_step", "highest_step"], unit: Literal["once", "each"], quantity: int, amount_minor: int
) -> None:
    ladder = Ladder(measure=Measure.QUANTITY, unit=unit, mode=mode, steps=STEPS if unit == "each" else BONUSES)

    assert paid(ladder, bought(line(quantity=quantity))) == amount_minor


def test_a_ladder_below_its_first_step_pays_nothing() -> None:
    ladder = Ladder(measure=Measure.AMOUNT, unit="once", steps=(Step(100_001, 5_000),))

    assert paid(ladder, bought()) == 0


def test_a_ladder_in_basis_points_pays_in_the_asset_by_its_rate() -> None:
    ladder = Ladder(measure=Measure.AMOUNT, unit="basis_points", steps=(Step(0, 100), Step(50_000, 200)))

    # 1 % of the first 50,000 and 2 % of the second, two points for each kopeck.
    assert paid(ladder, bought(), asset="PTS", rates={"RUB": Rate(2, 1)}) == 2 * (500 + 1_000)


def test_a_step_is_paid_when_it_is_reached_and_not_again() -> None:
    ladder = Ladder(measure=Measure.COUNT, unit="once", steps=(Step(3, 5_000),), window=MONTH)
    history: list[Facts] = []
    amounts = []

    for _ in range(5):
        history.append(bought())
        amounts.append(paid(ladder, history[-1], standing(*history[:-1])))

    assert amounts == [0, 0, 5_000, 0, 0]


@given(
    quantities=st.lists(st.integers(1, 15), min_size=1, max_size=8),
    mode=st.sampled_from(["each_step", "highest_step"]),
    unit=st.sampled_from(["each", "once"]),
    tier=st.integers(1, 30_000),
)
def test_cutting_a_purchase_into_pieces_never_changes_what_a_ladder_pays(
    quantities: list[int], mode: Any, unit: Any, tier: int
) -> None:
    steps = STEPS if unit == "each" else BONUSES
    ladder = Ladder(
        measure=Measure.QUANTITY, unit=unit, mode=mode, steps=steps, window=MONTH, tier_basis_points={"gold": tier}
    )
    pieces = [bought(line(quantity=quantity), tier="gold") for quantity in quantities]

    in_pieces = [paid(ladder, piece, standing(*pieces[:position])) for position, piece in enumerate(pieces)]

    at_once = paid(ladder, bought(line(quantity=sum(quantities)), tier="gold"))
    assert sum(in_pieces) == at_once


def test_a_further_proof_of_a_purchase_climbs_the_same_part_of_the_ladder() -> None:
    ladder = Ladder(measure=Measure.QUANTITY, unit="each", steps=STEPS, window=MONTH)
    first = bought(line(quantity=12))

    again = paid(ladder, msgspec.structs.replace(first, is_further_proof=True), standing(first))

    assert again == paid(ladder, first)


def test_a_ladder_counts_the_past_of_the_products_that_take_part() -> None:
    ladder = Ladder(measure=Measure.QUANTITY, unit="each", steps=STEPS, window=MONTH)
    eligible = Eligibility(products=BOILERS)
    known = standing(bought(line(PUMP, quantity=50)))

    assert paid(ladder, bought(line(BOILER)), known, eligibility=eligible) == 100


@pytest.mark.parametrize("role", ["customer", "seller", "partner"])
def test_a_bonus_goes_to_whoever_the_effect_names(role: Any) -> None:
    somebody = uuid7()
    facts = msgspec.structs.replace(bought(), **{f"{role}_agent_id": somebody})

    assert shares(Fixed(amount_minor=9, beneficiary=role), facts, 9) == [(somebody, 9)]
    assert shares(Fixed(amount_minor=9, beneficiary=role), bought(), 9) == []


@given(st.integers(1, 10**12), st.lists(st.integers(1, 10_000), min_size=1, max_size=6))
def test_a_crew_shares_a_bonus_to_the_last_kopeck(total: int, weights: list[int]) -> None:
    facts = bought(crew=tuple(CrewMember(uuid7(), weight) for weight in weights))

    parts = shares(Fixed(amount_minor=total, beneficiary="crew"), facts, total)

    assert sum(part for _, part in parts) == total
    fair = {member.agent_id: total * member.share_basis_points / sum(weights) for member in facts.crew}
    assert all(abs(part - fair[agent_id]) <= 1 + total * 1e-12 for agent_id, part in parts)


def test_a_crew_of_one_is_the_agent() -> None:
    assert shares(Fixed(amount_minor=9, beneficiary="crew"), bought(), 9) == [(AGENT, 9)]


HUGE = 10**15


@pytest.mark.parametrize(
    "effect",
    [
        Fixed(amount_minor=HUGE, tier_basis_points={"gold": 1_000_000}),
        Percent(basis_points=100_000),
        PerItem(amount_minor=HUGE),
        Ladder(measure=Measure.QUANTITY, unit="each", steps=(Step(1, HUGE),)),
        Ladder(measure=Measure.QUANTITY, unit="once", steps=tuple(Step(at, HUGE) for at in range(1, 51))),
        Ladder(measure=Measure.AMOUNT, unit="basis_points", steps=(Step(1, HUGE),)),
    ],
)
def test_no_bonus_is_more_than_one_amount_can_be(effect: Effect) -> None:
    facts = bought(line(quantity=10**6, amount_minor=HUGE), tier="gold")

    assert paid(effect, facts) == HUGE
