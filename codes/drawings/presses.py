"""Presses: the symbols of many codes at once, as one-bit rasters; only the code at the text's end ever changes."""

from functools import lru_cache
from itertools import product
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from codes.alphabet import ALPHABET
from codes.drawings.symbols import QR_ALPHABET, Form, Kind, best_mask, data_matrix_modules, qr_form, qr_modules
from codes.packaging_code import TEXT_LENGTH

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]

# A code in which letters stand, so that it takes as much room as any.
_SAMPLE: Final = "8WBJF619H3AR21VM"
# Two characters are packed as 45 times the first plus the second, and one that is left over by itself.
_PAIR_BITS: Final = 11
_SINGLE_BITS: Final = 6


class Press(Protocol):
    """Prints codes of sixteen symbols behind one prefix."""

    side: int

    def rasters(self, codes: Bytes) -> Bytes:
        """For each row of sixteen characters the symbol's rows, each padded to whole bytes; a dark module is a 1."""
        ...


def press(kind: Kind, prefix: str) -> Press:
    """The press for such symbols; it is remembered, since a QR's takes a while to set up."""
    return _qr_press(prefix) if kind is Kind.QR else DataMatrixPress(prefix)


class QrPress:
    """Under one version, level, mask and prefix every module of a QR is a sum modulo 2 of bits of the code.

    So each pair of characters has its own raster of the modules that it turns, and a symbol is the sum of eight or
    nine of them. The tables are made from matrices of `qrcode`, and give bit for bit what it would have drawn.
    """

    def __init__(self, prefix: str) -> None:
        form = qr_form(prefix + _SAMPLE)
        form = Form(form.version, form.level, best_mask(prefix + _SAMPLE, form))
        zeros = qr_modules(prefix + "0" * TEXT_LENGTH, form)
        self.side = len(zeros)
        self._blank = _packed(zeros[np.newaxis])[0]
        self._places = _places(len(prefix))
        self._tables = [
            _table(prefix, place, turns)
            for place, turns in zip(self._places, _turns(form.version, form.level, len(prefix)), strict=True)
        ]

    def rasters(self, codes: Bytes) -> Bytes:
        values = _VALUES[codes].astype(np.intp)
        words = np.repeat(self._blank[np.newaxis], len(codes), axis=0)
        for place, table in zip(self._places, self._tables, strict=True):
            chosen = np.zeros(len(codes), dtype=np.intp)
            for character in place:
                chosen = chosen * len(ALPHABET) + values[:, character]
            words ^= table.take(chosen, axis=0)
        row_bytes = -(-self.side // 8)
        return words.view(np.uint8)[:, : self.side * row_bytes].reshape(len(codes), self.side, row_bytes)


class DataMatrixPress:
    """Draws one by one: its encoder packs digits closer than letters, so no two codes share their bits' places."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.side = len(data_matrix_modules(prefix + _SAMPLE))
        self._version = _DATA_MATRIX_SIDES.index(self.side) + 1

    def rasters(self, codes: Bytes) -> Bytes:
        texts = (self._prefix + bytes(code).decode() for code in codes)
        drawn = [data_matrix_modules(text, version=self._version) for text in texts]
        return np.packbits(np.array(drawn).reshape(-1, self.side, self.side), axis=2)


@lru_cache(maxsize=16)
def _qr_press(prefix: str) -> QrPress:
    return QrPress(prefix)


def _places(prefix_length: int) -> list[tuple[int, ...]]:
    """The code's characters as QR packs them; behind an odd prefix the first one is packed with its last."""
    first = prefix_length % 2
    return [
        *([(0,)] if first else []),
        *((place, place + 1) for place in range(first, TEXT_LENGTH - 1, 2)),
        *([(TEXT_LENGTH - 1,)] if first else []),
    ]


@lru_cache(maxsize=16)
def _turns(version: int, level: int, prefix_length: int) -> list[Bytes]:
    """For each place the modules that each of its bits turns, the lowest bit first; prefix and mask do not matter."""
    form = Form(version, level, mask=0)
    zeros = "0" * (prefix_length + TEXT_LENGTH)
    blank = qr_modules(zeros, form)
    found = []
    for place in _places(prefix_length):
        last = prefix_length + place[-1]
        alone = len(place) == 1 and place[0] == TEXT_LENGTH - 1
        drawn = []
        for bit in range(_SINGLE_BITS if alone else _PAIR_BITS):
            pair = "".join(QR_ALPHABET[value] for value in divmod(1 << bit, len(QR_ALPHABET)))
            text = zeros[:last] + pair[1] if alone else zeros[: last - 1] + pair + zeros[last + 1 :]
            drawn.append(qr_modules(text, form) ^ blank)
        found.append(np.array(drawn).astype(np.uint8))
    return found


def _table(prefix: str, place: tuple[int, ...], turns: Bytes) -> Words:
    """The modules that each choice of characters at a place turns against zeros there."""
    before = prefix[-1] if place == (0,) else ""
    zero = _number(before + "0" * len(place))
    turned = [_number(before + "".join(choice)) ^ zero for choice in product(ALPHABET, repeat=len(place))]
    bits = np.array(turned)[:, np.newaxis] >> np.arange(len(turns)) & 1
    return _packed((np.tensordot(bits, turns, axes=1) & 1).astype(np.bool_))


def _number(characters: str) -> int:
    """What QR writes for one or two characters."""
    number = 0
    for character in characters:
        number = number * len(QR_ALPHABET) + QR_ALPHABET.index(character)
    return number


def _packed(matrices: NDArray[np.bool_]) -> Words:
    """One bit a module, rows padded to bytes, matrices to words."""
    rows = np.packbits(matrices, axis=2).reshape(len(matrices), -1)
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % 8))).view(np.uint64)


_VALUES: Final = np.zeros(256, dtype=np.uint8)
_VALUES[list(ALPHABET.encode())] = np.arange(len(ALPHABET))

_DATA_MATRIX_SIDES: Final = (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52, 64, 72, 80, 88, 96)
