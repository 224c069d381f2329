"""Reading back: what a decoder does not read as it was meant is not handed out."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import zxingcpp
from PIL import Image
from zxingcpp import BarcodeFormat, BarcodeFormats

from codes.drawings.colours import Ink, check, rgb
from codes.drawings.symbols import Kind, Symbol
from core.refusals import DomainError

_FORMATS: Final = {
    Kind.QR: BarcodeFormat.QRCode,
    Kind.DATA_MATRIX: BarcodeFormat.DataMatrix,
    Kind.BARS: BarcodeFormat.Code128,
    Kind.EAN_13: BarcodeFormat.EAN13,
    Kind.CODE_128: BarcodeFormat.Code128,
}
_MODULE_PIXELS: Final = 4
_BAR_PIXELS: Final = 60


class DrawingUnreadable(DomainError):
    slug = "drawing_unreadable"
    title = "The drawing does not read as the code it was made of"
    status = 500


def prove(symbol: Symbol, *, ink: Ink) -> None:
    """WeakContrast or DrawingUnreadable unless the symbol reads as its text in these colours."""
    check(ink)
    prove_picture(picture(symbol, ink=ink, module_pixels=_MODULE_PIXELS), symbol)


def prove_picture(drawn: Image.Image, symbol: Symbol) -> None:
    """DrawingUnreadable unless the one symbol on a picture reads as its text."""
    found = zxingcpp.read_barcodes(drawn.convert("RGB"), formats=BarcodeFormats(_FORMATS[symbol.kind]))
    if [one.text for one in found] != [symbol.text]:
        raise DrawingUnreadable


def prove_all(drawn: Image.Image, symbols: Sequence[Symbol]) -> None:
    """DrawingUnreadable unless the symbols on a picture are these and read as their texts."""
    formats = [_FORMATS[kind] for kind in {symbol.kind for symbol in symbols}]
    found = zxingcpp.read_barcodes(drawn.convert("RGB"), formats=BarcodeFormats(formats))
    if sorted(one.text for one in found) != sorted(symbol.text for symbol in symbols):
        raise DrawingUnreadable


def picture(symbol: Symbol, *, ink: Ink, module_pixels: int) -> Image.Image:
    """The symbol with its quiet zone, each module so many pixels."""
    modules = symbol.modules.repeat(_BAR_PIXELS, axis=0) if symbol.is_bars else symbol.modules
    height = 1 if symbol.is_bars else module_pixels
    padded = np.pad(modules.repeat(height, axis=0).repeat(module_pixels, axis=1), symbol.quiet * module_pixels)
    drawn = Image.fromarray(padded.astype(np.uint8), mode="P")
    drawn.putpalette([*rgb(ink.light), *rgb(ink.dark)])
    return drawn
