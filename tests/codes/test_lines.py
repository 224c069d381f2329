from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.alphabet import ALPHABET
from codes.lines import LINE_BYTES, PLACEHOLDER, lines
from codes.packaging_code import BatchKey, Role, SeriesKey, encode
from codes.profanity import is_profane

KEY = BatchKey(series_key=SeriesKey(series=21, secret=bytes(range(16))), batch=0xABCDE, secret=bytes(range(16, 32)))


def printed(start: int, stop: int, *, role: Role = Role.INNER, placeholders: bool = True) -> list[str]:
    return b"".join(lines(KEY, role=role, start=start, stop=stop, placeholders=placeholders)).decode().splitlines()


def one_by_one(start: int, stop: int, *, role: Role = Role.INNER) -> Iterator[str]:
    """The same lines, made by the form that verification rests on."""
    placeholder = PLACEHOLDER.decode().rstrip()
    for index in range(start, stop):
        text = encode(KEY, index=index, role=role)
        yield placeholder if is_profane(text) else text


@settings(max_examples=25, deadline=None)
@given(
    secrets=st.tuples(*[st.binary(min_size=16, max_size=16)] * 2),
    series=st.integers(0, 31),
    batch=st.integers(0, 2**20 - 1),
    index=st.integers(0, 2**32 - 1),
    role=st.sampled_from(Role),
)
def test_a_line_is_the_code_of_its_index(
    secrets: tuple[bytes, bytes], series: int, batch: int, index: int, role: Role
) -> None:
    key = BatchKey(series_key=SeriesKey(series=series, secret=secrets[0]), batch=batch, secret=secrets[1])

    (line,) = lines(key, role=role, start=index, stop=index + 1, placeholders=True)

    code = encode(key, index=index, role=role)
    assert line == (PLACEHOLDER if is_profane(code) else f"{code}\n".encode())


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("start", "stop"), [(0, 3000), (32_768 - 50, 32_768 + 50), (2**32 - 1000, 2**32)])
def test_lines_are_what_is_made_one_by_one(start: int, stop: int, role: Role) -> None:
    assert printed(start, stop, role=role) == list(one_by_one(start, stop, role=role))


def test_any_range_is_cut_out_of_the_whole() -> None:
    whole = b"".join(lines(KEY, role=Role.OUTER, start=0, stop=70_000, placeholders=True))

    part = b"".join(lines(KEY, role=Role.OUTER, start=1234, stop=69_000, placeholders=True))

    assert len(whole) == 70_000 * LINE_BYTES
    assert part == whole[1234 * LINE_BYTES : 69_000 * LINE_BYTES]


def test_a_profane_index_keeps_its_place_or_is_left_out() -> None:
    placeholder = PLACEHOLDER.decode().rstrip()
    whole = printed(0, 40_000)

    issued = printed(0, 40_000, placeholders=False)

    assert 0 < whole.count(placeholder) < 0.02 * len(whole)
    assert issued == [line for line in whole if line != placeholder]


def test_no_codes_are_no_chunks() -> None:
    assert printed(5, 5) == []


def test_no_code_is_printed_twice() -> None:
    codes = printed(0, 200_000, placeholders=False)

    assert len(set(codes)) == len(codes)


def test_every_symbol_is_printed_as_often_as_any_other() -> None:
    text = b"".join(lines(KEY, role=Role.INNER, start=0, stop=200_000, placeholders=False))
    symbols = np.frombuffer(text, dtype=np.uint8).reshape(-1, LINE_BYTES)
    expected = len(symbols) / len(ALPHABET)

    for position in range(1, 16):
        counts = np.bincount(symbols[:, position], minlength=128)[list(ALPHABET.encode())]

        # A thousandth of all fair printers would have 62 or more; ours is always the same, its keys being constant.
        assert ((counts - expected) ** 2 / expected).sum() < 62
        assert counts.sum() == len(symbols)
