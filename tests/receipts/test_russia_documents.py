import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.fiscal import russia_tlv
from receipts.fiscal.frame import Operation, Payment, Receipt, ReceiptMalformed, judged
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.russia_documents import arithmetic, parse, verify
from tests.receipts.conftest import Counted
from tests.receipts.made import raw_document, raw_line
from tests.receipts.samples import files, needs_samples

ITEM = {"name": "Котёл Огонь 24", "price": 5_803_00, "quantity": 1, "sum": 5_803_00, "paymentType": 4, "productType": 1}
DOCUMENT: dict[str, Any] = {
    "fiscalDriveNumber": "7384440300007971",
    "fiscalDocumentNumber": 141637,
    "fiscalSign": 4087570038,
    "operationType": 1,
    "totalSum": 580300,
    "dateTime": "2026-03-20T23:03:00",
    "userInn": "7825706086  ",
    "operator": "Иванова",
    "buyerPhoneOrAddress": "buyer@example.com",
    "items": [ITEM],
}


def read(document: object) -> Receipt:
    [receipt] = parse(json.dumps(document))
    return receipt


def line_with(**fields: object) -> Any:
    return read(DOCUMENT | {"items": [ITEM | fields]}).lines[0]


@pytest.mark.parametrize(
    "envelope",
    [
        lambda document: document,
        lambda document: {"document": {"receipt": document}},
        lambda document: {"ticket": {"document": {"receipt": document}}, "status": 2},
        lambda document: {"code": 1, "data": {"json": document, "html": ""}},
        lambda document: [{"ticket": {"document": {"receipt": document}}}],
        lambda document: {"code": 1, "data": {"json": json.dumps(document)}},
        lambda document: {"document": {"bso": document | {"code": 4}}},
    ],
    ids=["bare", "document", "ticket", "data", "list", "text", "strict form"],
)
def test_a_document_is_found_in_each_envelope(envelope: Any) -> None:
    receipt = read(envelope(DOCUMENT))

    assert receipt.identity == "ru:7384440300007971:141637:4087570038"
    assert (receipt.total_minor, receipt.seller, len(receipt.lines)) == (580_300, "7825706086", 1)


def test_an_export_of_many_receipts_is_read_whole() -> None:
    assert len(parse(json.dumps([DOCUMENT, DOCUMENT | {"fiscalDocumentNumber": 2}]))) == 2


def test_nobodys_name_or_contact_gets_past_the_door() -> None:
    kept = repr(read(DOCUMENT | {"buyerInn": "7810940284"}))

    assert read(DOCUMENT | {"buyerInn": "7810940284"}).has_buyer_tax_number
    assert not any(secret in kept for secret in ("Иванова", "example.com", "7810940284"))


@pytest.mark.parametrize(
    ("fields", "issued"),
    [
        ({}, "2026-03-20T23:03"),
        ({"dateTime": 1594314480}, "2020-07-09T20:08"),
        ({"dateTime": "1594314480"}, "2020-07-09T20:08"),
        ({"dateTime": 1594314480, "qr": "t=20200709T2208&s=1.00&fn=7384440300007971&i=1&fp=1&n=1"}, "2020-07-09T22:08"),
        ({"dateTime": 1594314480, "query": {"date": "2020-07-09T22:08"}}, "2020-07-09T22:08"),
        ({"dateTime": "20.03.2026 23:03"}, "2026-03-20T23:03"),
        ({"dateTime": "2026-03-20 23:03:00"}, "2026-03-20T23:03"),
        ({"dateTime": "2026-03-20T23:03:00+07:00"}, "2026-03-20T23:03"),
        ({"dateTime": 1675535220, "localDateTime": "2023-02-04T21:27"}, "2023-02-04T21:27"),
    ],
)
def test_the_tills_clock_is_read_in_each_spelling(fields: dict[str, object], issued: str) -> None:
    assert read(DOCUMENT | fields).issued_at == datetime.fromisoformat(issued)


@pytest.mark.parametrize(
    "fields",
    [
        {"productCodeNew": {"gs1m": {"gtin": "04605035006964", "sernum": "5OoyE8qxeIOn>", "rawProductCode": ""}}},
        {"productCodeData": {"gtin": 4605035006964, "sernum": "5OoyE8qxeIOn>"}},
        {"productCodeData": {"rawProductCode": "0104605035006964215OoyE8qxeIOn>"}},
        {"productCodeNew": {"gs10": {"rawProductCode": "0104605035006964215OoyE8qxeIOn>"}}},
        {"nomenclatureCode": {"gtin": "4605035006964", "sernum": "5OoyE8qxeIOn>"}},
        {"nomenclatureCode": "RE0EMDF5y/Q1T295RThxeGVJT24+"},
        {"productCode": "0104605035006964215OoyE8qxeIOn>\u001d93abcd"},
        {"nomenclatureCode": "44 4D 04 30 31 79 CB F4 35 4F 6F 79 45 38 71 78 65 49 4F 6E 3E"},
    ],
)
def test_three_generations_of_codes_name_the_same_piece(fields: dict[str, object]) -> None:
    line = line_with(**fields)

    assert (line.gtin, line.serial) == ("04605035006964", "5OoyE8qxeIOn>")


@pytest.mark.parametrize(
    ("fields", "gtin", "serial"),
    [
        ({"productCodeNew": {"ean13": {"rawProductCode": "4605035006964"}}}, "04605035006964", None),
        ({"productCodeNew": {"ean8": {"gtin": "46198488"}}}, "00000046198488", None),
        ({"productCodeNew": {"itf14": {"gtin": "14605035006961"}}}, "14605035006961", None),
        (
            {"productCodeNew": {"short": {"rawProductCode": "00000046198488X?io+qCABm8wAYa"}}},
            "00000046198488",
            "X?io+qC",
        ),
        ({"productCodeNew": {"fur": {"rawProductCode": "RU-430301-AAA0000001"}}}, None, None),
        ({"nomenclatureCode": "490E" + (14605035006961).to_bytes(6).hex()}, "14605035006961", None),
        ({"nomenclatureCode": "00000000"}, None, None),
        ({"productCodeDataError": "not supported product type 3", "name": "Чай 4605035006964"}, "04605035006964", None),
    ],
)
def test_goods_without_a_marking_have_their_number(fields: Any, gtin: str | None, serial: str | None) -> None:
    line = line_with(**fields)

    assert (line.gtin, line.serial) == (gtin, serial)


@pytest.mark.parametrize(
    ("fields", "failed"),
    [
        ({"cashTotalSum": 100_00, "ecashTotalSum": 5_703_00}, []),
        ({"cashTotalSum": 100_00, "ecashTotalSum": 703_00, "prepaymentSum": 5_000_00}, []),
        ({"cashTotalSum": 100_00, "ecashTotalSum": 5_704_00}, ["arithmetic"]),
        ({"cashTotalSum": 0, "ecashTotalSum": 0}, []),
        ({"ecashTotalSum": 1}, []),
        ({"userInn": "7825706087"}, ["seller"]),
        ({"userInn": "500100732259"}, []),
        ({"items": [ITEM | {"price": 5_000_00}]}, ["price"]),
        ({"items": [ITEM | {"price": -1, "quantity": -1}]}, []),
        ({"rawData": base64.b64encode(raw_document()).decode()}, ["consistent"]),
    ],
)
def test_a_document_agrees_with_itself(fields: dict[str, object], failed: list[str]) -> None:
    found = judged(receipt := read(DOCUMENT | fields), verify(receipt, KeyRing()))

    assert [one.kind for one in found.evidence if not one.ok] == failed
    # A wrong price or number is worth a look; sums that contradict each other are no receipt.
    assert (found.refusal is not None) is (failed in [["arithmetic"], ["consistent"]])


def test_the_raw_document_is_read_where_its_json_is_missing_and_believed_where_both_agree() -> None:
    raw = raw_document(raw_line())
    said = {"rawData": base64.b64encode(raw).decode()}
    same = {
        "fiscalDriveNumber": "9251440300109733",
        "fiscalDocumentNumber": 96304,
        "fiscalSign": 3341119416,
        "totalSum": 5500,
        "items": [ITEM | {"sum": 5500, "price": 5500}],
    }

    both = read(DOCUMENT | same | said)

    assert read({"data": {"json": said}}) == russia_tlv.parse(raw)
    assert [one.ok for one in both.agreements if one.kind == "consistent"] == [True]


def test_what_cannot_be_printed_gets_no_further() -> None:
    line = line_with(name="Ко\0тёл\u202e", productCodeData={"gtin": 4605035006964, "sernum": "a\0b"})

    assert (line.name, line.serial) == ("Ко тёл", "a b")


def test_a_number_printed_in_the_name_is_found_where_it_checks() -> None:
    assert line_with(name="Котёл 4605035006964 белый").gtin == "04605035006964"
    assert line_with(name="Котёл 4605035006965 белый").gtin is None


@pytest.mark.parametrize(
    ("fields", "payment"),
    [
        ({"paymentType": 1}, Payment.PREPAYMENT),
        ({"paymentType": None, "calculationTypeSign": 7}, Payment.CREDIT_PAYMENT),
        ({"paymentType": None}, Payment.FULL),
    ],
)
def test_a_line_says_how_it_was_settled(fields: dict[str, object], payment: Payment) -> None:
    assert line_with(**fields).payment is payment


def test_a_service_is_no_goods() -> None:
    assert line_with(productType=33).is_goods
    assert not line_with(productType=4).is_goods


@pytest.mark.parametrize(("total", "holds"), [(580_300, True), (580_201, True), (580_200, False), (580_400, False)])
def test_lines_come_to_the_total_but_for_less_than_a_rouble(total: int, *, holds: bool) -> None:
    [said] = arithmetic(read(DOCUMENT | {"totalSum": total}))

    assert said.ok is holds


@pytest.mark.parametrize(
    "fields",
    [
        {"fiscalDriveNumber": "1"},
        {"fiscalDocumentNumber": 0},
        {"fiscalSign": 2**32},
        {"operationType": 5},
        {"totalSum": -1},
        {"totalSum": None},
        {"dateTime": "yesterday"},
        {"dateTime": True},
        {"items": ["a"]},
        {"items": {}},
        {"items": [ITEM] * 1_001},
        {"userInn": "7" * 13},
        {"items": [ITEM | {"providerInn": "7" * 13}]},
        {"items": [ITEM | {"sum": "1e3"}]},
        {"items": [ITEM | {"sum": float("nan")}]},
    ],
)
def test_a_document_that_contradicts_the_rules_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ReceiptMalformed):
        read(DOCUMENT | fields)


def test_a_correction_is_no_sale() -> None:
    assert read(DOCUMENT | {"code": 31}).operation is Operation.OTHER


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([*DOCUMENT, "localDateTime", "qr", "code", "buyerInn"]), json_values)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: object) -> None:
    try:
        read(DOCUMENT | {field: value})
    except ReceiptMalformed:
        return


@given(st.sampled_from([*ITEM, "productCodeNew", "productCodeData", "nomenclatureCode", "providerInn"]), json_values)
def test_any_value_in_any_field_of_a_line_is_read_or_refused(field: str, value: object) -> None:
    try:
        line_with(**{field: value})
    except ReceiptMalformed:
        return


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ReceiptMalformed):
        parse(content)


def test_brackets_without_end_are_refused() -> None:
    with pytest.raises(ReceiptMalformed):
        parse("[" * 100_000)


@needs_samples
def test_every_document_of_the_samples_is_read_and_adds_up(counted: Counted) -> None:
    found = [receipt for file in files("ru/receipts/*.json") for receipt in parse(file.read_bytes())]
    for receipt in found:
        assert judged(receipt, verify(receipt, KeyRing())).refusal is None, receipt.identity
    counted("ru", "documents", len(found))


@needs_samples
def test_raw_documents_of_the_samples_say_what_their_json_says(counted: Counted) -> None:
    count = 0
    for file in files("ru/receipts/*.json"):
        for raw in raw_documents(json.loads(file.read_text())):
            [said] = parse(file.read_bytes())
            receipt = russia_tlv.parse(base64.b64decode(raw))
            assert (receipt.identity, receipt.total_minor, receipt.issued_at) == (
                said.identity,
                said.total_minor,
                said.issued_at,
            )
            assert [(line.name, line.quantity, line.amount_minor) for line in receipt.lines] == [
                (line.name.strip(), line.quantity, line.amount_minor) for line in said.lines
            ]
            count += 1
    counted("ru", "raw documents", count)
    assert count


def raw_documents(said: object) -> Iterator[str]:
    if isinstance(said, dict):
        if isinstance(said.get("rawData"), str):
            yield said["rawData"]
        for inner in said.values():
            yield from raw_documents(inner)
    elif isinstance(said, list):
        for inner in said:
            yield from raw_documents(inner)
