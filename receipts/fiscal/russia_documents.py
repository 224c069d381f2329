"""Russia, 54-FZ: the document behind a QR as JSON, in the envelopes and dialects in which it is handed on."""

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from receipts.fiscal import numbers, russia, russia_tlv
from receipts.fiscal.frame import Evidence, EvidenceKind, Operation, Receipt, ReceiptLine, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing
from receipts.fiscal.russia_goods import (
    GOODS,
    OPERATIONS,
    PAYMENTS,
    ROUNDING_MINOR,
    UNKNOWN_PAYMENT,
    agreements,
    in_line,
    tax_number,
)

DOCUMENT_BYTES_MAX: Final = 1 << 20
_OTHER_PAYMENTS: Final = ("prepaid", "credit", "provision")
_LINES_MAX: Final = 1_000
_DEPTH_MAX: Final = 6
_TOTAL_MINOR_MAX: Final = russia.SUM_MAX

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
_TIMES: Final = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y%m%dT%H%M%S",
    "%Y%m%dT%H%M",
)
_QR_MAX: Final = 1_000
_HAS_CLOCK: Final = frozenset({"qr", "query"})

# A document, and what the till's own clock may be read from beside it.
Found = tuple[dict[str, Any], Mapping[str, Any]]


def parse(content: bytes | str) -> list[Receipt]:
    """The receipts in a JSON document, each in whichever envelope it came. Raises ReceiptMalformed."""
    return [_receipt(document, beside) for document, beside in _all(_decoded(content))]


def parse_each(content: bytes | str) -> list[Receipt | ReceiptMalformed]:
    """The same, with what is wrong in the place of each that cannot be read; one of them spoils no other.

    Of a list every entry has its answer, also where it is no receipt; raises ReceiptMalformed where none is any.
    """
    entries = [list(_documents(entry, {}, 0)) for entry in _entries(_decoded(content))]
    if not any(entries):
        raise ReceiptMalformed(problem="no_receipt")
    return [
        answer
        for place, found in enumerate(entries)
        for answer in [_receipt_or_refusal(*one) for one in found] or [_no_receipt(place)]
    ]


def _entries(said: Any) -> list[Any]:
    """What a file lists: its own elements, or those of the one list that it wraps."""
    inner = said
    while isinstance(inner, dict) and len(inner) == 1:
        [inner] = inner.values()
    return inner if isinstance(inner, list) else [said]


def _no_receipt(place: int) -> ReceiptMalformed:
    return ReceiptMalformed(problem="no_receipt", entry=place)


def each_of(said: Any) -> list[Receipt | ReceiptMalformed]:
    """The same of JSON that is decoded already, however much it is."""
    return [_receipt_or_refusal(document, beside) for document, beside in _all(said)]


def _receipt_or_refusal(document: dict[str, Any], beside: Mapping[str, Any]) -> Receipt | ReceiptMalformed:
    try:
        return _receipt(document, beside)
    except ReceiptMalformed as refused:
        return refused


def _decoded(content: bytes | str) -> Any:
    if len(content) > DOCUMENT_BYTES_MAX:
        raise ReceiptMalformed(problem="too_large")
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ReceiptMalformed(problem="not_json") from None


def _all(said: Any) -> list[Found]:
    found = list(_documents(said, {}, 0))
    if not found:
        raise ReceiptMalformed(problem="no_receipt")
    return found


def verify(receipt: Receipt, keys: KeyRing) -> list[Evidence]:
    """What the QR of the same receipt would be judged by, the arithmetic of its lines, and whatever else agrees."""
    return [*russia.verify(receipt, keys), *arithmetic(receipt), *receipt.agreements]


def arithmetic(receipt: Receipt) -> Iterator[Evidence]:
    """Whether the lines come to the total: less than a rouble may be rounded away."""
    if receipt.lines:
        whole = sum(line.amount_minor for line in receipt.lines)
        holds = abs(whole - receipt.total_minor) < ROUNDING_MINOR
        yield Evidence(EvidenceKind.ARITHMETIC, holds, "" if holds else f"the lines come to {whole}")


def _documents(said: Any, beside: Mapping[str, Any], depth: int) -> Iterator[Found]:
    """Whatever looks like a receipt, or holds a raw one."""
    if depth > _DEPTH_MAX:
        return
    if isinstance(said, list):
        for one in said:
            yield from _documents(one, beside, depth + 1)
    elif isinstance(said, str):
        yield from _documents(_inside(said), beside, depth + 1)
    elif isinstance(said, dict):
        if "totalSum" in said and (isinstance(said.get("items"), list) or "fiscalDriveNumber" in said):
            yield said, said if _HAS_CLOCK & said.keys() else beside
            return
        beside, is_empty = said if _HAS_CLOCK & said.keys() else beside, True
        for inner in said.values():
            for one in _documents(inner, beside, depth + 1):
                is_empty = False
                yield one
        if is_empty and _raw(said) is not None:
            yield said, beside


def _inside(text: str) -> Any:
    """What a text holds that is JSON itself; services put one into the other."""
    try:
        return msgspec.json.decode(text) if text.lstrip()[:1] in {"{", "["} else None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _clock_in(said: Mapping[str, Any]) -> datetime | None:
    """The till's own clock as the code of a receipt says it, or a question about the receipt."""
    code, query = said.get("qr"), said.get("query")
    try:
        if isinstance(code, str) and len(code) <= _QR_MAX and russia.detect(code):
            return russia.parse(code).issued_at
        if isinstance(query, dict) and isinstance(query.get("date"), str):
            return numbers.moment(query["date"][:19], *_TIMES, field="date")
    except ReceiptMalformed:
        pass
    return None


def _receipt(document: dict[str, Any], beside: Mapping[str, Any]) -> Receipt:
    raw = _raw(document)
    if raw is not None and "totalSum" not in document:
        return raw
    drive = numbers.digits(_word(document, "fiscalDriveNumber"), field="fiscalDriveNumber", count=16)
    number = _number(document, "fiscalDocumentNumber", least=1, most=russia.UINT32_MAX)
    sign = _number(document, "fiscalSign", least=0, most=russia.UINT32_MAX)
    total_minor = _number(document, "totalSum", least=0, most=_TOTAL_MINOR_MAX)
    operation = OPERATIONS.get(_number(document, "operationType", least=1, most=4), Operation.OTHER)
    if _optional(document, "code", default=3) not in _RECEIPT_CODES:
        operation = Operation.OTHER
    lines, seller = (
        tuple(_line(item) for item in _items(document)),
        tax_number(_word(document, "userInn"), field="userInn"),
    )
    agreed = agreements(total_minor=total_minor, paid_minor=_paid_minor(document), lines=lines, seller=seller)
    receipt = Receipt(
        format=russia.CODE,
        identity=russia.identity(drive, number, sign),
        currency=russia.CURRENCY,
        total_minor=total_minor,
        issued_at=_issued_at(document, beside),
        operation=operation,
        numbers={"fn": drive, "i": str(number), "fp": str(sign)},
        lines=lines,
        seller=seller,
        has_buyer_tax_number=any(_word(document, name) for name in _NAMES["buyer"]),
        order=_order(document),
        is_test=drive.startswith(russia.TEST_DRIVE),
    )
    return msgspec.structs.replace(receipt, agreements=(*agreed, *_agrees(receipt, raw)))


def _items(document: Mapping[str, Any]) -> list[Any]:
    items = [] if document.get("items") is None else document["items"]
    if not isinstance(items, list) or len(items) > _LINES_MAX:
        raise ReceiptMalformed(field="items", problem="too_many" if isinstance(items, list) else "not_a_list")
    return items


def _raw(document: Mapping[str, Any]) -> Receipt | None:
    """The raw document beside its own JSON, where somebody has kept it."""
    said = document.get("rawData")
    try:
        return russia_tlv.parse(base64.b64decode(said)) if isinstance(said, str) else None
    except (ReceiptMalformed, ValueError):
        return None


def _agrees(receipt: Receipt, raw: Receipt | None) -> Iterator[Evidence]:
    if raw is not None:
        same = _gist(raw) == _gist(receipt)
        yield Evidence(EvidenceKind.CONSISTENT, same, "with the raw document beside it")


def _gist(receipt: Receipt) -> tuple[object, ...]:
    return receipt.identity, receipt.total_minor, receipt.operation, [line.amount_minor for line in receipt.lines]


def _paid_minor(document: Mapping[str, Any]) -> int | None:
    """What was paid in all ways together; None where the two usual ways are not both named."""
    usual = [_optional(document, name) for name in ("cashTotalSum", "ecashTotalSum")]
    if None in usual:
        return None
    return sum(paid or 0 for paid in (*usual, *(_optional(document, name) for name in _OTHER_PAYMENTS)))


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


def _issued_at(document: Mapping[str, Any], beside: Mapping[str, Any]) -> datetime | None:
    """The till's clock: as text, or as seconds counted as if it stood in Moscow."""
    said = document.get("localDateTime") or document.get("dateTime")
    if isinstance(said, str) and not said.isdecimal():
        return numbers.moment(said.strip()[:19], *_TIMES, field="dateTime")
    if (clock := _clock_in(beside)) is not None:
        return clock
    said = _optional(document, "dateTime")
    if said is not None and 0 < said < russia.UINT32_MAX:
        return datetime.fromtimestamp(said, UTC).replace(tzinfo=None) + _APP_OFFSET
    if document.get("dateTime") is None:
        return None
    raise ReceiptMalformed(field="dateTime", problem="not_a_time")


def _line(item: Any) -> ReceiptLine:
    if not isinstance(item, dict):
        raise ReceiptMalformed(field="items", problem="not_an_object")
    name = _text(item.get("name"))
    marked = in_line(item, name)
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
        seller=tax_number(_word(item, "providerInn"), field="providerInn"),
        is_goods=(_optional(item, "subject", default=1) or 1) in GOODS,
    )


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
    return numbers.plain(said[:2_000]) if isinstance(said, str) else ""
