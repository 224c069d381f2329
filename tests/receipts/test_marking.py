import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.fiscal.marking import Marking, of_nomenclature, parse
from tests.receipts.conftest import Counted
from tests.receipts.samples import needs_samples, rows

TAIL = "\x1d91EE06\x1d92" + "a" * 43 + "="
WATER = "0104605035006964215OoyE8qxeIOn>"
PIECE = Marking("04605035006964", "5OoyE8qxeIOn>")


@pytest.mark.parametrize(
    "text",
    [
        WATER,
        WATER + TAIL,
        WATER + TAIL.replace("\x1d", ""),
        WATER + TAIL.replace("\x1d", "<GS>"),
        WATER + TAIL.replace("\x1d", "\\u001d"),
        WATER + "\x1d93B0Ik",
        WATER + "93B0Ik",
        f"]d2{WATER}",
        f"]C1{WATER}{TAIL}",
        f"\x1d{WATER}",
        f"(01)04605035006964(21)5OoyE8qxeIOn>{TAIL}",
        f" {WATER}\r\n",
    ],
)
def test_a_piece_is_known_whatever_a_scanner_has_lost(text: str) -> None:
    assert parse(text) == PIECE


def test_letters_of_a_serial_keep_their_case_and_marks() -> None:
    found = parse("0104690228112072215LKh'o")

    assert found == Marking("04690228112072", "5LKh'o")


@pytest.mark.parametrize(
    "text", ["", "4605035006964", "0104605035006965215OoyE8qxeIOn>", "0104605035006964", "01" * 50]
)
def test_what_is_no_marking_is_none(text: str) -> None:
    assert parse(text) is None


@given(st.text(max_size=120))
def test_any_text_is_a_marking_or_none(text: str) -> None:
    found = parse(text)

    assert found is None or len(found.gtin) == 14


@given(st.binary(max_size=40))
def test_any_bytes_are_a_marking_or_none(code: bytes) -> None:
    found = of_nomenclature(code)

    assert found is None or len(found.gtin) == 14


def test_a_plain_barcode_has_no_serial() -> None:
    assert of_nomenclature(bytes.fromhex("450D") + (4605035006964).to_bytes(6)) == Marking("04605035006964")


@needs_samples
def test_every_marking_of_the_samples_is_read_with_and_without_its_separators(counted: Counted) -> None:
    codes = rows("ru/datamatrix.jsonl")
    for row in codes:
        found = parse(row["code"])
        assert found is not None, row
        assert found.gtin == row["gtin"]
        assert parse(row["code"].replace("\x1d", "")) == found
    counted("ru", "markings", len(codes))
