"""Quotations: the codes and certificates that JSON of services, tills and samples holds among other things."""

from collections.abc import Iterator
from typing import Any, Final

from cryptography import x509

from receipts.fiscal import kazakhstan
from receipts.fiscal.certificates import certificate
from receipts.fiscal.registry import format_of

# The names under which files of samples and answers of services hold the text of a code.
_NAMES: Final = frozenset({"qr", "url", "qrraw", "ticketUrl", "TicketUrl"})
# What else is called a code is a number of an answer, unless it is as long as a marking.
_CODE, _MARKING_MIN = "code", 19
_DEPTH_MAX: Final = 6
_CHAIN_MAX: Final = 10


def codes_in(said: Any) -> Iterator[str]:
    """The texts of codes in decoded JSON: those under a code's name, and whatever is one by its look."""
    yield from _codes(said, 0)


def certificates_in(said: Any) -> Iterator[tuple[x509.Certificate, list[x509.Certificate]]]:
    """The certificates with which an Austrian till has exported its receipts, and those of whoever issued them."""
    groups = said.get("Belege-Gruppe") if isinstance(said, dict) else None
    for group in groups if isinstance(groups, list) else ():
        if isinstance(group, dict):
            above = group.get("Zertifizierungsstellen")
            chain = [_certificate(one) for one in (above[:_CHAIN_MAX] if isinstance(above, list) else ())]
            own = _certificate(group.get("Signaturzertifikat"))
            if own is not None:
                yield own, [one for one in chain if one is not None]


def _codes(said: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH_MAX:
        return
    if isinstance(said, str):
        if depth and _is_one(said):
            yield said
    elif isinstance(said, list):
        for one in said:
            yield from _codes(one, depth + 1)
    elif isinstance(said, dict):
        named = [one for name, one in said.items() if isinstance(one, str) and one and _is_named(name, one)]
        yield from named
        # What stands beside a code that is called one says where it is from, and what it was before.
        for one in said.values():
            if not (named and isinstance(one, str)):
                yield from _codes(one, depth + 1)


def _is_named(name: str, text: str) -> bool:
    return name in _NAMES or (name == _CODE and len(text) >= _MARKING_MIN)


def _is_one(text: str) -> bool:
    """By its look; the bare name of an operator's host leads to no receipt."""
    meant = format_of(text)
    return meant is not None and (meant.code != kazakhstan.CODE or "?" in text)


def _certificate(said: object) -> x509.Certificate | None:
    try:
        return certificate(said) if isinstance(said, str) and said else None
    except ValueError:
        return None
