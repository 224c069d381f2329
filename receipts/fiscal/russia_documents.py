"""Russia, 54-FZ: the document behind a QR as JSON, in the envelopes and dialects in which it is handed on."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from programs import gtin
from receipts.fiscal import marking, numbers, russia
from receipts.fiscal.frame import (
    Evidence,
    EvidenceKind,
    Operation,
    Payment,
    Receipt,
    ReceiptLine,
    ReceiptMalformed,
)
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.marking import Marking

DOCUMENT_BYTES_MAX: Final = 1 << 20
_LINES_MAX: Final = 1_000
_DEPTH_MAX: Final = 6
_TOTAL_MINOR_MAX: Final = russia.SUM_MAX

OPERATIONS: Final = {
    1: Operation.SALE,
    2: Operation.RETURN,
    3: Operation.EXPENSE,
    4: Operation.EXPENSE_RETURN,
}
PAYMENTS: Final = {
    1: Payment.PREPAYMENT,
    2: Payment.PREPAYMENT,
    3: Payment.ADVANCE,
    4: Payment.FULL,
    5: Payment.CREDIT,
    6: Payment.CREDIT,
    7: Payment.CREDIT_PAYMENT,
}
# Whatever is none of them is not known to be paid in full.
UNKNOWN_PAYMENT: Final = Payment.CREDIT
# Goods with and without excise, marked and not; what else stands on a receipt is work, a service or a payment.
GOODS: Final = frozenset({1, 2, 30, 31, 32, 33})
# The sum of the lines may be rounded away from the total by less than a rouble.
ROUNDING_MINOR: Final = 100

# The app of the tax service gives the till's own clock as if every till stood in Moscow.
_APP_OFFSET: Final = timedelta(hours=3)
_RECEIPT_CODES: Final = frozenset({3, 4})
_NAMES: Final = {
    "payment": ("paymentType", "calculationTypeSign"),
    "subject": ("productType", "calculationSubjectSign"),
    "prepaid": ("prepaidSum", "prepaymentSum"),
    "credit": ("creditSum", "postpaymentSum"),
    "provision": ("provisionSum", "counterSubmissionSum"),
    "code": ("code", "receiptCode"),
    "buyer": ("buyerInn", "customerInn"),
    "property": ("propertiesUser", "userProperty", "properties"),
}
_EAN_IN_NAME: Final = re.compile(r"(?<![0-9])[0-9]{13}(?![0-9])", re.ASCII)


def parse(content: bytes | str) -> list[Receipt]:
    """The receipts in a JSON document, each in whichever envelope it came. Raises ReceiptMalformed."""
    return [_receipt(document, envelope) for document, envelope in _all(content)]


def parse_each(content: bytes | str) -> list[Receipt | ReceiptMalformed]:
    """The same, with what is wrong in the place of each that cannot be read; one of them spoils no other."""
    return [_receipt_or_refusal(document, envelope) for document, envelope in _all(content)]


def _receipt_or_refusal(document: dict[str, Any], envelope: Mapping[str, Any]) -> Receipt | ReceiptMalformed:
    try:
        return _receipt(document, envelope)
    except ReceiptMalformed as refused:
        return refused


def _all(content: bytes | str) -> list[tuple[dict[str, Any], Mapping[str, Any]]]:
    if len(content) > DOCUMENT_BYTES_MAX:
        raise ReceiptMalformed(problem="too_large")
    try:
        said = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ReceiptMalformed(problem="not_json") from None
    found = list(_documents(said, {}, 0))
    if not found:
        raise ReceiptMalformed(problem="no_receipt")
    return found


def verify(receipt: Receipt, keys: KeyRing) -> list[Evidence]:
    """What the QR of the same receipt would be judged by, and the arithmetic of its lines."""
    return [*russia.verify(receipt, keys), *arithmetic(receipt)]


def arithmetic(receipt: Receipt) -> Iterator[Evidence]:
    """Whether the lines come to the total: less than a rouble may be rounded away."""
    if receipt.lines:
        whole = sum(line.amount_minor for line in receipt.lines)
        holds = abs(whole - receipt.total_minor) < ROUNDING_MINOR
        yield Evidence(EvidenceKind.ARITHMETIC, holds, "" if holds else f"the lines come to {whole}")


def _documents(
    said: Any, envelope: Mapping[str, Any], depth: int
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any]]]:
    """Whatever looks like a receipt, with what stood around it."""
    if depth > _DEPTH_MAX:
        return
    if isinstance(said, list):
        for one in said:
            yield from _documents(one, envelope, depth + 1)
    elif isinstance(said, dict):
        if isinstance(said.get("items"), list) and "totalSum" in said:
            yield said, {**envelope, **said}
            return
        for inner in said.values():
            if isinstance(inner, (dict, list)):
                yield from _documents(inner, {**envelope, **said}, depth + 1)


def _receipt(document: dict[str, Any], envelope: Mapping[str, Any]) -> Receipt:
    drive = numbers.digits(_word(document, "fiscalDriveNumber"), field="fiscalDriveNumber", count=16)
    number = _number(document, "fiscalDocumentNumber", least=1, most=russia.UINT32_MAX)
    sign = _number(document, "fiscalSign", least=0, most=russia.UINT32_MAX)
    operation = OPERATIONS.get(_number(document, "operationType", least=1, most=4), Operation.OTHER)
    if _optional(document, "code", default=3) not in _RECEIPT_CODES:
        operation = Operation.OTHER
    items = document["items"]
    if len(items) > _LINES_MAX:
        raise ReceiptMalformed(field="items", problem="too_many")
    return Receipt(
        format=russia.CODE,
        identity=russia.identity(drive, number, sign),
        currency=russia.CURRENCY,
        total_minor=_number(document, "totalSum", least=0, most=_TOTAL_MINOR_MAX),
        issued_at=_issued_at(document, envelope),
        operation=operation,
        numbers={"fn": drive, "i": str(number), "fp": str(sign)},
        lines=tuple(_line(item) for item in items),
        seller=_word(document, "userInn") or None,
        has_buyer_tax_number=any(_word(document, name) for name in _NAMES["buyer"]),
        order=_order(document),
        is_test=drive.startswith(russia.TEST_DRIVE),
    )


def _order(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """The order as the till prints it among the user's own properties (tag 1084), in whichever dialect."""
    for name in _NAMES["property"]:
        said = document.get(name)
        for one in said if isinstance(said, list) else [said]:
            if isinstance(one, dict):
                key, value = (_text(one.get("propertyName") or one.get("key")), one.get("propertyValue"))
                if found := numbers.order(key, _text(value if value is not None else one.get("value"))):
                    return found
    return None


def _issued_at(document: Mapping[str, Any], envelope: Mapping[str, Any]) -> datetime | None:
    """The till's clock: as text, or as seconds counted as if it stood in Moscow."""
    said = document.get("localDateTime") or document.get("dateTime")
    if isinstance(said, str):
        return numbers.moment(said[:19], "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", field="dateTime")
    qr = envelope.get("qr")
    if isinstance(qr, str) and russia.detect(qr):
        return russia.parse(qr).issued_at
    if isinstance(said, int) and not isinstance(said, bool) and 0 < said < russia.UINT32_MAX:
        return datetime.fromtimestamp(said, UTC).replace(tzinfo=None) + _APP_OFFSET
    if said is None:
        return None
    raise ReceiptMalformed(field="dateTime", problem="not_a_time")


def _line(item: Any) -> ReceiptLine:
    if not isinstance(item, dict):
        raise ReceiptMalformed(field="items", problem="not_an_object")
    name = _text(item.get("name"))
    marked = _marking(item, name)
    price = _optional(item, "price")
    return ReceiptLine(
        name=name,
        quantity=_quantity(item.get("quantity")),
        # The tax service writes -1 where there is none.
        price_minor=price if price is not None and price >= 0 else None,
        amount_minor=_number(item, "sum", least=0, most=_TOTAL_MINOR_MAX),
        gtin=marked.gtin if marked else None,
        serial=marked.serial if marked else None,
        payment=PAYMENTS.get(_optional(item, "payment", default=4) or 4, UNKNOWN_PAYMENT),
        seller=_word(item, "providerInn") or None,
        is_goods=(_optional(item, "subject", default=1) or 1) in GOODS,
    )


def _marking(item: Mapping[str, Any], name: str) -> Marking | None:
    """The goods' number in whichever of three generations of fields it stands, or printed in the name."""
    newest = item.get("productCodeNew")
    if isinstance(newest, dict):
        for code in newest.values():
            if isinstance(code, dict) and (found := _of_code(code)):
                return found
    older = item.get("productCodeData")
    if isinstance(older, dict) and (found := _of_code(older)):
        return found
    if found := _of_nomenclature(item.get("nomenclatureCode")):
        return found
    printed = (gtin.padded(number) for number in _EAN_IN_NAME.findall(name))
    number = next(filter(None, printed), None)
    return Marking(number) if number else None


def _of_code(code: Mapping[str, Any]) -> Marking | None:
    if found := marking.parse(_text(code.get("rawProductCode"))):
        return found
    said = code.get("gtin")
    if isinstance(said, bool) or not isinstance(said, (int, str)):
        return None
    # As a number it has lost its leading zeros.
    number = gtin.padded(str(said).strip().zfill(14)) if str(said).strip() else None
    return Marking(number, _text(code.get("sernum")) or None) if number else None


def _of_nomenclature(said: Any) -> Marking | None:
    """Bytes as hexadecimal text, with or without blanks; some write the code itself instead."""
    if not isinstance(said, str):
        return None
    try:
        return marking.of_nomenclature(bytes.fromhex(said))
    except ValueError:
        return marking.parse(said)


def _quantity(said: Any) -> Decimal | None:
    if isinstance(said, bool) or not isinstance(said, (int, float, str)):
        return None
    try:
        quantity = Decimal(str(said))
    except InvalidOperation:
        return None
    return quantity if quantity.is_finite() and 0 <= quantity < 10**9 else None


def _number(said: Mapping[str, Any], name: str, *, least: int, most: int) -> int:
    found = _optional(said, name)
    if found is None:
        raise ReceiptMalformed(field=name, problem="missing")
    if not least <= found <= most:
        raise ReceiptMalformed(field=name, problem="out_of_range")
    return found


def _optional(said: Mapping[str, Any], name: str, *, default: int | None = None) -> int | None:
    """A whole number under any of its names; floats that hold one are taken, nothing else is."""
    for alias in _NAMES.get(name, (name,)):
        found = said.get(alias)
        if isinstance(found, str) and found.strip().isascii() and found.strip().isdigit() and len(found) < 20:
            return int(found)
        if isinstance(found, float) and found.is_integer() and abs(found) < 2**53:
            return int(found)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
    return default


def _word(said: Mapping[str, Any], name: str) -> str:
    """A number that is a name; tills pad it with blanks."""
    found = said.get(name)
    return str(found).strip() if isinstance(found, (str, int)) and not isinstance(found, bool) else ""


def _text(said: Any) -> str:
    return said[:2_000] if isinstance(said, str) else ""
