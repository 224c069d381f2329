"""Slips: pictures of receipts with everything that may be printed beside their code."""

from collections.abc import Sequence

from PIL import Image

from tests.photos import Formats, label, saved, sheet
from tests.receipts.purchases import GTIN, code

PROMO = "HTTPS://MAKER.EXAMPLE/P/BARSUK"
PACKAGING = "8WBJF619H3AR21V2"
PAYMENT = "https://qr.nspk.example/AS10003P3RH0LJ2A9ROO038L6NT5RU1M?type=01"
MARKING = f"01{GTIN}215LKh'o\x1d93abcd"
EVIL = "javascript:alert(1)\0"


def slip(*texts: str, receipt: str | None = None) -> bytes:
    """A JPEG of a receipt with these codes above its own."""
    return saved(slip_picture([*texts, receipt or code()]))


def slip_picture(texts: Sequence[str]) -> Image.Image:
    """The same before it is a file: one code below the other, a marking as its DataMatrix."""
    symbols = [label(text, Formats.DataMatrix if text == MARKING else Formats.QRCode) for text in texts]
    return sheet(symbols, columns=1)
