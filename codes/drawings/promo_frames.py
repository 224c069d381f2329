"""Promo frames: the QR of a promo code by itself, or in a round or a square frame with bars for tills beneath."""

from enum import StrEnum
from math import hypot, sqrt
from typing import Final

from msgspec import Struct

from codes.drawings.letters import Weight
from codes.drawings.promo_parts import PromoPrint, placed_ean, placed_qr
from codes.drawings.scenes import Box, Item, Pen, Scene, Text, paragraph
from codes.drawings.symbols import QUIET_MODULES

# Everything is measured in modules of this size; what is to be larger is scaled by whoever places it.
_MODULE_MM: Final = 2.0
_RING: Final = 2.5
_STRIP: Final = 7.5

# Beneath a frame: room for the code in letters, an accent on them included, and bars as high as a scanner likes them.
_CODE_ROOM_MM: Final = 15.0
_CODE_GAP_MM: Final = 4.0
_CODE_MM: Final = 10.5
_BARS_ROOM_MM: Final = 60.0
_BARS_MM: Final = 13.0
_FOOT_MM: Final = 3.0


class Frame(StrEnum):
    NONE = "none"
    ROUND = "round"
    SQUARE = "square"


def framed(about: PromoPrint, frame: Frame) -> Scene:
    """The QR and the code in letters and, unless it is to stay bare, the same in bars."""
    match frame:
        case Frame.NONE:
            return _marked(about, _bare(about))
        case Frame.ROUND:
            return _marked(about, _for_tills(about, _round(about)))
        case Frame.SQUARE:
            return _marked(about, _for_tills(about, _square(about)))


class _Line(Struct, frozen=True):
    """Where a line of a frame stands, how wide and how large it may be, and in which colour."""

    middle: float
    width_max: float
    size_max: float
    colour: str

    def said(self, text: str, *, base: float) -> Text:
        pen = Pen(Weight.BOLD, self.colour)
        size = pen.fitted(text, width_max=self.width_max, size_max=self.size_max)
        return pen.line(text, base=base, size=size, middle=self.middle)


def _bare(about: PromoPrint) -> Scene:
    qr = about.qr()
    side = (len(qr.modules) + 2 * QUIET_MODULES) * _MODULE_MM
    drawn = placed_qr(qr, left=0, top=0, room=side, colour=about.dark)
    code = _Line(side / 2, side - 4 * _MODULE_MM, 11, about.dark).said(about.text, base=side + 4)
    return Scene(side, side + 9, (Box(0, 0, side, side + 9, about.light), *drawn.items, code), (qr,))


def _square(about: PromoPrint) -> Scene:
    """The offer on a strip of the maker's colour, which goes around the QR as an edge."""
    qr = about.qr()
    side = (len(qr.modules) + 2 * QUIET_MODULES) * _MODULE_MM
    edge, strip = _RING * _MODULE_MM, _STRIP * _MODULE_MM
    wide, high = side + 2 * edge, side + strip + edge
    drawn = placed_qr(qr, left=edge, top=strip, room=side, colour=about.dark)
    line = _Line(wide / 2, side - 2, 10.5, about.light)
    items: tuple[Item, ...] = (
        Box(0, 0, wide, high, about.light),
        Box(0, 0, wide, high, about.dark, 7),
        Box(edge, strip, side, side, about.light, 4),
        *drawn.items,
        line.said(about.offer.headline, base=strip / 2 + 3.4),
    )
    return Scene(wide, high, items, (qr,))


def _round(about: PromoPrint) -> Scene:
    """A ring so wide that the QR's corners keep their quiet zone; the offer stands in the segment above."""
    qr = about.qr()
    half = len(qr.modules) / 2 * _MODULE_MM
    quiet = QUIET_MODULES * _MODULE_MM
    inner = hypot(half, half) + quiet
    outer = inner + _RING * _MODULE_MM
    drawn = placed_qr(
        qr, left=outer - half - quiet, top=outer - half - quiet, room=2 * (half + quiet), colour=about.dark
    )
    # A line as high as the segment leaves, and as wide as the circle is where it ends.
    room = inner - half - quiet * 0.75
    size_max = room * 0.62
    base = half + quiet * 0.6 + size_max * 0.72
    line = _Line(outer, 2 * sqrt(inner**2 - (base + 1) ** 2) - 2, size_max, about.dark)
    items: tuple[Item, ...] = (
        Box(0, 0, 2 * outer, 2 * outer, about.light),
        _disc(outer, outer, about.dark),
        _disc(outer, inner, about.light),
        *drawn.items,
        line.said(about.offer.headline, base=outer - base + size_max * 0.68),
        line.said(about.words.code, base=outer + base),
    )
    return Scene(2 * outer, 2 * outer, items, (qr,))


def _for_tills(about: PromoPrint, frame: Scene) -> Scene:
    """A frame with the code beneath, in letters and as EAN-13."""
    middle, top = frame.width / 2, frame.height + _CODE_ROOM_MM
    room = min(_BARS_ROOM_MM, frame.width)
    ean = about.ean()
    wide = placed_ean(ean, left=0, top=0, width_max=room, height=_BARS_MM, colour=about.dark).width
    bars = placed_ean(ean, left=middle - wide / 2, top=top, width_max=room, height=_BARS_MM, colour=about.dark)
    high = top + bars.height + _FOOT_MM
    code = _Line(middle, frame.width - 6, _CODE_MM, about.dark).said(about.text, base=top - _CODE_GAP_MM)
    under = Box(0, frame.height, frame.width, high - frame.height, about.light)
    return Scene(frame.width, high, (*frame.items, under, code, *bars.items), (*frame.symbols, ean))


def _disc(middle: float, radius: float, colour: str) -> Box:
    return Box(middle - radius, middle - radius, 2 * radius, 2 * radius, colour, radius)


def _marked(about: PromoPrint, scene: Scene) -> Scene:
    """With the marks of advertising beneath, where there are any."""
    if not about.marks:
        return scene
    told = paragraph(
        about.marks,
        Pen(Weight.REGULAR, about.dark),
        width_max=scene.width - 6,
        height_max=14,
        size_max=3.6,
        size_min=2.2,
    )
    high = scene.height + told.height + 4
    under = Box(0, scene.height, scene.width, high - scene.height, about.light)
    lines = told.placed(top=scene.height + 2, middle=scene.width / 2)
    return Scene(scene.width, high, (*scene.items, under, *lines), scene.symbols)
