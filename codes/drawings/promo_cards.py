"""Promo cards: business cards with an agent's code, ten on a sheet of A4 between crop marks."""

from collections.abc import Iterator
from typing import Final

from codes.drawings import scene_pens, strokes
from codes.drawings.letters import Weight
from codes.drawings.pdf import Pdf
from codes.drawings.promo_parts import PromoPrint, joined, offer_told, placed_ean, placed_qr
from codes.drawings.scenes import Box, Item, Pen, Scene, paragraph

WIDTH_MM: Final = 85.0
HEIGHT_MM: Final = 55.0
_SHEET_MM: Final = (210.0, 297.0)
COLUMNS, ROWS = 2, 5
_LEFT: Final = (_SHEET_MM[0] - COLUMNS * WIDTH_MM) / 2
_BOTTOM: Final = (_SHEET_MM[1] - ROWS * HEIGHT_MM) / 2

# Colour reaches over the outermost cuts; the marks begin behind it, as thin as a blade.
_BLEED_MM: Final = 2.0
_MARK_MM: Final = 4.0
_MARK_GAP_MM: Final = 3.0
_HAIR_MM: Final = 0.1

_EDGE: Final = 3.0
_BAND: Final = 22.0
_QR_ROOM: Final = 27.0


def card(about: PromoPrint) -> Scene:
    """One card. LabelTooSmall."""
    qr = placed_qr(
        about.qr(),
        left=WIDTH_MM - _EDGE - _QR_ROOM + 1,
        top=_EDGE + _BAND + 1,
        room=_QR_ROOM,
        colour=about.dark,
    )
    ean = placed_ean(about.ean(), left=_EDGE - 1, top=39.5, width_max=40.0, height=9.0, colour=about.dark)
    items: list[Item] = [Box(0, 0, WIDTH_MM, HEIGHT_MM, about.light), *_band(about), *_code(about)]
    return Scene(WIDTH_MM, HEIGHT_MM, (*items, *qr.items, *ean.items), (qr.symbol, ean.symbol))


def sheet(about: PromoPrint) -> bytes:
    """Ten cards as a PDF, to be printed at its own size and cut. LabelTooSmall, LettersUnknown, DrawingUnreadable."""
    scene = card(about)
    scene_pens.prove(scene)
    fonts = scene_pens.fonts_of(scene)
    drawn = strokes.ink(about.light) + strokes.area(
        _LEFT - _BLEED_MM,
        _BOTTOM - _BLEED_MM,
        width_mm=COLUMNS * WIDTH_MM + 2 * _BLEED_MM,
        height_mm=ROWS * HEIGHT_MM + 2 * _BLEED_MM,
    )
    for place in range(COLUMNS * ROWS):
        row, column = divmod(place, COLUMNS)
        drawn += scene_pens.content(scene, fonts, left=_LEFT + column * WIDTH_MM, bottom=_BOTTOM + row * HEIGHT_MM)
    document = Pdf(width_mm=_SHEET_MM[0], height_mm=_SHEET_MM[1], fonts=fonts)
    marks = strokes.ink("#000000") + b"".join(_crop_marks())
    return document.opening() + document.page(drawn + marks) + document.closing()


def _band(about: PromoPrint) -> Iterator[Item]:
    """Whose offer it is and what it says."""
    inner = WIDTH_MM - 2 * _EDGE
    yield Box(_EDGE, _EDGE, inner, _BAND, about.dark, 2.5)
    bold, semibold, plain = (Pen(weight, about.light) for weight in (Weight.BOLD, Weight.SEMIBOLD, Weight.REGULAR))
    left = _EDGE + 3.5
    yield semibold.titled(about.offer.maker, base=_EDGE + 5, width_max=inner - 7, size_max=3.0, left=left)
    size = bold.fitted(about.offer.headline, width_max=33, size_max=11)
    yield bold.line(about.offer.headline, base=_EDGE + 13.6 + size * 0.15, size=size, left=left)
    told_left = left + 36
    room = WIDTH_MM - _EDGE - 3 - told_left
    told = offer_told(about, width_max=room, height_max=13.4, size_max=3.3, size_min=1.6)
    yield from told.placed(top=_EDGE + 6.2 + (12 - told.height) / 2, left=told_left)
    terms = paragraph(
        joined(about.offer.validity, about.offer.shops) or about.offer.more_terms or " ",
        plain,
        width_max=inner - 7,
        height_max=3.4,
        size_max=2.3,
        size_min=1.3,
    )
    yield from terms.placed(top=_EDGE + _BAND - 3.6, left=left)


def _code(about: PromoPrint) -> Iterator[Item]:
    pen = Pen(Weight.BOLD, about.dark)
    room = WIDTH_MM - 2 * _EDGE - _QR_ROOM - 2
    yield Pen(Weight.REGULAR, about.soft).line(about.words.code, base=28.2, size=2.6, left=_EDGE + 0.5)
    size = pen.fitted(about.text, width_max=room, size_max=8.6)
    yield pen.line(about.text, base=36.6, size=size, left=_EDGE + 0.4)


def _crop_marks() -> Iterator[bytes]:
    """A hair at both ends of every cut."""
    far_right, far_top = _LEFT + COLUMNS * WIDTH_MM, _BOTTOM + ROWS * HEIGHT_MM
    for column in range(COLUMNS + 1):
        at = _LEFT + column * WIDTH_MM - _HAIR_MM / 2
        for bottom in (_BOTTOM - _MARK_GAP_MM - _MARK_MM, far_top + _MARK_GAP_MM):
            yield strokes.area(at, bottom, width_mm=_HAIR_MM, height_mm=_MARK_MM)
    for row in range(ROWS + 1):
        at = _BOTTOM + row * HEIGHT_MM - _HAIR_MM / 2
        for left in (_LEFT - _MARK_GAP_MM - _MARK_MM, far_right + _MARK_GAP_MM):
            yield strokes.area(left, at, width_mm=_MARK_MM, height_mm=_HAIR_MM)
