"""The figures of the format at full length: what the suite tries a few thousand times, tried millions of times."""

import random
from itertools import pairwise

import pytest

from codes.alphabet import ALPHABET, checks, repairs
from codes.packaging_code import BatchKey, Role, SeriesKey, encode, verify
from tests.codes.test_decoding import random_texts

pytestmark = pytest.mark.torture

SLIPS = 100_000
GUESSES, GUESSES_AT_ONCE = 10_000_000, 500_000


@pytest.mark.parametrize("role", Role)
def test_ten_million_random_texts_are_never_accepted(role: Role) -> None:
    tried = [random_texts(GUESSES_AT_ONCE, role) for _ in range(GUESSES // GUESSES_AT_ONCE)]

    confirmed = sum(right for _, right in tried)
    assert sum(accepted for accepted, _ in tried) == 0
    # A tag of 18 bits is right by chance 38 times in ten million; twice as often would be no chance.
    assert 10 < confirmed < 76


def test_every_slip_of_a_hundred_thousand_is_caught_and_repaired(chance: random.Random) -> None:
    series = SeriesKey(1, chance.randbytes(16))
    key = BatchKey(series, 1, chance.randbytes(16))

    for _ in range(SLIPS):
        code = encode(key, index=chance.randrange(10**9), role=Role.INNER)
        typed = chance.choice((_with_a_wrong_symbol, _with_neighbours_swapped))(code, chance)

        assert not checks(typed)
        right = [one for one in repairs(typed) if verify(one, series_key={1: series}.get, batch_key={1: key}.get)]
        assert right == [code]


def _with_a_wrong_symbol(code: str, chance: random.Random) -> str:
    place = chance.randrange(len(code))
    return code[:place] + chance.choice(ALPHABET.replace(code[place], "")) + code[place + 1 :]


def _with_neighbours_swapped(code: str, chance: random.Random) -> str:
    place = chance.choice([place for place, (left, right) in enumerate(pairwise(code)) if left != right])
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]
