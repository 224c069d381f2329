import csv
import json
import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codes.exports import Export
from codes.layouts import FORMATS, Column, Format, layout
from codes.packaging_code import BatchKey, Role, SeriesKey, encode
from codes.profanity import is_profane
from codes.readings import readings

KEY = BatchKey(SeriesKey(3, b"s" * 16), 77, b"b" * 16)
ORIGIN = "https://n.example"
GTIN = "04601234567893"
SETS: list[tuple[Column, ...]] = [
    (Column.inner,),
    (Column.inner, Column.outer),
    (Column.outer_url, Column.gtin),
    tuple(Column),
]


def export(
    columns: Sequence[Column] = (Column.inner,), form: Format = "txt", *, first: int = 0, stop: int = 3_000
) -> Export:
    return Export(KEY, layout(columns, format=form, origin=ORIGIN, gtin=GTIN), first, stop)


def whole(file: Export) -> bytes:
    return b"".join(file.read(0, file.size))


def code(index: int, role: Role = Role.INNER) -> str:
    return encode(KEY, index=index, role=role)


def is_skipped(index: int, *roles: Role) -> bool:
    return any(is_profane(code(index, role)) for role in roles)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("columns", SETS, ids="+".join)
def test_each_line_is_as_wide_as_every_other_and_the_size_is_known_before(
    columns: tuple[Column, ...], form: Format
) -> None:
    file = export(columns, form)

    content = whole(file)

    body = content[len(file.layout.head) :]
    assert len(content) == file.size
    assert {len(line) for line in body.splitlines(keepends=True)} == {len(file.layout.line)}
    assert body.count(b"\n") == 3_000


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("columns", SETS, ids="+".join)
def test_any_part_of_a_file_is_what_stands_there_in_the_whole(columns: tuple[Column, ...], form: Format) -> None:
    # More than one chunk of the press, and over the border where an index gets one digit more.
    file = export(columns, form, first=99_000, stop=170_000)
    content, chance = whole(file), random.Random(7)

    borders = [(0, 1), (file.size - 1, file.size), (len(file.layout.head), len(file.layout.head) + 5)]
    borders += [tuple(sorted(chance.sample(range(file.size + 1), 2))) for _ in range(20)]  # type: ignore[misc]

    assert [b"".join(file.read(*part)) == content[slice(*part)] for part in borders] == [True] * len(borders)


@settings(max_examples=100, deadline=None)
@given(cuts=st.lists(st.integers(0, 28 * 500), max_size=5))
def test_parts_read_one_by_one_are_the_whole(cuts: list[int]) -> None:
    file = export(form="csv", first=7, stop=500)
    places = sorted({0, file.size, *(min(cut, file.size) for cut in cuts)})

    parts = [b"".join(file.read(start, stop)) for start, stop in pairwise(places)]

    assert b"".join(parts) == whole(file)


def test_a_text_has_the_codes_in_the_order_of_their_indexes_and_dashes_for_those_left_out() -> None:
    lines = whole(export()).decode().splitlines()

    assert lines == ["-" * 16 if is_skipped(n, Role.INNER) else code(n) for n in range(3_000)]
    assert "-" * 16 in lines


def test_a_table_names_its_columns_and_numbers_its_lines() -> None:
    columns = (Column.inner, Column.outer_url, Column.gtin)

    rows = list(csv.reader(whole(export(columns, "csv", first=99_990, stop=100_010)).decode().splitlines()))

    assert rows[0] == ["index", "inner", "outer_url", "gtin"]
    assert [int(row[0]) for row in rows[1:]] == list(range(99_990, 100_010))
    for index, inner, url, gtin in rows[1:]:
        if not is_skipped(int(index), *Role):
            outer = code(int(index), Role.OUTER)
            assert (inner, url, gtin) == (code(int(index)), f"HTTPS://N.EXAMPLE/C/{outer}", GTIN)


def test_an_index_of_which_one_code_is_left_out_has_none_at_all() -> None:
    rows = whole(export((Column.inner, Column.outer), "ndjson")).decode().splitlines()

    told = [json.loads(row) for row in rows]
    skipped = [one["index"] for one in told if one["inner"] is None]
    assert [one["index"] for one in told] == list(range(3_000))
    assert skipped == [n for n in range(3_000) if is_skipped(n, *Role)]
    assert [one["index"] for one in told if one["outer"] is None] == skipped
    assert len(skipped) > sum(is_skipped(n, Role.INNER) for n in range(3_000))


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_of_a_code_is_read_back_as_the_code(form: Format) -> None:
    index = next(n for n in range(100) if not is_skipped(n, *Role))

    cells = whole(export(tuple(Column), form, first=index, stop=index + 1)).decode().splitlines()[-1]

    wanted = {"inner": code(index), "outer": code(index, Role.OUTER)}
    separator = "\t" if form == "txt" else ","
    told = json.loads(cells) if form == "ndjson" else dict(zip(Column, cells.split(separator)[-9:], strict=True))
    for column in Column:
        if column != Column.gtin and not column.endswith("gs1"):
            assert readings(told[column]) == (wanted[column.partition("_")[0]],)
    assert told["inner_gs1"] == f"01{GTIN}21{wanted['inner']}"
    assert told["outer_link"] == f"HTTPS://N.EXAMPLE/01/{GTIN}/21/{wanted['outer']}"


def test_the_tag_of_a_file_stays_and_that_of_any_other_file_is_another() -> None:
    files = [
        export(),
        export(form="csv"),
        export((Column.outer,)),
        export(first=1),
        export(stop=2_999),
        Export(BatchKey(KEY.series_key, 78, KEY.secret), export().layout, 0, 3_000),
    ]

    assert export().etag == files[0].etag
    assert len({file.etag for file in files}) == len(files)
    assert all(file.etag.startswith('"') for file in files)


def test_nothing_is_computed_before_it_is_asked_for() -> None:
    file = export(stop=2**32 - 1)

    first = next(file.read(17 * 4_000_000_000, file.size))

    assert first.startswith(code(4_000_000_000).encode())
