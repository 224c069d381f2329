import pytest

from programs.facts import Line
from programs.tells import EVERYTHING, Tells
from programs.told_sales import Sum, band, lines_told, sum_told

LINES = (Line(None, "K-24", 2, 90_000, "RUB"), Line(None, "BAG", 1, 5_000, "RUB"))


@pytest.mark.parametrize(
    ("minor", "expected"),
    [
        (0, (0, 100)),
        (99, (0, 100)),
        (100, (100, 200)),
        (199, (100, 200)),
        (200, (200, 500)),
        (499_99, (200_00, 500_00)),
        (500_00, (500_00, 1_000_00)),
        (999_99, (500_00, 1_000_00)),
        (1_000_000, (1_000_000, 2_000_000)),
        (10**15, (10**15, 2 * 10**15)),
    ],
)
def test_a_band_begins_at_its_first_step_and_ends_before_its_second(minor: int, expected: tuple[int, int]) -> None:
    assert band(minor) == expected


def test_goods_without_their_prices_and_a_sum_without_the_goods() -> None:
    banded, without_goods = Tells(amount="band"), Tells(goods=False)

    assert lines_told(LINES, banded) == (Line(None, "K-24", 2), Line(None, "BAG", 1))
    assert sum_told(LINES, banded) == Sum(50_000, 100_000, "RUB")
    assert lines_told(LINES, without_goods) == ()
    assert sum_told(LINES, without_goods) == Sum(95_000, None, "RUB")
    assert sum_told(LINES, Tells(amount="nothing")) is None


def test_two_rules_together_tell_what_both_of_them_do() -> None:
    assert Tells(shop=False, amount="band").narrowed(Tells(goods=False)) == Tells(False, "band", False)
    assert Tells(amount="nothing").narrowed(Tells(amount="band")).amount == "nothing"
    assert EVERYTHING.narrowed(EVERYTHING) == EVERYTHING
