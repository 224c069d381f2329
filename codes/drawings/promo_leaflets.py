"""Promo leaflets: an A5 sheet with the offer, the code, and how to use it."""

from collections.abc import Iterator
from typing import Final

from codes.drawings.letters import Weight
from codes.drawings.promo_parts import Placed, PromoPrint, joined, offer_told, placed_bars, placed_ean, placed_qr
from codes.drawings.scenes import Box, Item, Pen, Scene, paragraph, stacked

WIDTH_MM: Final = 148.0
HEIGHT_MM: Final = 210.0
_EDGE: Final = 9.0
_INNER: Final = WIDTH_MM - 2 * _EDGE
_PANEL: Final = 78.0
_CODE_BASE: Final = 117.5
_HOW: Final = 126.0
_QR_ROOM: Final = 45.0
_BARS: Final = 176.0
_EAN_ROOM: Final = 49.0
_FOOT: Final = 193.5


def leaflet(about: PromoPrint) -> Scene:
    """The whole leaflet. LabelTooSmall."""
    qr = placed_qr(about.qr(), left=_EDGE - 3, top=_HOW, room=_QR_ROOM, colour=about.dark)
    placed = [qr, *_bars(about)]
    items = [
        Box(0, 0, WIDTH_MM, HEIGHT_MM, about.light),
        *_offer(about),
        *_code(about),
        *_how(about),
        *(item for one in placed for item in one.items),
        *_foot(about),
    ]
    return Scene(WIDTH_MM, HEIGHT_MM, tuple(items), tuple(one.symbol for one in placed))


def _offer(about: PromoPrint) -> Iterator[Item]:
    yield Box(_EDGE, _EDGE, _INNER, _PANEL, about.dark, 6)
    left, room = _EDGE + 9, _INNER - 18
    bold, semibold = Pen(Weight.BOLD, about.light), Pen(Weight.SEMIBOLD, about.light)
    yield semibold.titled(about.offer.maker, base=_EDGE + 13, width_max=room, size_max=6.5, left=left)
    size = bold.fitted(about.offer.headline, width_max=room, size_max=34)
    yield bold.line(about.offer.headline, base=_EDGE + 44, size=size, left=left - size * 0.04)
    told = offer_told(about, width_max=room, height_max=24, size_max=8, size_min=3.2)
    yield from told.placed(top=_EDGE + 49 + (22 - told.height) / 3, left=left)


def _code(about: PromoPrint) -> Iterator[Item]:
    middle = WIDTH_MM / 2
    yield Pen(Weight.REGULAR, about.soft).line(about.words.code, base=96.4, size=5.2, middle=middle)
    pen = Pen(Weight.BOLD, about.dark)
    size = pen.fitted(about.text, width_max=_INNER - 4, size_max=22)
    yield pen.line(about.text, base=_CODE_BASE - (22 - size) * 0.3, size=size, middle=middle)


def _how(about: PromoPrint) -> Iterator[Item]:
    """What to do, step by step, beside the QR."""
    left = _EDGE + _QR_ROOM
    room = WIDTH_MM - _EDGE - left - 8
    bold, plain = Pen(Weight.SEMIBOLD, about.dark), Pen(Weight.REGULAR, about.dark)
    yield bold.line(about.words.how, base=_HOW + 8.5, size=5.4, left=left)
    at = _HOW + 11.5
    for number, step in enumerate(about.words.steps, start=1):
        told = paragraph(step, plain, width_max=room, height_max=10, size_max=4.0, size_min=3.0)
        yield bold.line(str(number), base=at + 3.7, size=4.0, left=left)
        yield from told.placed(top=at, left=left + 5)
        at += told.height + 1.4


def _bars(about: PromoPrint) -> Iterator[Placed]:
    """Both kinds of bars side by side, or EAN-13 alone in the middle."""
    code_128 = about.code_128()
    left = _EDGE - 2 if code_128 else (WIDTH_MM - _EAN_ROOM) / 2
    ean = placed_ean(about.ean(), left=left, top=_BARS, width_max=_EAN_ROOM, height=11, colour=about.dark)
    yield ean
    if code_128:
        right, room = WIDTH_MM - _EDGE + 2, _INNER - ean.width + 4
        yield placed_bars(code_128, right=right, top=_BARS, width_max=room, height=11, colour=about.dark)


def _foot(about: PromoPrint) -> Iterator[Item]:
    """Where, until when, on what other terms; online who advertises."""
    lines = (
        (joined(about.offer.validity, about.offer.shops), Pen(Weight.SEMIBOLD, about.dark), 3.6),
        (about.offer.more_terms, Pen(Weight.REGULAR, about.soft), 3.2),
        (about.marks, Pen(Weight.REGULAR, about.soft), 3.2),
    )
    yield from stacked(lines, top=_FOOT, height=HEIGHT_MM - _FOOT - 4, width_max=_INNER, middle=WIDTH_MM / 2)
