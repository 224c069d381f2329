"""Russia, 54-FZ: the QR of a receipt in all its spellings, and the fields behind it typed by hand.

The fiscal sign is a code that only the tax service can check, so a QR alone is never more than plausible.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from html import unescape
from typing import Final
from urllib.parse import unquote

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
_FIELD: Final = re.compile(r"(?:^|[?&=#;\s\"'<(])(t|s|fn|i|fp|n)\s*=\s*([^?&#;\s\"'<>)]*)", re.IGNORECASE | re.ASCII)
_PRINTED_TIME: Final = re.compile(r"[0-9]{2}\.[0-9.]+ [0-9:]+|[0-9]{4}-.+", re.ASCII)
_PRINTED_TIMES: Final = (
    "%d.%m.%y %H:%M",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S",
)
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
    names = {name for name, _ in _said(text)}
    return "fn" in names and len(names) > 1


def parse(text: str) -> Receipt:
    """A receipt from its QR, or from a link or a sentence that has it inside."""
    fields: dict[str, str] = {}
    for name, value in _said(text):
        if name in fields:
            raise ReceiptMalformed(field=name, problem="twice")
        fields[name] = value
    return from_fields(fields)


def typed(fields: Mapping[str, str]) -> Receipt:
    """A receipt from the same six as a person types them: with blanks between digits, and the time as it is printed."""
    plain = {name: value if name == "t" else "".join(value.split()) for name, value in fields.items()}
    said_at = " ".join(plain.get("t", "").split())
    if _PRINTED_TIME.fullmatch(said_at):
        plain["t"] = f"{numbers.moment(said_at, *_PRINTED_TIMES, field='t'):%Y%m%dT%H%M%S}"
    return from_fields(plain | ({"t": plain["t"].strip()} if "t" in plain else {}))


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


def _said(text: str) -> list[tuple[str, str]]:
    """Those of the six that a text holds, whatever programs have done to the marks between them on its way."""
    plain = text
    # A link inside a link is written in this way twice.
    for _ in range(2):
        plain = unquote(unescape(plain.replace("\\u0026", "&")))
    return [(name.lower(), value) for name, value in _FIELD.findall(plain)]


FORMAT = FiscalFormat(CODE, CURRENCY, detect, parse, verify)
