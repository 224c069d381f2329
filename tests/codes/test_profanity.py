import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.alphabet import ALPHABET, VALUES
from codes.profanity import is_profane, profane

texts = st.text(ALPHABET, min_size=16, max_size=16)


def packed(text: str) -> int:
    number = 0
    for symbol in text:
        number = number << 5 | VALUES[symbol]
    return number


def vectorised(*texts: str) -> list[bool]:
    high = np.array([packed(text[:8]) for text in texts], dtype=np.int64)
    low = np.array([packed(text[8:]) for text in texts], dtype=np.int64)
    return [bool(found) for found in profane(high, low)]


def around(word: str) -> list[str]:
    """The word in each place of an otherwise harmless code."""
    return ["Q" * place + word + "Q" * (16 - place - len(word)) for place in range(17 - len(word))]


@pytest.mark.parametrize("word", ["FVCK", "SH1T", "5H17", "CVNT", "ASS", "N1GG", "N4Z1", "HVY", "SVKA", "P0RN"])
def test_latin_words_are_seen_in_every_place(word: str) -> None:
    assert all(is_profane(text) for text in around(word))
    assert all(vectorised(*around(word)))


@pytest.mark.parametrize("word", ["XYN", "XYR", "E6A", "EBAT", "P13D", "PN3D", "CYKA", "MYDA", "6JRD", "J0PA"])
def test_russian_words_are_seen_through_latin_letters(word: str) -> None:
    assert all(is_profane(text) for text in around(word))
    assert all(vectorised(*around(word)))


@pytest.mark.parametrize("text", ["QQQQQQQQQQQQQQQQ", "0123456789ABCDEF", "8WBJF619H3AR21VM", "FQVQCQKQFQVQCQKQ"])
def test_harmless_codes_are_printed(text: str) -> None:
    assert not is_profane(text)
    assert vectorised(text) == [False]


@given(st.lists(texts, min_size=1, max_size=50))
def test_one_by_one_and_all_at_once_see_the_same(texts: list[str]) -> None:
    assert vectorised(*texts) == [is_profane(text) for text in texts]


def test_few_codes_are_lost() -> None:
    chance = np.random.default_rng(4)
    high, low = chance.integers(0, 2**40, size=(2, 100_000))

    assert 0.005 < profane(high, low).mean() < 0.015
