"""Russia, 54-FZ: the raw document of a fiscal drive, nested tags with lengths (FFD, little-endian, CP866)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from receipts.fiscal import marking, numbers, russia
from receipts.fiscal.frame import Operation, Payment, Receipt, ReceiptLine, ReceiptMalformed
from receipts.fiscal.marking import Marking
from receipts.fiscal.russia_goods import GOODS, OPERATIONS, PAYMENTS, UNKNOWN_PAYMENT, agreements, tax_number

DOCUMENT_BYTES_MAX: Final = 1 << 16

_RECEIPT, _STRICT_FORM = 3, 4
_CORRECTION, _STRICT_FORM_CORRECTION = 31, 41
_KINDS: Final = frozenset({_RECEIPT, _STRICT_FORM, _CORRECTION, _STRICT_FORM_CORRECTION})
_HEAD_BYTES: Final = 4

_ISSUED_AT, _SELLER, _TOTAL, _PROVIDER, _BUYER = 1012, 1018, 1020, 1226, 1228
_QUANTITY, _NAME, _DOCUMENT, _DRIVE, _AMOUNT = 1023, 1030, 1040, 1041, 1043
_OPERATION, _LINE, _SIGN, _PRICE = 1054, 1059, 1077, 1079
_CASH, _ECASH, _OTHER_PAYMENTS = 1031, 1081, (1215, 1216, 1217)
_CODE_OF_GOODS, _CODES_OF_GOODS, _SUBJECT, _PAYMENT = 1162, 1163, 1212, 1214
_PROPERTY, _PROPERTY_NAME, _PROPERTY_VALUE = 1084, 1085, 1086
# Generations of codes inside 1163; most are text as it is printed.
_CODES: Final = range(1300, 1310)

Tags = dict[int, list[bytes]]


def detect(content: bytes) -> bool:
    """Whether the bytes begin with a document that is as long as it says."""
    kind, size = int.from_bytes(content[:2], "little"), int.from_bytes(content[2:4], "little")
    return kind in _KINDS and len(content) == size + _HEAD_BYTES


def is_meant(content: bytes) -> bool:
    """Whether the bytes begin as a document does, which no text can."""
    return content[1:2] == b"\0" and content[0] in _KINDS and len(content) > _HEAD_BYTES


def is_whole(content: bytes) -> bool:
    """Whether the first document is there to its end."""
    return len(content) >= _HEAD_BYTES + int.from_bytes(content[2:_HEAD_BYTES], "little")


def several(content: bytes) -> list[bytes]:
    """The documents of a drive that stand one behind the other, the last one cut where the bytes are."""
    found, place = [], 0
    while place < len(content):
        end = place + _HEAD_BYTES + int.from_bytes(content[place + 2 : place + _HEAD_BYTES], "little")
        found.append(content[place:end])
        place = end
    return found


def parse(content: bytes) -> Receipt:
    """A receipt from its raw document; contacts and names in it are passed over. Raises ReceiptMalformed."""
    if len(content) > DOCUMENT_BYTES_MAX or not detect(content):
        raise ReceiptMalformed(problem="no_receipt")
    kind = int.from_bytes(content[:2], "little")
    tags = _tags(content[_HEAD_BYTES:])
    drive = numbers.digits(_text(tags, _DRIVE), field="1041", count=16)
    document, sign = _whole(tags, _DOCUMENT), _sign(_one(tags, _SIGN))
    if document < 1:
        raise ReceiptMalformed(field="1040", problem="out_of_range")
    operation = OPERATIONS.get(_whole(tags, _OPERATION), Operation.OTHER)
    total_minor, seller = _whole(tags, _TOTAL), tax_number(_text(tags, _SELLER), field="1018")
    lines = tuple(_line(_tags(item)) for item in tags.get(_LINE, []))
    agreed = agreements(total_minor=total_minor, paid_minor=_paid_minor(tags), lines=lines, seller=seller)
    return Receipt(
        format=russia.CODE,
        identity=russia.identity(drive, document, sign),
        currency=russia.CURRENCY,
        total_minor=total_minor,
        issued_at=datetime.fromtimestamp(_whole(tags, _ISSUED_AT, size=4), UTC).replace(tzinfo=None),
        operation=operation if kind in {_RECEIPT, _STRICT_FORM} else Operation.OTHER,
        numbers={"fn": drive, "i": str(document), "fp": str(sign)},
        lines=lines,
        seller=seller,
        has_buyer_tax_number=_BUYER in tags,
        order=_order(tags),
        is_test=drive.startswith(russia.TEST_DRIVE),
        agreements=tuple(agreed),
    )


def _paid_minor(tags: Tags) -> int | None:
    if not {_CASH, _ECASH} <= tags.keys():
        return None
    return sum(_whole(tags, tag) for tag in (_CASH, _ECASH, *_OTHER_PAYMENTS) if tag in tags)


def _order(tags: Tags) -> tuple[str, str] | None:
    for content in tags.get(_PROPERTY, []):
        said = _tags(content)
        if found := numbers.order(_text(said, _PROPERTY_NAME), _text(said, _PROPERTY_VALUE)):
            return found
    return None


def _line(tags: Tags) -> ReceiptLine:
    marked = _marking(tags)
    return ReceiptLine(
        name=_text(tags, _NAME),
        quantity=_decimal(_one(tags, _QUANTITY)) if _QUANTITY in tags else None,
        price_minor=_whole(tags, _PRICE) if _PRICE in tags else None,
        amount_minor=_whole(tags, _AMOUNT),
        gtin=marked.gtin if marked else None,
        serial=marked.serial if marked else None,
        payment=PAYMENTS.get(_whole(tags, _PAYMENT), UNKNOWN_PAYMENT) if _PAYMENT in tags else Payment.FULL,
        seller=tax_number(_text(tags, _PROVIDER), field="1226"),
        is_goods=_whole(tags, _SUBJECT) in GOODS if _SUBJECT in tags else True,
    )


def _marking(tags: Tags) -> Marking | None:
    for code in tags.get(_CODE_OF_GOODS, []):
        if found := marking.of_nomenclature(code):
            return found
    for codes in tags.get(_CODES_OF_GOODS, []):
        for tag, contents in _tags(codes).items():
            for code in contents if tag in _CODES else ():
                text = code.decode("cp866")
                if found := marking.parse(text) or marking.of_nomenclature(code) or marking.bare(text):
                    return found
    return marking.in_name(_text(tags, _NAME))


def _tags(content: bytes) -> Tags:
    tags: Tags = {}
    for tag, value in _elements(content):
        tags.setdefault(tag, []).append(value)
    return tags


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(content):
        tag, size = (int.from_bytes(content[at : at + 2], "little") for at in (place, place + 2))
        place += _HEAD_BYTES
        if place + size > len(content):
            raise ReceiptMalformed(field=str(tag), problem="too_short")
        yield tag, content[place : place + size]
        place += size


def _one(tags: Tags, tag: int) -> bytes:
    values = tags.get(tag, [])
    if len(values) != 1:
        raise ReceiptMalformed(field=str(tag), problem="twice" if values else "missing")
    return values[0]


def _whole(tags: Tags, tag: int, *, size: int = 8) -> int:
    value = _one(tags, tag)
    if not 1 <= len(value) <= size:
        raise ReceiptMalformed(field=str(tag), problem="length")
    number = int.from_bytes(value, "little")
    if number > russia.SUM_MAX:
        raise ReceiptMalformed(field=str(tag), problem="out_of_range")
    return number


def _sign(value: bytes) -> int:
    """Two bytes of its own and four of the sign, the only number with the most significant byte first."""
    if len(value) != 6:
        raise ReceiptMalformed(field=str(_SIGN), problem="length")
    return int.from_bytes(value[2:])


def _decimal(value: bytes) -> Decimal:
    """How many decimals, then the digits."""
    if not 2 <= len(value) <= 9 or value[0] > 9:
        raise ReceiptMalformed(field=str(_QUANTITY), problem="length")
    return Decimal(int.from_bytes(value[1:], "little")).scaleb(-value[0])


def _text(tags: Tags, tag: int) -> str:
    return numbers.plain(_one(tags, tag).decode("cp866")) if tag in tags else ""
