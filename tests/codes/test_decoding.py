import os

import numpy as np
import pytest

from codes.cipher import HALF_BITS, TAG_BITS, confirm_tag
from codes.decoding import decode_all, halves_of
from codes.packaging_code import BatchKey, Role, SeriesKey, decode, encode

RANDOM = 100_000


def test_a_crowd_is_deciphered_as_each_alone() -> None:
    series = SeriesKey(1, os.urandom(16))
    key = BatchKey(series, 5, os.urandom(16))
    texts = [encode(key, index=index, role=role) for index in (0, 1, 2**31, 2**32 - 1) for role in Role]
    halves = halves_of(texts)

    for role in Role:
        sifted = decode_all(halves, series.aes, role=role)

        assert list(sifted) == [decode(text, series, role=role) for text in texts]


@pytest.mark.parametrize("role", Role)
def test_random_texts_are_never_accepted_and_would_not_be_if_all_codes_there_can_be_were_live(role: Role) -> None:
    accepted, confirmed = random_texts(RANDOM, role)

    assert accepted == 0
    # Were each batch and each index in use, the 18 bits of the tag alone would stand between a guess and money.
    assert confirmed <= 10


def random_texts(count: int, role: Role, *, live: int = 10**9) -> tuple[int, int]:
    """How many random bodies read as one of so many codes that are live, and how many carry a tag that is right."""
    chance = np.random.default_rng(17)
    series = SeriesKey(1, os.urandom(16))
    key = BatchKey(series, 1, os.urandom(16))
    halves = (chance.integers(0, 2**HALF_BITS, count), chance.integers(0, 2**HALF_BITS, count))
    sifted = decode_all(halves, series.aes, role=role)
    blocks = np.empty((count, 2), dtype="<i8")
    blocks[:, 0], blocks[:, 1] = sifted.indexes, sifted.batches | ord(role) << 56
    tags = np.frombuffer(key.aes(blocks.tobytes()), dtype="<i8")[::2] & (1 << TAG_BITS) - 1
    right = tags == sifted.tags
    assert tags[0] == confirm_tag(key.aes, batch=int(sifted.batches[0]), index=int(sifted.indexes[0]), role=ord(role))
    return int((right & (sifted.batches == 1) & (sifted.indexes < live)).sum()), int(right.sum())
