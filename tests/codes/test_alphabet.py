import random
from itertools import combinations

import pytest

from codes.alphabet import ALPHABET, check_symbol, checks, grouped, repairs

CODE = "74RQA6ZE769DFY2C"


def random_codes(count: int) -> list[str]:
    chance = random.Random(1)
    bodies = ["".join(chance.choices(ALPHABET, k=15)) for _ in range(count)]
    return [body + check_symbol(body) for body in bodies]


@pytest.mark.parametrize(
    ("body", "symbol"),
    [
        ("000000000000000", "0"),
        ("100000000000000", "2"),
        ("000000000000001", "Z"),
        ("0123456789ABCDE", "4"),
        ("G", "5"),
    ],
)
def test_the_check_symbol_never_changes_its_mind(body: str, symbol: str) -> None:
    assert check_symbol(body) == symbol


@pytest.mark.parametrize("position", range(16))
def test_every_single_wrong_symbol_is_caught(position: int) -> None:
    for code in random_codes(20):
        for wrong in ALPHABET.replace(code[position], ""):
            assert not checks(code[:position] + wrong + code[position + 1 :])


def test_every_swap_of_two_symbols_is_caught() -> None:
    for code in random_codes(100):
        for left, right in combinations(range(16), 2):
            swapped = list(code)
            swapped[left], swapped[right] = code[right], code[left]

            assert checks("".join(swapped)) == (code[left] == code[right])


def test_a_wrong_symbol_is_among_the_repairs() -> None:
    for code in random_codes(100):
        for position in range(16):
            wrong = ALPHABET[ALPHABET.index(code[position]) ^ 21]

            assert code in repairs(code[:position] + wrong + code[position + 1 :])


def test_a_swap_of_neighbours_is_among_the_repairs() -> None:
    for code in random_codes(100):
        for position in range(15):
            swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]

            assert swapped == code or code in repairs(swapped)


def test_every_repair_checks_and_none_comes_twice() -> None:
    for code in random_codes(100):
        found = repairs("Z" + code[1:] if code[0] != "Z" else "0" + code[1:])

        assert all(checks(repair) for repair in found)
        assert 16 <= len(found) == len(set(found)) <= 31


def test_a_code_is_printed_in_groups_of_four() -> None:
    assert grouped(CODE) == "74RQ A6ZE 769D FY2C"
