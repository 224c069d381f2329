"""Strength: codes are as strong as what nobody knows of them, whatever they look like."""

import random

import pytest

from codes.strength import CHANCE_MAX, Census, Strength

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def strength(*texts: str) -> Strength:
    census = Census()
    for start in range(0, len(texts), 700):
        census.look_at(texts[start : start + 700])
    return census.strength()


def drawn(count: int, length: int, symbols: str = ALPHABET) -> list[str]:
    chance = random.Random(4)
    return ["".join(chance.choices(symbols, k=length)) for _ in range(count)]


@pytest.mark.parametrize(("count", "length", "bits"), [(2_000, 8, 39.3), (2_000, 16, 78.5), (50_000, 12, 58.9)])
def test_random_codes_have_the_bits_of_their_alphabet(count: int, length: int, bits: float) -> None:
    found = strength(*drawn(count, length))

    assert found.bits == pytest.approx(bits, abs=0.1)
    assert found.guess_chance == pytest.approx(count / 2**bits, rel=0.1)


@pytest.mark.parametrize(
    "texts",
    [
        [f"{number:012d}" for number in range(5_000)],
        [f"BONUS{number:06d}" for number in range(5_000)],
        [f"PROMO2026{number:03d}" for number in range(10)],
        [f"{one}0000000000" for one in drawn(3_000, 3)],
        drawn(3_000, 5, "0123456789"),
    ],
    ids=["counted", "prefixed", "few", "padded", "digits"],
)
def test_what_is_long_and_not_random_is_weak(texts: list[str]) -> None:
    assert strength(*texts).guess_chance >= CHANCE_MAX


@pytest.mark.parametrize("count", [1, 2, 5, 20, 900])
def test_few_codes_are_not_taken_for_weak_because_they_are_few(count: int) -> None:
    assert strength(*drawn(count, 10)).guess_chance < CHANCE_MAX


def test_the_length_that_is_the_easiest_to_guess_counts() -> None:
    mixed = strength(*drawn(2_000, 16), *drawn(2_000, 6))

    assert mixed == strength(*drawn(2_000, 6))


def test_cyrillic_letters_count_as_symbols() -> None:
    assert strength(*drawn(3_000, 10, "БГДЖЗИЛПФЦЧШЭЮЯ")).bits == pytest.approx(39.1, abs=0.1)
