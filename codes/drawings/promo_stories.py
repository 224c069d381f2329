"""Promo stories: an upright picture for messengers, 1080 × 1920 pixels, which a customer shows at the till."""

from collections.abc import Iterator
from typing import Final

from codes.drawings.letters import Weight
from codes.drawings.promo_parts import PromoPrint, offer_told, placed_ean, placed_qr
from codes.drawings.scenes import Box, Item, Pen, Scene, stacked

WIDTH_MM: Final = 90.0
HEIGHT_MM: Final = 160.0
_MIDDLE: Final = WIDTH_MM / 2
# Messengers lay their own buttons over the top and the bottom.
_TOP: Final = 17.0
_CARD: Final = (9.0, 62.0, 72.0, 77.0)
_QR_ROOM: Final = 42.0


def story(about: PromoPrint) -> Scene:
    """The whole picture. LabelTooSmall."""
    left, top, wide, high = _CARD
    qr = placed_qr(about.qr(), left=_MIDDLE - _QR_ROOM / 2, top=top + 16.5, room=_QR_ROOM, colour=about.dark)
    ean = placed_ean(about.ean(), left=_MIDDLE - 29.25, top=top + 59, width_max=59, height=11, colour=about.dark)
    items = [
        Box(0, 0, WIDTH_MM, HEIGHT_MM, about.dark),
        *_offer(about),
        Box(left, top, wide, high, about.light, 5),
        *_code(about),
        *qr.items,
        *ean.items,
        *_foot(about),
    ]
    return Scene(WIDTH_MM, HEIGHT_MM, tuple(items), (qr.symbol, ean.symbol))


def _offer(about: PromoPrint) -> Iterator[Item]:
    bold, semibold = Pen(Weight.BOLD, about.light), Pen(Weight.SEMIBOLD, about.light)
    yield semibold.titled(about.offer.maker, base=_TOP, width_max=72, size_max=4.6, middle=_MIDDLE)
    size = bold.fitted(about.offer.headline, width_max=74, size_max=24)
    yield bold.line(about.offer.headline, base=_TOP + 12.5 + size * 0.35, size=size, middle=_MIDDLE)
    told = offer_told(about, width_max=74, height_max=17, size_max=5.2, size_min=2.2)
    yield from told.placed(top=_TOP + 25 + (17 - told.height) / 2, middle=_MIDDLE)


def _code(about: PromoPrint) -> Iterator[Item]:
    top = _CARD[1]
    yield Pen(Weight.REGULAR, about.soft).line(about.words.code, base=top + 4.9, size=3.2, middle=_MIDDLE)
    pen = Pen(Weight.BOLD, about.dark)
    size = pen.fitted(about.text, width_max=_CARD[2] - 8, size_max=11)
    yield pen.line(about.text, base=top + 15.4 - (11 - size) * 0.3, size=size, middle=_MIDDLE)


def _foot(about: PromoPrint) -> Iterator[Item]:
    """Until when, where, and who advertises."""
    semibold, plain = Pen(Weight.SEMIBOLD, about.light), Pen(Weight.REGULAR, about.light)
    lines = (
        (about.offer.validity, semibold, 3.1),
        (about.offer.shops, semibold, 3.1),
        (about.offer.more_terms, plain, 2.6),
        (about.marks, plain, 2.6),
    )
    top = _CARD[1] + _CARD[3] + 2.2
    yield from stacked(lines, top=top, height=HEIGHT_MM - top - 2, width_max=78, middle=_MIDDLE)
