"""Crockford's 32 symbols, and a check symbol that catches every single wrong symbol and every swap of two."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SYMBOL_BITS: Final = 5
VALUES: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}

_PERIOD: Final = 31


def _powers() -> tuple[int, ...]:
    """The powers of α in GF(2^5) modulo x^5 + x^2 + 1, up to α^30, after which they start again."""
    powers = [1]
    for _ in range(_PERIOD - 1):
        double = powers[-1] << 1
        powers.append(double ^ 0b100101 if double & 0b100000 else double)
    return tuple(powers)


_POWERS: Final = _powers()
_LOGARITHMS: Final = {power: exponent for exponent, power in enumerate(_POWERS)}


def _times(left: int, right: int) -> int:
    return _POWERS[(_LOGARITHMS[left] + _LOGARITHMS[right]) % _PERIOD] if left and right else 0


# By place and value, so that a text is checked by one look-up a symbol.
_SHARES: Final = tuple(tuple(_times(power, value) for value in range(len(ALPHABET))) for power in _POWERS)


def share(place: int, value: int) -> int:
    """What a symbol of this value adds to the check symbol, whose own place is 0; the body's places count from 1."""
    return _SHARES[place][value]


def check_symbol(body: str) -> str:
    """The symbol that closes a body of at most 30 symbols."""
    return ALPHABET[_sum(body)]


def checks(text: str) -> bool:
    """Whether a text of the alphabet ends with the check symbol of what stands before it."""
    return not _fault(text)


def grouped(text: str) -> str:
    """The printed form, in groups of four: in longer ones the eye loses its place."""
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def repairs(text: str) -> tuple[str, ...]:
    """Every text that checks and is one wrong symbol or one swap of neighbours away from this one, which does not."""
    fault = _fault(text)
    places = [*range(1, len(text)), 0]
    return (*_with_a_symbol_changed(text, places, fault), *_with_neighbours_swapped(text, places, fault))


def _with_a_symbol_changed(text: str, places: list[int], fault: int) -> Iterator[str]:
    for position, place in enumerate(places):
        error = _times(fault, _POWERS[-place % _PERIOD])
        yield text[:position] + ALPHABET[VALUES[text[position]] ^ error] + text[position + 1 :]


def _with_neighbours_swapped(text: str, places: list[int], fault: int) -> Iterator[str]:
    for position, (place, next_place) in enumerate(pairwise(places)):
        left, right = text[position], text[position + 1]
        if _times(_POWERS[place] ^ _POWERS[next_place], VALUES[left] ^ VALUES[right]) == fault:
            yield text[:position] + right + left + text[position + 2 :]


def _fault(text: str) -> int:
    return _sum(text[:-1]) ^ VALUES[text[-1]]


def _sum(body: str) -> int:
    total = 0
    for place, symbol in enumerate(body, start=1):
        total ^= _SHARES[place][VALUES[symbol]]
    return total
