"""Strength: how likely somebody who knows what a maker's codes look like hits one of them by chance. Pure."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

# The European rule for medicines and tobacco; whoever guesses is throttled besides.
CHANCE_MAX: Final = 1e-4
# From here on a botnet empties a promotion within days, whatever each of its phones is allowed.
CHANCE_WARNED: Final = 1e-8

# One byte a symbol, for the folded Latin and Cyrillic alike.
_ENCODING: Final = "cp1251"
_DIGITS: Final = np.frombuffer(b"0123456789", dtype=np.uint8)
_DIGIT_COUNT: Final = 10
_SYMBOL_COUNT: Final = 32
# As many codes as show all symbols of a place; of fewer only the kind of the symbols is believed.
_TELLING_COUNT: Final = 1_000
# As many as hardly ever have the same symbol at a place by chance.
_FIXED_COUNT: Final = 8


class Strength(Struct, frozen=True):
    """The bits that nobody knows of a code, and the chance of one guess at all of them."""

    bits: float
    guess_chance: float


class Places:
    """Which symbols were seen at which place of the texts of one length."""

    def __init__(self, length: int) -> None:
        self.count = 0
        self._seen: NDArray[np.bool_] = np.zeros((length, 256), dtype=np.bool_)
        self._places = np.arange(length)

    def look_at(self, texts: Sequence[str]) -> None:
        """Look at texts, all of the places' length."""
        self.count += len(texts)
        symbols = np.frombuffer("".join(texts).encode(_ENCODING), dtype=np.uint8)
        self._seen[self._places, symbols.reshape(len(texts), len(self._places))] = True

    def bits(self) -> float:
        """The bits of a text, had each place been drawn for itself: never less than it really has."""
        seen = self._seen.sum(axis=1)
        if self.count < _TELLING_COUNT:
            only_digits = self._seen[:, _DIGITS].sum(axis=1) == seen
            fixed = (seen == 1) & (self.count >= _FIXED_COUNT)
            seen = np.where(fixed, 1, np.where(only_digits, _DIGIT_COUNT, _SYMBOL_COUNT))
        return float(np.log2(seen).sum())


class Census:
    """The places of all lengths that a batch's texts have."""

    def __init__(self) -> None:
        self._places: dict[int, Places] = {}

    def look_at(self, texts: Sequence[str]) -> None:
        """Look at some texts."""
        by_length: dict[int, list[str]] = {}
        for text in texts:
            by_length.setdefault(len(text), []).append(text)
        for length, some in by_length.items():
            if length not in self._places:
                self._places[length] = Places(length)
            self._places[length].look_at(some)

    def strength(self) -> Strength:
        """Of the length that is the easiest to guess: whoever guesses chooses it."""
        return max(
            (Strength(bits := one.bits(), min(1.0, one.count / math.pow(2, bits))) for one in self._places.values()),
            key=lambda one: one.guess_chance,
        )
