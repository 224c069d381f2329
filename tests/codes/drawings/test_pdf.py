"""Readers repair what is wrong with a PDF and say nothing, so its own book-keeping is checked here."""

import re

import pytest

from codes.drawings.labels import Words
from codes.drawings.sheets import Sheet, pdf
from codes.drawings.symbols import Kind
from codes.drawings.templates import template
from tests.codes.drawings.paper import chunks


@pytest.fixture
def document() -> bytes:
    sheet = Sheet(template("a4-65"), Kind.QR, "HTTPS://N.EXAMPLE/C/", Words("Котёл", "Завод"))
    return b"".join(pdf(sheet, chunks(200)))


def test_every_object_begins_where_the_table_says(document: bytes) -> None:
    begins = int(document.rpartition(b"startxref\n")[2].split()[0])
    table = document[begins:]
    count = int(re.match(rb"xref\n0 (\d+)\n", table)[1])  # type: ignore[index]
    entries = re.findall(rb"(\d{10}) (\d{5}) ([nf]) \n", table)

    assert len(entries) == count == int(re.search(rb"/Size (\d+)", table)[1])  # type: ignore[index]
    assert [
        number
        for number, (place, _, used) in enumerate(entries)
        if used == b"n" and not document[int(place) :].startswith(b"%d 0 obj\n" % number)
    ] == []


def test_every_stream_is_as_long_as_it_says(document: bytes) -> None:
    streams = list(re.finditer(rb"<</Length (\d+)[^>]*>>stream\n", document))

    assert len(streams) == 4 + 4
    for stream in streams:
        assert document[stream.end() + int(stream[1]) :].startswith(b"\nendstream\nendobj\n")


def test_every_object_that_is_named_is_there(document: bytes) -> None:
    named = {int(number) for number in re.findall(rb"(\d+) 0 R", document)}
    made = {int(number) for number in re.findall(rb"^(\d+) 0 obj$", document, re.MULTILINE)}

    assert named <= made
