"""A drill: the key of a series has leaked, and the thief stands before the shelf, where the outer codes are printed."""

import os
import random
from collections import Counter

import pytest

from codes.alphabet import ALPHABET, check_symbol
from codes.cipher import TAG_BITS, confirm_tag, encipher
from codes.packaging_code import BatchKey, Deciphered, Role, SeriesKey, confirms, decode, encode
from tests.packs import Sale, a_sale, an_agent, said, scan

BATCH = 77
TAGS = 1 << TAG_BITS


class Thief:
    """What somebody can do who holds the series' key, and has never seen the batch's."""

    def __init__(self, series: SeriesKey) -> None:
        self._series = series

    def reads(self, outer: str) -> Deciphered:
        """The place behind an outer code: that much the series' key gives away."""
        return decode(outer, self._series, role=Role.OUTER)

    def inner(self, read: Deciphered, tag: int) -> str:
        """The inner code of the same place, if this is its tag."""
        body = encipher(self._series.aes, tag << 52 | read.batch << 32 | read.index, role=ord(Role.INNER))
        text = ALPHABET[self._series.series] + "".join(ALPHABET[body >> shift & 31] for shift in range(65, -1, -5))
        return text + check_symbol(text)


@pytest.fixture
def key() -> BatchKey:
    return BatchKey(SeriesKey(3, os.urandom(16)), BATCH, os.urandom(16))


@pytest.fixture
def thief(key: BatchKey) -> Thief:
    return Thief(SeriesKey(key.series_key.series, key.series_key.secret))


def test_the_leaked_key_tells_the_place_of_every_outer_code(key: BatchKey, thief: Thief) -> None:
    read = thief.reads(encode(key, index=4711, role=Role.OUTER))

    assert (read.batch, read.index) == (BATCH, 4711)


def test_whoever_had_the_tag_too_would_have_the_inner_code(key: BatchKey, thief: Thief) -> None:
    read = thief.reads(encode(key, index=4711, role=Role.OUTER))
    tag = confirm_tag(key.aes, batch=BATCH, index=4711, role=ord(Role.INNER))

    assert thief.inner(read, tag) == encode(key, index=4711, role=Role.INNER)


def test_the_tag_that_he_reads_is_not_the_one_that_he_needs(key: BatchKey, thief: Thief) -> None:
    outer = [thief.reads(encode(key, index=index, role=Role.OUTER)) for index in range(2_000)]

    forged = [thief.inner(read, read.tag) for read in outer]

    assert [text for read, text in zip(outer, forged, strict=True) if _verifies(key, text, read)] == []


def test_of_all_tags_one_alone_is_right(key: BatchKey, thief: Thief) -> None:
    read = thief.reads(encode(key, index=4711, role=Role.OUTER))

    right = [tag for tag in range(TAGS) if confirms(key, Deciphered(BATCH, read.index, Role.INNER, tag))]

    assert len(right) == 1
    assert _verifies(key, thief.inner(read, right[0]), read)


def test_an_outer_tag_says_nothing_about_the_inner_one(key: BatchKey) -> None:
    count = 1 << 16
    differences = [
        confirm_tag(key.aes, batch=BATCH, index=index, role=ord(Role.OUTER))
        ^ confirm_tag(key.aes, batch=BATCH, index=index, role=ord(Role.INNER))
        for index in range(count)
    ]

    equal_bits = Counter(bit for one in differences for bit in range(TAG_BITS) if not one >> bit & 1)

    # Six standard deviations around a half for each bit; to guess the whole tag by the other would succeed 0.25 times.
    assert all(abs(equal_bits[bit] - count / 2) < 6 * (count / 4) ** 0.5 for bit in range(TAG_BITS))
    assert differences.count(0) <= 6


def test_guessing_succeeds_as_often_as_chance_has_it(key: BatchKey) -> None:
    chance, tries = random.Random(1), 1 << 20

    hits = sum(
        confirms(key, Deciphered(BATCH, index, Role.INNER, chance.getrandbits(TAG_BITS))) for index in range(tries)
    )

    # Four are to be expected of 2^20 tries at 2^-18 each, and more than twenty in one run of a hundred million.
    assert hits <= 20


async def test_his_guesses_silence_him_long_before_chance_helps(proven: None) -> None:
    sale: Sale = await a_sale()
    key, agent_id = sale.batch.key, await an_agent()
    thief = Thief(SeriesKey(key.series_key.series, key.series_key.secret))
    read = thief.reads(sale.batch.code(5, Role.OUTER))
    own = confirm_tag(key.aes, batch=key.batch, index=5, role=ord(Role.INNER))
    tags = [tag for tag in random.Random(2).sample(range(TAGS), 24) if tag != own][:23]

    judged = [said(await scan(agent_id, thief.inner(read, tag), most=20)) for tag in tags]

    assert judged == ["not_accepted"] * 20 + ["rate_limited"] * 3
    assert said(await scan(await an_agent(), sale.batch.code(5), network=b"another")) == "new accepted"


def _verifies(key: BatchKey, text: str, read: Deciphered) -> bool:
    inner = decode(text, key.series_key, role=Role.INNER)
    return inner.index == read.index and confirms(key, inner)
