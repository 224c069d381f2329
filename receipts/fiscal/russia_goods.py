"""Russia, 54-FZ: what documents of all generations have in common: words, codes of goods, sums that have to agree."""

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from programs import gtin
from receipts.fiscal import marking, numbers
from receipts.fiscal.frame import Evidence, EvidenceKind, Operation, Payment, ReceiptLine, ReceiptMalformed
from receipts.fiscal.marking import Marking

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

_NEWEST, _OLDER = "productCodeNew", "productCodeData"
_OLDEST: Final = ("nomenclatureCode", "productCode")
_SERIAL_MAX: Final = 200
_TAX_NUMBER_MAX: Final = 12
_TAX_WEIGHTS: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def in_line(item: Mapping[str, Any], name: str) -> Marking | None:
    """The goods' number in whichever of three generations of fields it stands, or printed in the name."""
    newest = item.get(_NEWEST)
    codes = [*newest.values()] if isinstance(newest, dict) else []
    for code in (*codes, item.get(_OLDER), *(item.get(field) for field in _OLDEST)):
        if found := _of_mapping(code) if isinstance(code, dict) else _of_text(code):
            return found
    return marking.in_name(name)


def agreements(
    *, total_minor: int, paid_minor: int | None, lines: Sequence[ReceiptLine], seller: str | None
) -> Iterator[Evidence]:
    """What a document has to agree on with itself, besides its lines and its total."""
    if paid_minor:
        holds = paid_minor == total_minor
        yield Evidence(EvidenceKind.ARITHMETIC, holds, f"the payments come to {paid_minor}")
    odd = [line.name for line in lines if not _is_priced(line)]
    if odd:
        yield Evidence(EvidenceKind.PRICE, ok=False, detail=f"price and quantity do not make the amount of: {odd[0]}")
    if seller and not is_tax_number(seller):
        yield Evidence(EvidenceKind.SELLER, ok=False, detail="the seller's tax number does not check")


def is_tax_number(text: str) -> bool:
    """Whether the last digits of a tax number check the others: one of ten, two of twelve."""
    if not (text.isascii() and text.isdigit()) or len(text) not in {10, 12}:
        return False
    return all(
        sum(int(digit) * weight for digit, weight in zip(text, _TAX_WEIGHTS[-count:], strict=False)) % 11 % 10
        == int(text[count])
        for count in ([9] if len(text) == 10 else [10, 11])
    )


def tax_number(text: str, *, field: str) -> str | None:
    """A tax number as a document has it, padded with blanks or left out; whether it checks is told elsewhere."""
    number = numbers.plain(text)
    if len(number) > _TAX_NUMBER_MAX:
        raise ReceiptMalformed(field=field, problem="not_a_tax_number")
    return number or None


def _is_priced(line: ReceiptLine) -> bool:
    if line.price_minor is None or not line.quantity:
        return True
    return abs(line.price_minor * line.quantity - line.amount_minor) < ROUNDING_MINOR


def _of_mapping(code: Mapping[str, Any]) -> Marking | None:
    raw = code.get("rawProductCode")
    if isinstance(raw, str) and (found := marking.parse(raw)):
        return found
    number, serial = _padded(code.get("gtin")), code.get("sernum")
    if number is not None:
        return Marking(number, numbers.plain(serial[:_SERIAL_MAX]) or None if isinstance(serial, str) else None)
    return marking.bare(raw) if isinstance(raw, str) else None


def _padded(said: object) -> str | None:
    """A GTIN as text, or as a number, which has lost its leading zeros."""
    if isinstance(said, bool) or not isinstance(said, (int, str)) or (isinstance(said, int) and said >= 10**14):
        return None
    text = str(said).strip()
    return gtin.padded(text.zfill(14)) if text.strip("0") else None


def _of_text(said: object) -> Marking | None:
    """Bytes as hexadecimal or base64, with or without blanks; some write the code itself instead."""
    if not isinstance(said, str):
        return None
    text = said[:2_000].strip()
    for unpacked in (bytes.fromhex, _from_base64):
        try:
            if found := marking.of_nomenclature(unpacked(text)):
                return found
        except ValueError:
            continue
    return marking.parse(text) or marking.bare(text)


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
