"""Kazakhstan: the address in a receipt's QR, whichever operator of fiscal data it leads to."""

import re
from html import unescape
from typing import Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from receipts.fiscal import numbers
from receipts.fiscal.frame import Evidence, EvidenceKind, FiscalFormat, Operation, Receipt, ReceiptMalformed
from receipts.fiscal.keyring import KeyRing

CODE: Final = "kz"
CURRENCY: Final = "KZT"

_WHOLLY_ESCAPED: Final = re.compile(r"https?%3A%2F%2F", re.IGNORECASE | re.ASCII)
# Each operator's domain; a till may name any host in it, and some are for trying things out.
_DOMAINS: Final = ("oofd.kz", "kofd.kz", "wofd.kz", "ofd1.kz", "4ek.kz")
_LIVE: Final = frozenset(
    {"consumer.oofd.kz", "consumer.kofd.kz", "cabinet.kofd.kz", "cabinet.wofd.kz", "ofd1.kz", "www.ofd1.kz", "4ek.kz"}
)
_SIGN_MAX: Final = 10**13 - 1
_FIELDS: Final = frozenset({"i", "f", "s", "t", "d"})
_TIMES: Final = (
    "%Y%m%dT%H%M%S",
    "%Y%m%dT%H%M",
    "%Y%m%d%H%M%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%d.%m.%YT%H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
)


def detect(text: str) -> bool:
    host = _address(text).hostname
    return host is not None and any(host == domain or host.endswith(f".{domain}") for domain in _DOMAINS)


def parse(text: str) -> Receipt:
    """A receipt from its address; the newer spelling says `d` where the older one says `t`."""
    address = _address(text)
    fields: dict[str, str] = {}
    for spelled, value in parse_qsl(address.query, keep_blank_values=True):
        name = spelled.strip().lower()
        if name in fields and name in _FIELDS:
            raise ReceiptMalformed(field=name, problem="twice")
        fields[name] = value.strip()
    for name in ("i", "f", "s"):
        if name not in fields:
            raise ReceiptMalformed(field=name, problem="missing")
    said_at = (fields.get("t") or fields.get("d") or "").upper()
    till = numbers.digits(fields["f"], field="f", count=12)
    sign = numbers.whole(fields["i"], field="i", least=1, most=_SIGN_MAX)
    return Receipt(
        format=CODE,
        identity=f"{CODE}:{till}:{sign}",
        currency=CURRENCY,
        total_minor=numbers.minor(fields["s"], field="s"),
        issued_at=numbers.moment(said_at, *_TIMES, field="t"),
        operation=Operation.SALE,
        numbers={"f": till, "i": str(sign), "operator": _operator(address)},
        is_test=address.hostname not in _LIVE,
    )


def verify(receipt: Receipt, _keys: KeyRing) -> list[Evidence]:
    """Nothing is signed for us: the numbers are in their ranges, and the host is one that real tills name."""
    if receipt.is_test:
        return [Evidence(EvidenceKind.TEST_DEVICE, ok=False, detail="a host for trying tills out")]
    return [Evidence(EvidenceKind.RANGE, ok=True)]


def _operator(address: SplitResult) -> str:
    """Whose the receipt is among the operators, by the domain: the host itself is never asked."""
    host = address.hostname or ""
    return next((domain for domain in _DOMAINS if host == domain or host.endswith(f".{domain}")), "")


def _address(text: str) -> SplitResult:
    plain = unescape(text.strip()).replace("\\u0026", "&")
    if _WHOLLY_ESCAPED.match(plain):
        plain = unquote(plain)
    if "://" not in plain:
        plain = f"//{plain}"
    try:
        address = urlsplit(plain)
        # A port that is no number is found out only when it is asked for.
        _ = address.port
    except ValueError:
        return urlsplit("")
    return address


FORMAT = FiscalFormat(CODE, CURRENCY, detect, parse, verify)
