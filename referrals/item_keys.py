"""Item keys: by what a purchase is recognised, whatever proves it; texts stand in them as an HMAC, never in clear."""

from core import keys

_PURPOSE = "item key"
MARKING = "gtin+serial"
CODE = "code"
ORDER = "order"


def hasher() -> keys.Hash:
    """What hashes the texts of items; the same text has the same hash for as long as the installation lives."""
    return keys.hasher(_PURPOSE)


def named(kind: str, text: str) -> bytes:
    """What is hashed of an item: its kind is in it, so that no marking meets a maker's own code."""
    return f"{kind}:{text}".encode()


def key_of(kind: str, digest: bytes) -> str:
    """The item key of what has this hash."""
    return f"{kind}:{digest.hex()}"


def of_marking(gtin: str, serial: str) -> str:
    """The item key of a marked item: the GTIN as 14 digits and the serial number, without the tail that proves them."""
    return key_of(MARKING, hasher()(named(MARKING, gtin + serial)))


def of_order(shop_code: str, order_ref: str) -> str:
    """The item key of a shop's order: the shop by the maker's own code for it, and the till's reference."""
    return key_of(ORDER, hasher()(named(ORDER, f"{shop_code}/{order_ref}")))
