from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from programs.facts import Facts
from programs.periods import LastDays
from programs.standing import WHOLE, Days, Standing, contribution
from tests.programs.made import BOILER, MOSCOW, NOON, PUMP, VALVE, bought, line, standing

TODAY = NOON.astimezone(MOSCOW).date()

lines = st.builds(
    line,
    st.sampled_from([BOILER, PUMP, VALVE, None]),
    quantity=st.integers(1, 9),
    amount_minor=st.none() | st.integers(0, 10**6),
)
purchases = st.builds(
    lambda lines, days_ago, key: bought(*lines, days_ago=days_ago, customer_key=key),
    st.lists(lines, min_size=1, max_size=4),
    st.integers(0, 60),
    st.none() | st.sampled_from(["anna", "boris", "vera"]),
)


def counted_one_by_one(history: Iterable[Facts], days: Days, product_id: UUID) -> tuple[int, int, int]:
    inside = [
        one for one in history if days.first <= one.occurred_at.astimezone(MOSCOW).date().toordinal() <= days.last
    ]
    taken = [
        [part for part in one.lines if product_id in {WHOLE, part.product_id}]
        for one in inside
        if product_id == WHOLE or any(part.product_id == product_id for part in one.lines)
    ]
    parts = [part for some in taken for part in some]
    return len(taken), sum(part.quantity for part in parts), sum(part.amount_minor or 0 for part in parts)


@given(st.lists(purchases, max_size=12), st.integers(1, 70), st.sampled_from([WHOLE, BOILER, PUMP]))
def test_a_standing_knows_what_counting_every_purchase_would_find(
    history: list[Facts], length: int, product_id: UUID
) -> None:
    days = LastDays(length).around(TODAY)
    assert days is not None
    chosen = frozenset({product_id}) - {WHOLE}

    known = standing(*history)

    found = (known.count(days, chosen), known.quantity(days, chosen), known.amount_minor(days, chosen))
    assert found == counted_one_by_one(history, days, product_id)


@given(st.lists(purchases, max_size=8))
def test_stored_rows_make_the_same_standing_as_the_purchases(history: list[Facts]) -> None:
    rows = [contribution(one, zone=MOSCOW, currency="RUB") for one in history]

    stored = Standing(
        MOSCOW,
        "RUB",
        products=[row for part in rows for row in part.products],
        customers=[row for part in rows for row in part.customers],
    )

    carried = standing(*history)
    assert answers(stored) == answers(carried)


@given(st.lists(purchases, max_size=6), purchases)
def test_taking_a_purchase_back_leaves_no_trace(history: list[Facts], returned: Facts) -> None:
    known = standing(*history, returned)

    known.take_back(returned)

    assert answers(known) == answers(standing(*history))


def answers(known: Standing) -> tuple[object, ...]:
    return known.count(), known.quantity(), known.amount_minor(), known.products(), known.customers()


def test_the_day_is_the_programs_day() -> None:
    late_in_london = bought(occurred_at=NOON.replace(hour=22))

    known = standing(late_in_london)

    tomorrow_in_moscow = TODAY + timedelta(days=1)
    assert known.count(LastDays(1).around(tomorrow_in_moscow)) == 1


def test_a_further_proof_of_a_purchase_is_not_a_further_purchase() -> None:
    known = standing(bought(), bought(is_further_proof=True))

    assert known.count() == 1


def test_money_of_another_currency_does_not_count() -> None:
    known = Standing(MOSCOW, "KZT")

    known.add(bought(line(amount_minor=500)))

    assert (known.quantity(), known.amount_minor()) == (1, 0)


def test_what_was_bought_later_was_not_bought_before() -> None:
    known = standing(bought(line(PUMP)))

    assert known.has_bought(frozenset({PUMP}), until=NOON)
    assert not known.has_bought(frozenset({PUMP}), until=NOON - timedelta(seconds=1))


def test_what_was_taken_back_was_never_the_first() -> None:
    morning = bought(line(PUMP), days_ago=0.1)
    known = standing(morning)

    known.take_back(morning)
    known.add(bought(line(PUMP)))

    assert not known.has_bought(frozenset({PUMP}), until=morning.occurred_at)
