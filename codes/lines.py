"""The printed lines of a batch, many millions a second: what `packaging_code` does to one index, done to a chunk."""

from collections.abc import Iterator
from itertools import product
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from codes.alphabet import ALPHABET, SYMBOL_BITS, share
from codes.cipher import BLOCK_BYTES, HALF_BITS, HALF_MASK, ROLE_SHIFT, ROUND_SHIFT, ROUNDS, TAG_MASK
from codes.packaging_code import BATCH_SHIFT, TAG_SHIFT, BatchKey, Role
from codes.profanity import profane

LINE_BYTES: Final = 17
PLACEHOLDER: Final = b"----------------\n"

Numbers = NDArray[np.int64]

# The arrays of a chunk of this size stay in the processor's own caches.
_CHUNK_LINES: Final = 1 << 15

_PAIR_COUNT: Final = 8
_PAIRS_IN_WORD: Final = 4
_PAIR_BITS: Final = 2 * SYMBOL_BITS
_PAIR_MASK: Final = (1 << _PAIR_BITS) - 1
_LINE: Final = np.dtype([*((f"pair{place}", "<u2") for place in range(_PAIR_COUNT)), ("end", "u1")])


def lines(key: BatchKey, *, role: Role, start: int, stop: int, placeholders: bool) -> Iterator[bytes]:
    """Whole lines in chunks, from index `start` up to `stop`.

    A profane index is left out, or stands as a placeholder so that a line's place in the file follows from its index.
    """
    press = _Press(key, role)
    for first in range(start, stop, _CHUNK_LINES):
        yield press.lines(first, count=min(_CHUNK_LINES, stop - first), placeholders=placeholders)


class _Blocks:
    """AES over a chunk of blocks: fill `halves`, encrypt, read `results`; both are the first halves of the blocks."""

    def __init__(self, secret: bytes, *, second_half: int) -> None:
        self._encryptor = Cipher(algorithms.AES128(secret), modes.ECB()).encryptor()  # noqa: S305
        blocks = np.full((_CHUNK_LINES, 2), second_half, dtype="<i8")
        # `update_into` asks for room for nearly one block more than it writes.
        room = np.empty((_CHUNK_LINES + 1) * BLOCK_BYTES - 1, dtype=np.uint8)
        self.halves: Numbers = blocks[:, 0]
        self.results: Numbers = room[: _CHUNK_LINES * BLOCK_BYTES].view("<i8")[::2]
        self._source, self._target = blocks.data.cast("B"), room.data

    def encrypt(self) -> None:
        self._encryptor.update_into(self._source, self._target)


class _Press:
    """One chunk's arrays, made once and written over by every next chunk."""

    def __init__(self, key: BatchKey, role: Role) -> None:
        self._batch, self._series = key.batch, key.series_key.series
        role_mark = ord(role) << ROLE_SHIFT - 64
        self._tags = _Blocks(key.secret, second_half=role_mark | key.batch)
        self._rounds = _Blocks(key.series_key.secret, second_half=role_mark)
        self._offsets = np.arange(_CHUNK_LINES, dtype=np.int64)
        self._mixed = np.empty(_CHUNK_LINES, dtype=np.int64)
        self._pairs = np.empty(_CHUNK_LINES, dtype=np.int64)
        self._lines = np.full(_CHUNK_LINES, ord("\n"), dtype=_LINE)

    def lines(self, first: int, *, count: int, placeholders: bool) -> bytes:
        left, right = self._encipher(*self._plain(first))
        high, low = self._series << HALF_BITS | left, right << SYMBOL_BITS
        self._write(high, low)
        printed, skipped = self._lines[:count], profane(high, low)[:count]
        if not placeholders:
            # As opaque values numpy copies the lines whole instead of field by field.
            return printed.view(f"V{LINE_BYTES}").compress(~skipped).tobytes()
        printed[skipped] = np.frombuffer(PLACEHOLDER, dtype=_LINE)
        return printed.tobytes()

    def _plain(self, first: int) -> tuple[Numbers, Numbers]:
        """Tag, batch and index, cut into the cipher's two halves."""
        index = self._tags.halves
        np.add(self._offsets, first, out=index)
        self._tags.encrypt()
        left = (self._tags.results & TAG_MASK) << TAG_SHIFT - HALF_BITS | self._batch >> HALF_BITS - BATCH_SHIFT
        return left, index | self._batch << BATCH_SHIFT & HALF_MASK

    def _encipher(self, left: Numbers, right: Numbers) -> tuple[Numbers, Numbers]:
        for number in range(ROUNDS):
            np.bitwise_or(right, number << ROUND_SHIFT, out=self._rounds.halves)
            self._rounds.encrypt()
            np.bitwise_and(self._rounds.results, HALF_MASK, out=self._mixed)
            np.bitwise_xor(left, self._mixed, out=left)
            left, right = right, left
        return left, right

    def _write(self, high: Numbers, low: Numbers) -> None:
        """Write the symbols of both words, pair by pair; the check symbol, the last of them, joins `low` on the way."""
        check = np.zeros(_CHUNK_LINES, dtype=np.uint8)
        for place in range(_PAIR_COUNT):
            word, place_in_word = (high, place) if place < _PAIRS_IN_WORD else (low, place - _PAIRS_IN_WORD)
            np.right_shift(word, _PAIR_BITS * (_PAIRS_IN_WORD - 1 - place_in_word), out=self._pairs)
            np.bitwise_and(self._pairs, _PAIR_MASK, out=self._pairs)
            check ^= _SHARES[place].take(self._pairs, mode="wrap")
            if place == _PAIR_COUNT - 1:
                low |= check
                self._pairs |= check
            self._lines[f"pair{place}"] = _CHARACTERS.take(self._pairs, mode="wrap")


def _characters(first: int, second: int) -> int:
    return int.from_bytes((ALPHABET[first] + ALPHABET[second]).encode(), "little")


def _share(place: int, first: int, second: int) -> int:
    return share(2 * place + 1, first) ^ share(2 * place + 2, second)


# Two characters at a time, and what the two add to the check symbol in each of the eight places of a pair.
_PAIR_VALUES: Final = tuple(product(range(len(ALPHABET)), repeat=2))
_CHARACTERS: Final = np.array([_characters(*pair) for pair in _PAIR_VALUES], dtype=np.uint16)
_SHARES: Final = np.array(
    [[_share(place, *pair) for pair in _PAIR_VALUES] for place in range(_PAIR_COUNT)], dtype=np.uint8
)
