import pytest

from bench.figures import Figure, Target, at_least, at_most, ratio_at_least, ratio_at_most


def figure(*ours: float, theirs: tuple[float, ...] = (), target: Target | None = None) -> Figure:
    return Figure(what="scans", unit="scans/s", ours=list(ours), theirs=list(theirs), target=target)


def test_a_ratio_is_the_median_of_what_each_round_saw() -> None:
    # In the second round the machine was busy with something else; it met both sides.
    measured = figure(100, 10, 100, theirs=(200, 20, 100))

    assert measured.ratio == 0.5


@pytest.mark.parametrize(
    ("target", "holds"),
    [
        (at_least(5), True),
        (at_least(6), False),
        (at_most(5), True),
        (at_most(4), False),
        (ratio_at_least(0.5), True),
        (ratio_at_least(0.6), False),
        (ratio_at_most(0.5), True),
        (ratio_at_most(0.4), False),
    ],
)
def test_a_figure_holds_when_its_target_admits_it(target: Target, *, holds: bool) -> None:
    measured = figure(1, 5, 9, theirs=(2, 10, 18), target=target)

    assert measured.holds is holds


def test_where_nothing_was_promised_nothing_holds_or_fails() -> None:
    assert figure(5).holds is None


def test_a_ratio_needs_something_to_be_held_against() -> None:
    assert figure(5, target=ratio_at_least(0.5)).holds is False
