"""Code files: the same codes whichever way the file is cut, saved and sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes.code_files import LINE_BYTES_MAX, CodeFile, Line
from programs.sheets import SheetRefused


def read(content: bytes, *, size: int = 10_000, column: str | None = None) -> list[Line]:
    file = CodeFile(column)
    found = [line for start in range(0, len(content), size) for line in file.feed(content[start : start + size])]
    return [*found, *file.end()]


@pytest.mark.parametrize("content", [b"a1\nb2\n", b"a1\r\nb2\r\n", b"a1\nb2", b"\xef\xbb\xbfa1\nb2\n", b'"a1"\n"b2"'])
def test_a_plain_file_has_a_code_a_line(content: bytes) -> None:
    assert read(content) == [Line(1, "a1"), Line(2, "b2")]


def test_lines_keep_their_numbers_over_a_head_and_empty_lines() -> None:
    assert read(b"code\n\na1\n\n\nb2\n\n") == [Line(3, "a1"), Line(6, "b2")]


def test_a_marking_keeps_its_commas_and_quotation_marks() -> None:
    assert [line.text for line in read(b'0104601234567893214,"x;y\x1d93\n"0104601234567893214""x"\n')] == [
        '0104601234567893214,"x;y\x1d93',
        '0104601234567893214"x',
    ]


def test_a_row_without_the_column_is_not_passed_over() -> None:
    assert read(b"n;code\n1;a1\n2\n3;\n\n") == [Line(2, "a1"), Line(3, ""), Line(4, "")]


@given(
    lines=st.lists(st.text("abcXYZ019\x1d", min_size=1, max_size=12), max_size=40),
    size=st.integers(1, 50),
    head=st.sampled_from(["", "code\n", "n,code\n"]),
)
def test_it_does_not_matter_where_the_pieces_end(lines: list[str], size: int, head: str) -> None:
    row = "1,{}\n" if "," in head else "{}\n"
    content = (head + "".join(row.format(line) for line in lines)).encode()

    assert read(content, size=size) == read(content)
    assert [line.text for line in read(content)] == lines


@pytest.mark.parametrize(
    "content",
    [b"a1\n" + b"x" * (LINE_BYTES_MAX + 1), "код".encode("cp1251") + b"\n", "a1\n".encode("utf-16")],
    ids=["endless", "cp1251", "utf-16"],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(SheetRefused):
        read(content, size=1_000)
