"""Paper: drawings as somebody holds them, rendered to pixels and read back by a decoder."""

import random
from collections.abc import Iterable

import pypdfium2
import zxingcpp
from PIL import Image

from codes.alphabet import ALPHABET
from codes.drawings.templates import Template
from codes.lines import lines
from codes.packaging_code import BatchKey, Role, SeriesKey

DOTS_AN_INCH = 300
KEY = BatchKey(SeriesKey(8, b"series key 16 by"), 5, b"batch key of 16b")
FORMATS = [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.DataMatrix, zxingcpp.BarcodeFormat.Code128]


def chunks(count: int, *, first: int = 0) -> list[bytes]:
    """The printed lines of so many indexes of a batch."""
    return list(lines(KEY, role=Role.INNER, start=first, stop=first + count, placeholders=False))


def texts(some: Iterable[bytes]) -> list[str]:
    return b"".join(some).decode().split()


def random_codes(count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return ["".join(chance.choices(ALPHABET, k=16)) for _ in range(count)]


def rendered(pdf: bytes, dots_an_inch: int = DOTS_AN_INCH) -> list[Image.Image]:
    """Each page as pixels."""
    return [page.render(scale=dots_an_inch / 72).to_pil() for page in pypdfium2.PdfDocument(pdf)]


def sizes_mm(pdf: bytes) -> list[tuple[float, float]]:
    """How wide and high each page is."""
    sizes = (page.get_size() for page in pypdfium2.PdfDocument(pdf))
    return [(round(width / 72 * 25.4, 2), round(height / 72 * 25.4, 2)) for width, height in sizes]


def said(pdf: bytes) -> list[str]:
    """Each page's text, as a reader would copy it."""
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


def read(picture: Image.Image) -> list[str]:
    """What a decoder finds on a picture."""
    return [found.text for found in _found(picture)]


def read_labels(pdf: bytes, template: Template) -> list[str]:
    """What each label of a PDF says, label by label, page by page."""
    return [text for page in rendered(pdf) for _, text in sorted(_placed(page, template))]


def _found(picture: Image.Image) -> list[zxingcpp.Barcode]:
    # The library counts what lives longer than the interpreter, so nothing of its own stays in the module.
    return zxingcpp.read_barcodes(picture.convert("RGB"), formats=zxingcpp.BarcodeFormats(FORMATS))


def _placed(page: Image.Image, template: Template) -> Iterable[tuple[int, str]]:
    for found in _found(page):
        left, top = found.position.top_left.x, found.position.top_left.y
        yield (
            _label_at(left * 25.4 / DOTS_AN_INCH, template.page_mm[1] - top * 25.4 / DOTS_AN_INCH, template),
            found.text,
        )


def _label_at(x_mm: float, y_mm: float, template: Template) -> int:
    for place in range(template.count):
        left, bottom = template.corner(place)
        if left <= x_mm <= left + template.label_mm[0] and bottom <= y_mm <= bottom + template.label_mm[1]:
            return place
    raise AssertionError(f"a symbol begins on no label: {x_mm:.1f}, {y_mm:.1f}")
