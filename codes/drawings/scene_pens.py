"""Scene pens: a scene as PNG, SVG or a part of a PDF's page; the three of them draw the same."""

from collections.abc import Iterable, Mapping
from html import escape
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from codes.drawings import letters, reading, strokes
from codes.drawings.colours import rgb
from codes.drawings.letters import Font, Weight, file_of, font, width
from codes.drawings.pdf import Pdf
from codes.drawings.scenes import DOTS_IN_MM, Box, Dots, Scene, Text

# How far from a corner the handles of a curve stand that comes nearest to a quarter of a circle.
_HANDLE: Final = 0.5523
_MM_IN_INCH: Final = 25.4
_WEIGHTS: Final = {Weight.REGULAR: 400, Weight.SEMIBOLD: 600, Weight.BOLD: 700}


def prove(scene: Scene) -> Image.Image:
    """The scene in pixels, once every symbol on it reads back as its text; DrawingUnreadable, LettersUnknown."""
    letters.check("".join(item.text for item in scene.items if isinstance(item, Text)))
    drawn = _pixels(scene)
    reading.prove_all(drawn, scene.symbols)
    return drawn


def png(scene: Scene) -> bytes:
    """A picture of twelve dots a millimetre; DrawingUnreadable."""
    drawn, out = prove(scene), BytesIO()
    dots_an_inch = DOTS_IN_MM * _MM_IN_INCH
    drawn.save(out, "PNG", dpi=(dots_an_inch, dots_an_inch))
    return out.getvalue()


def svg(scene: Scene) -> bytes:
    """An outline that stays sharp at any size; DrawingUnreadable."""
    prove(scene)
    size = (
        f'width="{scene.width:.2f}mm" height="{scene.height:.2f}mm" viewBox="0 0 {scene.width:.2f} {scene.height:.2f}"'
    )
    drawn = "".join(_element(item) for item in scene.items)
    typeface = 'font-family="Source Sans Pro, Source Sans 3, Arial, sans-serif"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><g {typeface}>{drawn}</g></svg>\n'.encode()


def pdf(scene: Scene) -> bytes:
    """A document of one page as large as the scene; DrawingUnreadable."""
    prove(scene)
    fonts = fonts_of(scene)
    document = Pdf(width_mm=scene.width, height_mm=scene.height, fonts=fonts)
    return document.opening() + document.page(content(scene, fonts)) + document.closing()


def fonts_of(scene: Scene) -> dict[str, Font]:
    """The typefaces of a scene, each with the letters that it needs; LettersUnknown."""
    said: dict[Weight, list[str]] = {}
    for item in scene.items:
        if isinstance(item, Text):
            said.setdefault(item.weight, []).append(item.text)
    return {weight.name: font(weight, texts) for weight, texts in said.items()}


def content(scene: Scene, fonts: Mapping[str, Font], *, left: float = 0.0, bottom: float = 0.0) -> bytes:
    """A scene as a part of a page, from its lower left corner."""
    drawn = b"".join(_stroke(item, scene.height, fonts) for item in scene.items)
    return f"q 1 0 0 1 {left:.4f} {bottom:.4f} cm\n".encode() + drawn + b"Q\n"


def _pixels(scene: Scene) -> Image.Image:
    drawn = Image.new("RGB", (_dots(scene.width), _dots(scene.height)), "white")
    pen = ImageDraw.Draw(drawn)
    for item in scene.items:
        match item:
            case Box():
                left, top = _dots(item.left), _dots(item.top)
                drawn.paste(rgb(item.colour), (left, top), _box_mask(item))
            case Dots():
                size = _dots(item.width), _dots(item.height)
                mask = Image.fromarray(item.modules.astype(np.uint8) * 255).resize(size, Image.Resampling.NEAREST)
                drawn.paste(rgb(item.colour), (_dots(item.left), _dots(item.top)), mask)
            case Text():
                typeface = ImageFont.truetype(file_of(item.weight), size=item.size * DOTS_IN_MM)
                at = item.left * DOTS_IN_MM, item.base * DOTS_IN_MM
                pen.text(at, item.text, font=typeface, fill=rgb(item.colour), anchor="ls")
    return drawn


def _box_mask(box: Box) -> Image.Image:
    """How much of each pixel a box covers: all, none, or a part of it along a round corner."""
    wide, high, radius = _dots(box.width), _dots(box.height), box.radius * DOTS_IN_MM
    if not radius:
        return Image.new("L", (wide, high), 255)
    across, down = _beyond(wide, radius)[np.newaxis, :], _beyond(high, radius)[:, np.newaxis]
    outside = np.hypot(np.maximum(across, 0), np.maximum(down, 0)) - radius
    return Image.fromarray((np.clip(0.5 - outside, 0, 1) * 255).astype(np.uint8))


def _beyond(side: int, radius: float) -> NDArray[np.float32]:
    """For each pixel of a side how far it lies beyond the straight part."""
    middle = (side - 1) / 2
    beyond: NDArray[np.float32] = (np.abs(np.arange(side) - middle) - (side / 2 - radius)).astype(np.float32)
    return beyond


def _dots(length: float) -> int:
    return round(length * DOTS_IN_MM)


def _element(item: Box | Text | Dots) -> str:
    match item:
        case Box():
            size = f'x="{item.left:.3f}" y="{item.top:.3f}" width="{item.width:.3f}" height="{item.height:.3f}"'
            return f'<rect {size} rx="{item.radius:.3f}" fill="{item.colour}"/>'
        case Dots():
            rows, columns = item.modules.shape
            across, down = item.width / columns, item.height / rows
            moved = f"translate({item.left:.4f} {item.top:.4f}) scale({across:.6f} {down:.6f})"
            ink = f'fill="{item.colour}" shape-rendering="crispEdges"'
            return f'<path {ink} transform="{moved}" d="{_path(item.modules)}"/>'
        case Text():
            # Readers without this typeface take another; the text keeps its width.
            wide = width(item.text, item.weight) * item.size
            return (
                f'<text x="{item.left:.3f}" y="{item.base:.3f}" font-size="{item.size:.3f}" fill="{item.colour}"'
                f' font-weight="{_WEIGHTS[item.weight]}" textLength="{wide:.3f}" lengthAdjust="spacingAndGlyphs">'
                f"{escape(item.text)}</text>"
            )


def _path(modules: NDArray[Any]) -> str:
    """Modules as the outline of an SVG, each one unit wide and high."""
    return "".join(f"M{left} {top}h{length}v1h-{length}z" for left, top, length in strokes.runs(modules))


def _stroke(item: Box | Text | Dots, height: float, fonts: Mapping[str, Font]) -> bytes:
    ink = strokes.ink(item.colour)
    match item:
        case Box():
            return ink + _outline(item, height)
        case Dots():
            rows, columns = item.modules.shape
            turned = (
                f"q {item.width / columns:.6f} 0 0 {-item.height / rows:.6f} {item.left:.4f} {height - item.top:.4f} cm"
            )
            squares = " ".join(f"{column} {row} {length} 1 re" for column, row, length in strokes.runs(item.modules))
            return ink + f"{turned} {squares} f Q\n".encode()
        case Text():
            used = item.weight.name
            return ink + strokes.text(
                item.text, item.left, height - item.base, name=used, font=fonts[used], size_mm=item.size
            )


def _outline(box: Box, height: float) -> bytes:
    """A box by its four sides and, between them, its corners."""
    bottom = height - box.top - box.height
    if not box.radius:
        return strokes.area(box.left, bottom, width_mm=box.width, height_mm=box.height)
    right, top, radius = box.left + box.width, bottom + box.height, box.radius
    pull = radius * (1 - _HANDLE)
    moves: Iterable[tuple[str, tuple[float, ...]]] = (
        ("m", (box.left + radius, bottom)),
        ("l", (right - radius, bottom)),
        ("c", (right - pull, bottom, right, bottom + pull, right, bottom + radius)),
        ("l", (right, top - radius)),
        ("c", (right, top - pull, right - pull, top, right - radius, top)),
        ("l", (box.left + radius, top)),
        ("c", (box.left + pull, top, box.left, top - pull, box.left, top - radius)),
        ("l", (box.left, bottom + radius)),
        ("c", (box.left, bottom + pull, box.left + pull, bottom, box.left + radius, bottom)),
    )
    return " ".join(f"{' '.join(f'{value:.3f}' for value in at)} {verb}" for verb, at in moves).encode() + b" f\n"
