"""Tills: where a receipt stands among the others of its till, and whose key has signed it. Pure."""

from typing import Final, NamedTuple

from receipts.fiscal import austria, germany, kazakhstan, russia
from receipts.fiscal.frame import Receipt


class Place(NamedTuple):
    """A till, and the receipt's number in it where numbers grow with time."""

    point: str
    number: int | None = None


class Signer(NamedTuple):
    """Whoever signs for a till, as its format knows him."""

    format: str
    name: str


_SIGNED_BY: Final = {austria.CODE: "serial", germany.CODE: "client"}


def place_of(receipt: Receipt) -> Place:
    """The fiscal drive and the document's number in it; other countries' numbers are their shops' own choice."""
    said = receipt.numbers
    if receipt.format == russia.CODE:
        return Place(f"ru:{said['fn']}", int(said["i"]))
    if receipt.format == kazakhstan.CODE:
        return Place(f"kz:{said['f']}")
    if receipt.format == austria.CODE:
        return Place(f"at:{said['serial']}:{said['till']}")
    return Place(f"de:{said['key']}")


def signer_of(receipt: Receipt) -> Signer | None:
    """Whose key is asked for; None where nothing is signed for us."""
    by = _SIGNED_BY.get(receipt.format)
    return Signer(receipt.format, receipt.numbers[by]) if by else None


def links_of(receipt: Receipt) -> tuple[bytes, bytes] | tuple[None, None]:
    """By what a receipt names the one before it, and by what the next one names it, where tills chain them."""
    return austria.links_of(receipt) if receipt.format == austria.CODE else (None, None)
