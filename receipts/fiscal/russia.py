"""Russia, 54-FZ: the QR of a receipt in all its spellings, and the fields behind it typed by hand.

The fiscal sign is a code that only the tax service can check, so a QR alone is never more than plausible.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Final
from urllib.parse import parse_qsl

from receipts.fiscal import numbers
from receipts.fiscal.frame import Evidence, EvidenceKind, FiscalFormat, Operation, Receipt, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing

CODE: Final = "ru"
CURRENCY: Final = "RUB"

UINT32_MAX: Final = 2**32 - 1
SUM_MAX: Final = 2**48 - 1
FIRST_RECEIPTS: Final = datetime(2016, 7, 1)  # noqa: DTZ001 - a till's clock has no zone.
TEST_DRIVE: Final = "9999"

_FIELDS: Final = ("t", "s", "fn", "i", "fp", "n")
_DRIVE: Final = re.compile(r"(?:^|[?&\s])fn=", re.ASCII)
_BESIDE: Final = re.compile(r"(?:^|[?&\s])(?:t|s|i|fp|n)=", re.ASCII)
_OPERATIONS: Final = {
    "1": Operation.SALE,
    "2": Operation.RETURN,
    "3": Operation.EXPENSE,
    "4": Operation.EXPENSE_RETURN,
}
# When drives of a series were met: what lies far outside deserves a look.
_SERIES: Final = {
    "8710": ("2017-04", "2019-06"),
    "9251": ("2019-01", "2020-08"),
    "9280": ("2019-04", "2021-10"),
    "9281": ("2019-04", "2021-10"),
    "9282": ("2019-04", "2021-10"),
    "9283": ("2019-04", "2021-10"),
    "9284": ("2019-04", "2021-10"),
    "9285": ("2019-04", "2021-10"),
    "9286": ("2019-04", "2021-10"),
    "9287": ("2019-04", "2021-10"),
    "9288": ("2019-04", "2021-10"),
    "9289": ("2019-04", "2021-10"),
    "9960": ("2021-05", "2024-12"),
    "9961": ("2021-05", "2024-12"),
    "7281": ("2023-03", "2024-11"),
    "7380": ("2024-07", "2026-09"),
    "7384": ("2024-07", "2026-09"),
}
# A drive works for a year or more before and after the receipts that were seen.
_SERIES_MARGIN: Final = timedelta(days=366)
# Documents are numbered from one in each drive, signs are random: a small sign beside a huge number was read askew.
_DOCUMENTS_LIKELY_MAX: Final = 5_000_000


def detect(text: str) -> bool:
    """A drive and one more of the six: other countries' tills have an `fn` as well."""
    plain = unescape(text)
    return _DRIVE.search(plain) is not None and _BESIDE.search(plain) is not None


def parse(text: str) -> Receipt:
    """A receipt from its QR, or from a link that ends with it."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(_query(text), keep_blank_values=True):
        if name in _FIELDS:
            if name in fields:
                raise ReceiptMalformed(field=name, problem="twice")
            fields[name] = value
    return from_fields(fields)


def from_fields(fields: dict[str, str]) -> Receipt:
    """A receipt from `t s fn i fp n` as they are printed on it; ReceiptMalformed names the field that is wrong."""
    for name in _FIELDS:
        if name not in fields:
            raise ReceiptMalformed(field=name, problem="missing")
    issued_at = numbers.moment(fields["t"].upper(), "%Y%m%dT%H%M", "%Y%m%dT%H%M%S", field="t")
    drive = numbers.digits(fields["fn"], field="fn", count=16)
    document = numbers.whole(fields["i"], field="i", least=1, most=UINT32_MAX)
    sign = numbers.whole(fields["fp"], field="fp", least=1, most=UINT32_MAX)
    if fields["n"] not in _OPERATIONS:
        raise ReceiptMalformed(field="n", problem="out_of_range")
    return Receipt(
        format=CODE,
        identity=identity(drive, document, sign),
        currency=CURRENCY,
        total_minor=numbers.minor(fields["s"], field="s", most=SUM_MAX),
        issued_at=issued_at,
        operation=_OPERATIONS[fields["n"]],
        numbers={"fn": drive, "i": str(document), "fp": str(sign)},
        is_test=drive.startswith(TEST_DRIVE),
    )


def identity(drive: str, document: int, sign: int) -> str:
    """What makes a receipt one: its fiscal drive, its number in it, and its sign."""
    return f"{CODE}:{drive}:{document}:{sign}"


def verify(receipt: Receipt, _keys: KeyRing) -> list[Evidence]:
    """What can be said without the tax service: ranges, the series of the drive, numbers that were swapped."""
    return list(_evidence(receipt))


def _evidence(receipt: Receipt) -> Iterator[Evidence]:
    early = receipt.issued_at is not None and receipt.issued_at < FIRST_RECEIPTS
    yield Evidence(EvidenceKind.RANGE, not early, "before the first receipts of this kind" if early else "")
    if receipt.is_test:
        yield Evidence(EvidenceKind.TEST_DEVICE, ok=False, detail="a fiscal drive for trying tills out")
    series = receipt.numbers["fn"][:4]
    if series in _SERIES and receipt.issued_at is not None:
        first, last = (datetime.fromisoformat(f"{month}-01") for month in _SERIES[series])
        near = first - _SERIES_MARGIN <= receipt.issued_at <= last + _SERIES_MARGIN
        yield Evidence(EvidenceKind.SERIES, near, f"drives {series}… were met {' to '.join(_SERIES[series])}")
    document, sign = int(receipt.numbers["i"]), int(receipt.numbers["fp"])
    if document > _DOCUMENTS_LIKELY_MAX and sign <= _DOCUMENTS_LIKELY_MAX:
        yield Evidence(EvidenceKind.ORDER, ok=False, detail="i and fp may stand in each other's place")


def _query(text: str) -> str:
    plain = unescape(text).strip()
    if "?" in plain:
        plain = plain.partition("?")[2]
    return plain.partition("#")[0].strip()


FORMAT = FiscalFormat(CODE, CURRENCY, detect, parse, verify)
