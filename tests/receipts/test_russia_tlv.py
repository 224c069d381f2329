from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.fiscal.frame import Operation, Payment, ReceiptMalformed
from receipts.fiscal.russia_tlv import detect, parse, several
from tests.receipts.made import element, number, raw_document, raw_line

WATER = bytes.fromhex("444D04303179CBF4") + b"5OoyE8qxeIOn>"


def test_a_raw_document_says_everything() -> None:
    receipt = parse(raw_document(raw_line()))

    assert receipt.identity == "ru:9251440300109733:96304:3341119416"
    assert (receipt.total_minor, receipt.seller, receipt.operation) == (5500, "5047085094", Operation.SALE)
    assert receipt.issued_at == datetime.fromisoformat("2020-08-02T16:12")
    [line] = receipt.lines
    assert (line.name, line.quantity, line.price_minor, line.amount_minor) == ("Котёл", Decimal(1), 5500, 5500)


@pytest.mark.parametrize(
    "code",
    [
        element(1162, WATER),
        element(1163, element(1305, b"0104605035006964215OoyE8qxeIOn>")),
        element(1163, element(1304, b"0104605035006964215OoyE8qxeIOn>")),
        element(1163, element(1300, b"?") + element(1305, b"0104605035006964215OoyE8qxeIOn>\x1d93abcd")),
    ],
)
def test_the_piece_is_known_by_either_generation_of_codes(code: bytes) -> None:
    [line] = parse(raw_document(raw_line(more=code))).lines

    assert (line.gtin, line.serial) == ("04605035006964", "5OoyE8qxeIOn>")


def test_goods_without_a_marking_have_their_number() -> None:
    coded = parse(raw_document(raw_line(more=element(1163, element(1301, b"4605035006964"))))).lines[0]
    named = parse(raw_document(raw_line("Котёл 4605035006964"))).lines[0]

    assert coded.gtin == named.gtin == "04605035006964"


def test_documents_of_a_drive_may_stand_one_behind_the_other() -> None:
    one, other = raw_document(raw_line()), raw_document(raw_line(), operation=2)

    assert several(one + other) == [one, other]
    assert several(one + other[:-1]) == [one, other[:-1]]


@pytest.mark.parametrize(("cash", "holds"), [(500, True), (501, False)])
def test_what_was_paid_comes_to_the_total(cash: int, *, holds: bool) -> None:
    paid = element(1031, number(cash)) + element(1081, number(4000)) + element(1215, number(1000))

    [said] = parse(raw_document(more=paid)).agreements

    assert (said.kind, said.ok) == ("arithmetic", holds)


def test_a_prepayment_is_known_as_one() -> None:
    assert parse(raw_document(raw_line(payment=1))).lines[0].payment is Payment.PREPAYMENT


def test_a_buyers_tax_number_leaves_only_that_there_is_one() -> None:
    receipt = parse(raw_document(more=element(1228, b"7810940284  ")))

    assert receipt.has_buyer_tax_number
    assert "7810940284" not in repr(receipt)


@pytest.mark.parametrize(("kind", "operation"), [(3, 2), (31, 1)])
def test_returns_and_corrections_are_no_sales(kind: int, operation: int) -> None:
    assert parse(raw_document(kind=kind, operation=operation)).operation is not Operation.SALE


@pytest.mark.parametrize(
    "content",
    [
        b"",
        raw_document()[:-1],
        raw_document() + b"\x00",
        raw_document(kind=5),
        raw_document(more=element(1020, b"\x01")),
        raw_document(more=b"\x01\x02\x03"),
        raw_document(raw_line(more=element(1023, b"\x0a\x01"))),
        raw_document(total=2**60),
    ],
)
def test_what_is_cut_doubled_or_beyond_its_range_is_refused(content: bytes) -> None:
    with pytest.raises(ReceiptMalformed):
        parse(content)


@given(st.integers(0, 200), st.integers(0, 255))
def test_any_byte_may_be_another_one(place: int, byte: int) -> None:
    content = bytearray(raw_document(raw_line()))
    content[place % len(content)] = byte
    try:
        parse(bytes(content))
    except ReceiptMalformed:
        return


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for wrapped in (content, element(3, content)):
        detect(wrapped)
        with pytest.raises(ReceiptMalformed):
            parse(wrapped)
