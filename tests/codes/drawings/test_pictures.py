import re
import xml.etree.ElementTree as ET
from io import BytesIO

import pytest
from PIL import Image

from codes.drawings.colours import Ink, WeakContrast
from codes.drawings.pictures import Format, Look, draw
from codes.drawings.symbols import Kind, symbol
from tests.codes.drawings.paper import read, rendered, said

CODE = "8WBJF619H3AR21VM"
SYMBOLS = [(Kind.QR, "HTTPS://N.EXAMPLE/C/"), (Kind.QR, ""), (Kind.DATA_MATRIX, "")]
BLUE = Look(ink=Ink("#003A70", "#FFF4E0"))


def drawn(kind: Kind, prefix: str, format: Format, look: Look = BLUE) -> bytes:  # noqa: A002 - it is one.
    return draw(symbol(kind, prefix + CODE), CODE, look=look, format=format)


@pytest.mark.parametrize(("kind", "prefix"), SYMBOLS)
def test_a_png_reads_as_its_code_and_has_its_colours(kind: Kind, prefix: str) -> None:
    picture = Image.open(BytesIO(drawn(kind, prefix, Format.PNG)))

    assert read(picture) == [prefix + CODE]
    assert picture.getpixel((1, 1)) == (0xFF, 0xF4, 0xE0)
    assert picture.getpixel((45, 45)) == (0x00, 0x3A, 0x70)


def test_a_png_knows_how_wide_a_module_is_on_paper() -> None:
    picture = Image.open(BytesIO(drawn(Kind.QR, "", Format.PNG, Look(module_mm=0.508, module_pixels=6))))

    assert picture.width == 6 * (21 + 8)
    assert round(picture.info["dpi"][0]) == 300


@pytest.mark.parametrize(("kind", "prefix"), SYMBOLS)
def test_a_pdf_reads_as_its_code_and_its_text_can_be_copied(kind: Kind, prefix: str) -> None:
    pdf = drawn(kind, prefix, Format.PDF)

    [page] = rendered(pdf)

    assert read(page) == [prefix + CODE]
    assert said(pdf)[0].split() == ["8WBJ", "F619", "H3AR", "21VM"]


@pytest.mark.parametrize(("kind", "prefix"), SYMBOLS)
def test_an_svg_draws_the_same_modules(kind: Kind, prefix: str) -> None:
    svg = ET.fromstring(drawn(kind, prefix, Format.SVG))  # noqa: S314 - our own.

    modules = symbol(kind, prefix + CODE).modules
    path = next(part.get("d", "") for part in svg.iter("{http://www.w3.org/2000/svg}path"))
    texts = [part.text for part in svg.iter("{http://www.w3.org/2000/svg}text")]

    assert svg.get("width") == f"{(len(modules) + 8) * 0.5:.2f}mm"
    assert _filled(path, len(modules)) == modules.tolist()
    assert texts == ["8WBJ F619", "H3AR 21VM"]


@pytest.mark.parametrize("format", Format)
def test_the_text_may_be_left_out(format: Format) -> None:  # noqa: A002 - it is one.
    assert len(drawn(Kind.QR, "", format, Look(text=False))) < len(drawn(Kind.QR, "", format, Look()))


@pytest.mark.parametrize("format", Format)
def test_a_picture_that_nobody_could_read_is_refused(format: Format) -> None:  # noqa: A002 - it is one.
    with pytest.raises(WeakContrast):
        drawn(Kind.QR, "", format, Look(ink=Ink("#FFFFFF", "#000000")))


def _filled(path: str, side: int) -> list[list[bool]]:
    """The modules that a path of runs covers."""
    rows = [[False] * side for _ in range(side)]
    for run in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", path):
        left, top, length = (int(number) for number in run)
        rows[top - 4][left - 4 : left - 4 + length] = [True] * length
    return rows
