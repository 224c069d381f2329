import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import BASIS_POINTS, AmountMinor, Asset, Money, percent, split

totals = st.integers(0, 2**63 - 1)
weights = st.lists(st.integers(0, 10**15), min_size=1, max_size=40)


@given(totals, weights)
def test_the_parts_sum_to_the_whole(total: int, shares: list[int]) -> None:
    assert sum(split(total, shares)) == total


@given(totals, weights.filter(any))
def test_each_part_is_its_share_rounded_down_or_up(total: int, shares: list[int]) -> None:
    parts = split(total, shares)

    for part, share in zip(parts, shares, strict=True):
        assert total * share // sum(shares) <= part <= -(-total * share // sum(shares))


@given(totals, weights.filter(any))
def test_a_larger_weight_never_gets_less(total: int, shares: list[int]) -> None:
    parts = [part for _, part in sorted(zip(shares, split(total, shares), strict=True))]

    assert parts == sorted(parts)


@pytest.mark.parametrize(
    ("total", "shares", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (2, [1, 1, 1], [1, 1, 0]),
        (5, [1, 0, 1], [3, 0, 2]),
        (10, [1, 2, 6], [1, 2, 7]),
        (0, [3, 4], [0, 0]),
        (7, [0, 0], [7, 0]),
        (7, [], []),
        (2**53 + 1, [1, 1], [2**52 + 1, 2**52]),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainder_and_then_to_the_first(
    total: int, shares: list[int], parts: list[int]
) -> None:
    assert split(total, shares) == parts


@given(totals, st.integers(0, BASIS_POINTS))
def test_a_percentage_is_rounded_down_and_never_more_than_the_whole(amount: int, basis_points: int) -> None:
    share = percent(amount, basis_points)

    assert share * BASIS_POINTS <= amount * basis_points < (share + 1) * BASIS_POINTS
    assert 0 <= share <= amount


@pytest.mark.parametrize("text", ["1", "999999999999999", "1000000000000000"])
def test_an_amount_is_a_whole_number(text: str) -> None:
    assert msgspec.json.decode(text, type=AmountMinor) == int(text)


@pytest.mark.parametrize(
    "text",
    [
        *("-1", "-0", "0", "0.5", "1.0", "1e2", "1e400", "NaN", "Infinity", "-Infinity"),
        *("1_000", "١٢", "0x10", '"1"', "true", "null", "[1]"),
        *(str(number) for number in (10**15 + 1, 2**63 - 1, 2**63, 2**64, 10**4_000)),
    ],
)
def test_what_is_no_whole_number_above_zero_is_no_amount(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(text, type=AmountMinor)


@pytest.mark.parametrize("text", ["RUB", "BON", "PTS", "LOYALTYX"])
def test_an_asset_is_a_few_capitals(text: str) -> None:
    assert msgspec.convert(text, type=Asset) == text


@pytest.mark.parametrize("text", ["", "RU", "rub", "RUB1", "RUB\n", "РУБ", "LOYALTYXX", "R B"])
def test_anything_else_is_no_asset(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, type=Asset)


def test_money_is_an_amount_of_an_asset() -> None:
    assert msgspec.json.encode(Money(2**53 + 1, "RUB")) == b'{"amount_minor":9007199254740993,"asset":"RUB"}'
