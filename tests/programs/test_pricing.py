from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.discounts import AmountOff, AnyDiscount, OrderLine, PercentOff, PerItemOff, spread
from programs.pricing import Offer, Pieces, priced

BOILER, VALVE = UUID(int=1), UUID(int=2)


def a_line(amount_minor: int, quantity: int = 1, product_id: UUID = BOILER, **more: int | bool) -> OrderLine:
    return OrderLine(product_id, "SKU", quantity, amount_minor, **more)  # type: ignore[arg-type]


def off(lines: list[OrderLine], *discounts: AnyDiscount, rounding_minor: int = 1) -> list[int]:
    return [line.discount_minor for line in priced(lines, [Offer(uuid4(), discounts)], rounding_minor=rounding_minor)]


def test_a_percentage_is_rounded_once_and_its_parts_sum_exactly() -> None:
    lines = [a_line(333), a_line(333), a_line(334)]

    assert off(lines, PercentOff(basis_points=1_000)) == [33, 33, 34]


def test_a_percentage_looks_at_its_products_alone() -> None:
    lines = [a_line(10_000), a_line(10_000, product_id=VALVE)]

    assert off(lines, PercentOff(basis_points=500, products=frozenset({VALVE}))) == [0, 500]


def test_a_cap_holds_for_the_whole_order() -> None:
    assert off([a_line(10_000), a_line(30_000)], PercentOff(basis_points=5_000, cap_minor=1_000)) == [250, 750]


def test_an_amount_is_laid_over_the_lines_by_what_they_cost() -> None:
    assert off([a_line(10_000), a_line(30_000)], AmountOff(amount_minor=1_001)) == [250, 751]


def test_what_one_line_cannot_give_the_others_give() -> None:
    lines = [a_line(1_000, min_amount_minor=900), a_line(1_000)]

    assert off(lines, AmountOff(amount_minor=500)) == [100, 400]


def test_an_amount_never_takes_more_than_there_is() -> None:
    assert off([a_line(300), a_line(200)], AmountOff(amount_minor=10_000)) == [300, 200]


def test_what_a_minimum_does_not_let_go_of_a_percentage_is_lost() -> None:
    lines = [a_line(1_000, min_amount_minor=950), a_line(1_000)]

    assert off(lines, PercentOff(basis_points=1_000)) == [50, 100]


def test_a_line_that_may_not_be_discounted_keeps_its_price() -> None:
    lines = [a_line(1_000, discountable=False), a_line(1_000)]

    assert off(lines, PercentOff(basis_points=1_000)) == [0, 100]


def test_so_much_a_piece() -> None:
    assert off([a_line(9_000, quantity=3), a_line(100, quantity=2)], PerItemOff(amount_minor=500)) == [1_500, 100]


def test_a_second_campaign_takes_its_share_of_what_the_first_has_left() -> None:
    first, second = Offer(uuid4(), (PercentOff(basis_points=1_000),)), Offer(uuid4(), (PercentOff(basis_points=1_000),))

    [line] = priced([a_line(10_000)], [first, second])

    assert (line.discounts, line.final_minor) == ((1_000, 900), 8_100)


@pytest.mark.parametrize(("rounding_minor", "final"), [(1, 9_467), (10, 9_470), (100, 9_500), (1_000, 9_965)])
def test_a_till_that_rounds_gives_a_little_less(rounding_minor: int, final: int) -> None:
    offer = Offer(uuid4(), (PercentOff(basis_points=500),))

    [line] = priced([a_line(9_965)], [offer], rounding_minor=rounding_minor)

    assert line.final_minor == final
    assert sum(line.discounts) == 9_965 - final


def test_the_pieces_of_a_line_have_prices_that_sum_to_it() -> None:
    [line] = priced([a_line(10_000, quantity=3)], [])

    assert line.pieces == (Pieces(2, 3_333), Pieces(1, 3_334))


amounts = st.integers(0, 10**9)
lines_of = st.lists(
    st.builds(
        lambda amount, quantity, least, open_: a_line(
            amount, quantity=quantity, min_amount_minor=least, discountable=open_
        ),
        amounts,
        st.integers(1, 50),
        amounts,
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
discounts_of = st.lists(
    st.one_of(
        st.builds(lambda points: PercentOff(basis_points=points), st.integers(1, 10_000)),
        st.builds(lambda minor: AmountOff(amount_minor=minor), st.integers(1, 10**9)),
        st.builds(lambda minor: PerItemOff(amount_minor=minor), st.integers(1, 10**6)),
    ),
    max_size=4,
)


@given(lines_of, discounts_of, st.sampled_from([1, 10, 100]))
def test_no_line_ever_costs_less_than_it_may_or_more_than_it_did(
    lines: list[OrderLine], discounts: list[AnyDiscount], rounding_minor: int
) -> None:
    offers = [Offer(uuid4(), (discount,)) for discount in discounts]

    found = priced(lines, offers, rounding_minor=rounding_minor)

    for line, result in zip(lines, found, strict=True):
        assert line.amount_minor - line.room_minor <= result.final_minor <= line.amount_minor
        assert sum(result.discounts) == result.discount_minor
        assert all(part >= 0 for part in result.discounts)
        assert sum(group.quantity * group.price_minor for group in result.pieces) == result.final_minor
        assert sum(group.quantity for group in result.pieces) == line.quantity


@given(st.integers(0, 10**6), st.lists(st.tuples(amounts, st.integers(0, 10**5)), min_size=1, max_size=10))
def test_what_is_spread_is_all_there_is_room_for(total_minor: int, places: list[tuple[int, int]]) -> None:
    weights, rooms = [weight for weight, _ in places], [room for _, room in places]

    parts = spread(total_minor, weights, rooms)

    assert sum(parts) == min(total_minor, sum(rooms))
    assert all(0 <= part <= room for part, room in zip(parts, rooms, strict=True))
