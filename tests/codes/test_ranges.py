from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from codes.ranges import Run, joined

runs = st.lists(st.builds(lambda first, length: Run(first, first + length), st.integers(0, 50), st.integers(1, 20)))


@given(runs)
def test_joined_runs_hold_the_same_indexes_and_never_touch(some: list[Run]) -> None:
    found = joined(some)

    assert {n for run in found for n in range(*run)} == {n for run in some for n in range(*run)}
    assert all(one.stop < after.first for one, after in pairwise(found))
