from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallets.lots import pick

A, B, C = (UUID(int=number) for number in (1, 2, 3))
LOTS = [(A, 10), (B, 5), (C, 20)]


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        (1, [(A, 1)]),
        (10, [(A, 10)]),
        (11, [(A, 10), (B, 1)]),
        (35, [(A, 10), (B, 5), (C, 20)]),
        (36, [(A, 10), (B, 5), (C, 20)]),
        (0, []),
    ],
)
def test_parts_are_taken_in_order_until_there_is_enough(amount: int, parts: list[tuple[UUID, int]]) -> None:
    assert pick(LOTS, amount) == parts


@given(st.lists(st.integers(1, 2**62), max_size=20), st.integers(0, 2**63 - 1))
def test_parts_make_up_the_amount_or_all_there_is(sizes: list[int], amount: int) -> None:
    lots = [(UUID(int=number), size) for number, size in enumerate(sizes)]

    parts = pick(lots, amount)

    assert sum(part for _, part in parts) == min(amount, sum(sizes))
    assert all(0 < part <= dict(lots)[lot_id] for lot_id, part in parts)
