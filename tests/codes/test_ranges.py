from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from codes.ranges import Stretch, painted, states
from tests.programs.made import NOON

SIZE = 50
LATER = NOON + timedelta(hours=1)
WHOLE = [Stretch(0, SIZE, "sealed", "", NOON)]

paints = st.tuples(st.integers(0, SIZE - 1), st.integers(1, SIZE), st.sampled_from(["sealed", "active", "suspended"]))


@given(st.lists(paints, max_size=12))
def test_every_index_is_in_the_state_that_it_was_painted_last_and_none_is_lost(
    changes: list[tuple[int, int, str]],
) -> None:
    stretches, expected = list(WHOLE), ["sealed"] * SIZE
    for first, length, state in changes:
        stop = min(SIZE, first + length)
        stretches = painted(stretches, Stretch(first, stop, state, "", LATER))
        expected[first:stop] = [state] * (stop - first)

    assert [one.state for one in stretches for _ in range(one.first, one.stop)] == expected
    assert [one.first for one in stretches] == [0, *(one.stop for one in stretches[:-1])]


def test_what_is_in_the_state_already_keeps_the_time_since_when_it_is() -> None:
    half = painted(WHOLE, Stretch(0, 25, "active", "first carton", NOON))

    whole = painted(half, Stretch(0, SIZE, "active", "the rest", LATER))

    assert [(one.first, one.stop, one.since, one.reason) for one in whole] == [
        (0, 25, NOON, "first carton"),
        (25, SIZE, LATER, "the rest"),
    ]


def test_neighbours_that_become_alike_are_one_stretch_again() -> None:
    pieces = [Stretch(0, 10, "sealed", "", NOON), Stretch(10, SIZE, "printed", "", NOON)]

    assert painted(pieces, Stretch(0, SIZE, "active", "", LATER)) == [Stretch(0, SIZE, "active", "", LATER)]


def test_when_goods_were_shipped_is_not_forgotten_on_activation() -> None:
    shipped = [Stretch(0, SIZE, "in_transit", "", NOON, shipped_at=NOON)]

    [one] = painted(shipped, Stretch(0, SIZE, "active", "", LATER))

    assert (one.since, one.shipped_at) == (LATER, NOON)


def test_the_states_among_some_indexes_leave_out_those_beside_them() -> None:
    stretches = painted(WHOLE, Stretch(10, 20, "active", "", LATER))

    assert states(stretches, first=10, stop=20) == {"active"}
    assert states(stretches, first=9, stop=20) == {"active", "sealed"}
    assert states(stretches, first=0, stop=10) == {"sealed"}
