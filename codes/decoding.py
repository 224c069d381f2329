"""Decoding: many texts read at once, a round of the cipher in one call for all of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from codes.alphabet import VALUES
from codes.cipher import BLOCK_BYTES, HALF_BITS, HALF_MASK, ROLE_SHIFT, ROUND_SHIFT, ROUNDS, Blocks
from codes.packaging_code import (
    BATCH_COUNT,
    BATCH_SHIFT,
    INDEX_COUNT,
    TAG_SHIFT,
    Deciphered,
    Role,
    SeriesKey,
    body_of,
)

Numbers = NDArray[np.int64]


class Decoded(msgspec.Struct, frozen=True):
    """What texts say of themselves when they are read in one role, each in its place."""

    role: Role
    batches: Numbers
    indexes: Numbers
    tags: Numbers

    def __iter__(self) -> Iterator[Deciphered]:
        for batch, index, tag in zip(self.batches.tolist(), self.indexes.tolist(), self.tags.tolist(), strict=True):
            yield Deciphered(batch, index, self.role, tag)


def by_series(texts: Sequence[str], series: Mapping[int, SeriesKey]) -> list[tuple[SeriesKey, list[int]]]:
    """The places of the texts of each series that there is."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        places[VALUES[text[0]]].append(place)
    return [(series[number], held) for number, held in places.items() if number in series]


def halves_of(texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    """The bodies of texts, cut into the cipher's two halves."""
    bodies = [body_of(text) for text in texts]
    left = np.array([body >> HALF_BITS for body in bodies], dtype=np.int64)
    right = np.array([body & HALF_MASK for body in bodies], dtype=np.int64)
    return left, right


def decode_all(halves: tuple[Numbers, Numbers], aes: Blocks, *, role: Role) -> Decoded:
    """Read bodies, given as the two halves of each, in one role; any body at all reads as something."""
    left, right = _decipher(halves, aes, role=ord(role))
    return Decoded(
        role=role,
        batches=(left << HALF_BITS - BATCH_SHIFT | right >> BATCH_SHIFT) & BATCH_COUNT - 1,
        indexes=right & INDEX_COUNT - 1,
        tags=left >> TAG_SHIFT - HALF_BITS,
    )


def _decipher(halves: tuple[Numbers, Numbers], aes: Blocks, *, role: int) -> tuple[Numbers, Numbers]:
    left, right = halves
    blocks = np.empty((len(left), 2), dtype="<i8")
    blocks[:, 1] = role << ROLE_SHIFT - 8 * BLOCK_BYTES // 2
    for number in reversed(range(ROUNDS)):
        np.bitwise_or(left, number << ROUND_SHIFT, out=blocks[:, 0])
        mixed = np.frombuffer(aes(blocks.tobytes()), dtype="<i8")[::2] & HALF_MASK
        left, right = right ^ mixed, left
    return left, right
