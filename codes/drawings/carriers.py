"""Carriers: what stands before a code in its symbol, so that a phone or a till knows where to take it. Pure."""

from enum import StrEnum

from core.refusals import Conflict


class Carrier(StrEnum):
    """The bare code, the address of its page, or the address that a till reads a GTIN and a serial number from."""

    PLAIN = "plain"
    URL = "url"
    DIGITAL_LINK = "digital_link"


class GtinMissing(Conflict):
    slug = "gtin_missing"
    title = "The product has no GTIN to print"


def prefix(carrier: Carrier, *, origin: str, gtin: str | None) -> str:
    """All of a symbol's text but the code at its end. GtinMissing.

    It is in capitals, which a QR packs half as wide again, and which schemes and hosts read like small letters.
    """
    if carrier is Carrier.PLAIN:
        return ""
    if carrier is Carrier.URL:
        return f"{origin.upper()}/C/"
    if gtin is None:
        raise GtinMissing
    return f"{origin.upper()}/01/{gtin}/21/"
