"""Pictures: one code as PNG, SVG or PDF, with its text beneath, in the maker's colours."""

from collections.abc import Callable
from enum import StrEnum
from io import BytesIO
from typing import Annotated, Final

from msgspec import Meta, Struct
from PIL import Image, ImageDraw, ImageFont

from codes.alphabet import grouped
from codes.drawings import reading, strokes
from codes.drawings.colours import BLACK_ON_WHITE, Ink, rgb
from codes.drawings.letters import Weight, file_of, font, width
from codes.drawings.pdf import Pdf
from codes.drawings.symbols import Symbol

# Of the text, in modules: how far it may reach into the quiet zone's columns, and its lines' distance.
_OVERHANG: Final = 2
_LEADING: Final = 1.25
_GROUPS_A_LINE: Final = 2


class Format(StrEnum):
    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


MEDIA_TYPES: Final = {Format.PNG: "image/png", Format.SVG: "image/svg+xml", Format.PDF: "application/pdf"}


class Look(Struct, frozen=True):
    """How large a module is, on paper and in pixels, and the colours; the quiet zone is always four modules."""

    module_mm: Annotated[float, Meta(ge=0.4, le=10)] = 0.5
    module_pixels: Annotated[int, Meta(ge=2, le=40)] = 10
    ink: Ink = BLACK_ON_WHITE
    # Whether the code stands beneath in letters.
    text: bool = True


class _Frame(Struct, frozen=True):
    """The picture in modules: its sides, and the lines of text with their size and base lines from above."""

    width: float
    height: float
    letters: float
    lines: list[tuple[str, float]]


def draw(symbol: Symbol, code: str, *, look: Look, format: Format) -> bytes:  # noqa: A002 - as everybody calls it.
    """The symbol of a code, once it reads back in these colours; WeakContrast, DrawingUnreadable."""
    reading.prove(symbol, ink=look.ink)
    return _PENS[format](symbol, _frame(symbol, code if look.text else ""), look)


def _frame(symbol: Symbol, code: str) -> _Frame:
    rows, columns = symbol.modules.shape
    groups = grouped(code).split()
    lines = [" ".join(groups[at : at + _GROUPS_A_LINE]) for at in range(0, len(groups), _GROUPS_A_LINE)]
    widest = max((width(line, Weight.SEMIBOLD) for line in lines), default=1)
    letters = (columns + 2 * _OVERHANG) / widest
    top = rows + 2 * symbol.quiet
    placed = [(line, top + letters * (0.75 + _LEADING * number)) for number, line in enumerate(lines)]
    under = letters * _LEADING * len(lines) + symbol.quiet / 2 if lines else 0
    return _Frame(columns + 2 * symbol.quiet, top + under, letters, placed)


def _png(symbol: Symbol, frame: _Frame, look: Look) -> bytes:
    scale = look.module_pixels
    drawn = Image.new("RGB", (round(frame.width * scale), round(frame.height * scale)), rgb(look.ink.light))
    drawn.paste(reading.picture(symbol, ink=look.ink, module_pixels=scale))
    pen = ImageDraw.Draw(drawn)
    letters = ImageFont.truetype(file_of(Weight.SEMIBOLD), size=frame.letters * scale)
    for line, base in frame.lines:
        pen.text((frame.width * scale / 2, base * scale), line, font=letters, fill=rgb(look.ink.dark), anchor="ms")
    # A symbol that lost its text to letters would be handed out unread.
    reading.prove_picture(drawn, symbol)
    out = BytesIO()
    dots_an_inch = scale / look.module_mm * 25.4
    drawn.save(out, "PNG", dpi=(dots_an_inch, dots_an_inch), optimize=True)
    return out.getvalue()


def _svg(symbol: Symbol, frame: _Frame, look: Look) -> bytes:
    path = "".join(
        f"M{left + symbol.quiet} {top + symbol.quiet}h{length}v1h-{length}z"
        for left, top, length in strokes.runs(symbol.modules)
    )
    size = f'width="{frame.width * look.module_mm:.2f}mm" height="{frame.height * look.module_mm:.2f}mm"'
    # Readers without this typeface take another; the text keeps its width.
    letters = "".join(
        f'<text x="{frame.width / 2:g}" y="{base:.2f}" textLength="{width(line, Weight.SEMIBOLD) * frame.letters:.2f}"'
        f' lengthAdjust="spacingAndGlyphs">{line}</text>'
        for line, base in frame.lines
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {frame.width:g} {frame.height:.2f}">'
        f'<rect width="100%" height="100%" fill="{look.ink.light}"/><g fill="{look.ink.dark}">'
        f'<path shape-rendering="crispEdges" d="{path}"/>'
        f'<g font-family="Source Sans Pro, Arial, sans-serif" font-weight="600" font-size="{frame.letters:.2f}"'
        f' text-anchor="middle">{letters}</g></g></svg>\n'
    ).encode()


def _pdf(symbol: Symbol, frame: _Frame, look: Look) -> bytes:
    scale = look.module_mm
    width_mm, height_mm = frame.width * scale, frame.height * scale
    used = font(Weight.SEMIBOLD, [line for line, _ in frame.lines])
    content = strokes.ink(look.ink.light) + strokes.area(0, 0, width_mm=width_mm, height_mm=height_mm)
    content += strokes.ink(look.ink.dark)
    content += strokes.squares(symbol.modules, symbol.quiet * scale, height_mm - symbol.quiet * scale, module_mm=scale)
    for line, base in frame.lines:
        left = strokes.centred(line, Weight.SEMIBOLD, size_mm=frame.letters * scale, middle=width_mm / 2)
        content += strokes.text(
            line, left, height_mm - base * scale, name="C", font=used, size_mm=frame.letters * scale
        )
    document = Pdf(width_mm=width_mm, height_mm=height_mm, fonts={"C": used})
    return document.opening() + document.page(content) + document.closing()


_PENS: Final[dict[Format, Callable[[Symbol, _Frame, Look], bytes]]] = {
    Format.PNG: _png,
    Format.SVG: _svg,
    Format.PDF: _pdf,
}
