"""The figures of the format at full length: what the suite tries a few thousand times, tried millions of times."""

import random
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from codes.alphabet import ALPHABET, checks, repairs
from codes.lines import LINE_BYTES, lines
from codes.packaging_code import BatchKey, Role, SeriesKey, encode, verify
from tests.codes.test_decoding import random_texts

pytestmark = pytest.mark.torture

SLIPS = 100_000
CODES = 1_000_000
SYMBOLS = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
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


@pytest.mark.parametrize("role", Role)
def test_a_million_codes_in_their_order_show_no_pattern(chance: random.Random, role: Role) -> None:
    key = BatchKey(SeriesKey(1, chance.randbytes(16)), 1, chance.randbytes(16))
    text = b"".join(lines(key, role=role, start=0, stop=CODES, placeholders=False))
    values = np.searchsorted(SYMBOLS, np.frombuffer(text, dtype=np.uint8).reshape(-1, LINE_BYTES)[:, 1:16])

    for place in range(values.shape[1]):
        one = values[:, place]
        assert _unevenness(one, 32) < 3, "a symbol is too frequent"
        assert _unevenness(one[:-1] * 32 + one[1:], 1_024) < 1.3, "a symbol tells of the next code's"
    for place in range(values.shape[1] - 1):
        pairs = values[:, place] * 32 + values[:, place + 1]
        assert _unevenness(pairs, 1_024) < 1.3, "a symbol tells of its neighbour"
    assert len(np.unique(values, axis=0)) == len(values)


def _unevenness(found: NDArray[np.int64], kinds: int) -> float:
    """The χ² of evenly likely kinds by degree of freedom: 1 for a fair die."""
    counts = np.bincount(found, minlength=kinds)
    expected = len(found) / kinds
    return float(((counts - expected) ** 2).sum() / expected / (kinds - 1))


def _with_a_wrong_symbol(code: str, chance: random.Random) -> str:
    place = chance.randrange(len(code))
    return code[:place] + chance.choice(ALPHABET.replace(code[place], "")) + code[place + 1 :]


def _with_neighbours_swapped(code: str, chance: random.Random) -> str:
    place = chance.choice([place for place, (left, right) in enumerate(pairwise(code)) if left != right])
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]
