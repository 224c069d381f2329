import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.alphabet import ALPHABET, check_symbol, repairs
from codes.packaging_code import BatchKey, PackagingCode, Role, SeriesKey, decode, encode, verify

SERIES_SECRET, BATCH_SECRET = bytes(range(16)), bytes(range(16, 32))
SERIES = SeriesKey(series=7, secret=SERIES_SECRET)
BATCH = BatchKey(series_key=SERIES, batch=123, secret=BATCH_SECRET)

VECTORS = [
    (0, 0, 0, Role.INNER, "0B4T30KZVGDTTAZZ"),
    (0, 0, 0, Role.OUTER, "0KWK3JGNSAZJXTS7"),
    (7, 123, 5, Role.INNER, "74RQA6ZE769DFY2C"),
    (7, 123, 5, Role.OUTER, "73VKNV3YF70RS0BM"),
    (19, 2**20 - 1, 2**32 - 1, Role.INNER, "KD60V48MRQSP4X4E"),
    (19, 2**20 - 1, 2**32 - 1, Role.OUTER, "K1KH6JDSMZVHGRKB"),
    (31, 0x5A5A5, 1_000_000_000, Role.INNER, "ZR4B8P53Y64G5NST"),
    (31, 0x5A5A5, 1_000_000_000, Role.OUTER, "ZVEND7WEDS034YNF"),
]

indexes = st.integers(0, 2**32 - 1)


def verified(text: str, *batches: BatchKey) -> PackagingCode | None:
    """Ask an installation that has these batches, and the series they belong to."""
    series = {batch.series_key.series: batch.series_key for batch in batches}
    return verify(text, series_key=series.get, batch_key={batch.batch: batch for batch in batches}.get)


@pytest.mark.parametrize(("series", "batch", "index", "role", "text"), VECTORS)
def test_a_printed_code_means_the_same_for_ever(series: int, batch: int, index: int, role: Role, text: str) -> None:
    key = BatchKey(series_key=SeriesKey(series=series, secret=SERIES_SECRET), batch=batch, secret=BATCH_SECRET)

    assert encode(key, index=index, role=role) == text
    assert verified(text, key) == PackagingCode(series=series, batch=batch, index=index, role=role)


@given(
    secrets=st.tuples(*[st.binary(min_size=16, max_size=16)] * 2),
    series=st.integers(0, 31),
    batch=st.integers(0, 2**20 - 1),
    index=indexes,
    role=st.sampled_from(Role),
)
def test_every_code_is_read_back(secrets: tuple[bytes, bytes], series: int, batch: int, index: int, role: Role) -> None:
    key = BatchKey(series_key=SeriesKey(series=series, secret=secrets[0]), batch=batch, secret=secrets[1])

    assert verified(encode(key, index=index, role=role), key) == PackagingCode(series, batch, index, role)


def test_random_codes_never_verify() -> None:
    chance = random.Random(2)
    bodies = [ALPHABET[7] + "".join(chance.choices(ALPHABET, k=14)) for _ in range(20_000)]

    assert [body for body in bodies if verified(body + check_symbol(body), BATCH)] == []


@pytest.mark.parametrize("role", Role)
def test_another_batchs_key_confirms_nothing(role: Role) -> None:
    other = BatchKey(series_key=SERIES, batch=BATCH.batch, secret=bytes(16))

    assert [index for index in range(1000) if verified(encode(BATCH, index=index, role=role), other)] == []


def test_a_code_of_an_unknown_series_is_nothing() -> None:
    other = BatchKey(series_key=SeriesKey(series=8, secret=SERIES_SECRET), batch=123, secret=BATCH_SECRET)

    assert verified(encode(other, index=5, role=Role.INNER), BATCH) is None


def test_a_batch_confirms_nothing_in_another_series() -> None:
    other = SeriesKey(series=8, secret=bytes(16))
    forged = encode(BatchKey(series_key=other, batch=BATCH.batch, secret=BATCH_SECRET), index=5, role=Role.INNER)

    found = verify(forged, series_key={7: SERIES, 8: other}.get, batch_key={BATCH.batch: BATCH}.get)

    assert found is None


@given(index=indexes)
def test_twins_share_their_key_and_nothing_anybody_sees(index: int) -> None:
    inner, outer = (verified(encode(BATCH, index=index, role=role), BATCH) for role in Role)

    assert inner is not None
    assert outer is not None
    assert (inner.role, outer.role) == (Role.INNER, Role.OUTER)
    assert inner.code_key == outer.code_key


def test_the_series_key_alone_does_not_lead_from_the_outer_code_to_the_inner_one() -> None:
    inner, outer = (encode(BATCH, index=5, role=role) for role in Role)

    wanted = decode(inner, SERIES, role=Role.INNER)
    seen = decode(outer, SERIES, role=Role.OUTER)

    assert (seen.batch, seen.index) == (wanted.batch, wanted.index) == (123, 5)
    assert seen.tag != wanted.tag


def test_items_never_share_a_key() -> None:
    places = [(0, 0), (0, 1), (1, 0), (0, 2**32 - 1), (2**20 - 1, 0), (2**20 - 1, 2**32 - 1)]

    keys = {PackagingCode(series=0, batch=batch, index=index, role=Role.INNER).code_key for batch, index in places}

    assert len(keys) == len(places)
    assert {len(key) for key in keys} == {8}


def test_exactly_one_repair_of_a_typing_error_verifies() -> None:
    chance = random.Random(3)
    for index in range(100):
        code = encode(BATCH, index=index, role=Role.INNER)
        position = chance.randrange(16)
        typed = code[:position] + chance.choice(ALPHABET.replace(code[position], "")) + code[position + 1 :]

        assert [repair for repair in repairs(typed) if verified(repair, BATCH)] == [code]


@pytest.mark.parametrize("key", [SERIES, BATCH], ids=["series", "batch"])
def test_a_key_shows_no_secret(key: SeriesKey | BatchKey) -> None:
    assert "secret" not in repr(key)
