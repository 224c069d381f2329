"""Promo parts: what all handouts of a promo code are put together from: its content, its QR, its bars."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from codes.drawings.colours import Ink, rgb
from codes.drawings.labels import MODULE_MIN_MM, LabelTooSmall
from codes.drawings.letters import Weight
from codes.drawings.scenes import Dots, Item, Paragraph, Pen, Text, paragraph, snapped
from codes.drawings.symbols import Kind, Symbol, symbol
from codes.promo_offers import PromoOffer
from codes.promo_words import WORDS, Words
from referrals.words import Language

# The maker's colours where he has named none.
PROMO_INK: Final = Ink("#10324A", "#FFFFFF")

# Bars for tills: 0.25 mm is what a scanner in a hand still reads, above 0.5 mm they only take room.
_BAR_MIN_MM: Final = 0.25
_BAR_MAX_MM: Final = 0.5
# Of EAN-13: the modules left of it that stay light, the guards that reach down between the digits, and by how much.
_EAN_QUIET_LEFT: Final = 11
_EAN_GUARDS: Final = (*range(3), *range(45, 50), *range(92, 95))
_EAN_GUARD_MODULES: Final = 5
_SOFT_SHARE: Final = 0.62


class PromoPrint(Struct, frozen=True):
    """What a handout says: the code, the digits of its bars, its page's address, the offer, and marks for the web."""

    text: str
    digits: str
    address: str
    offer: PromoOffer
    language: Language
    ink: Ink = PROMO_INK
    marks: str = ""

    @property
    def words(self) -> Words:
        return WORDS[self.language]

    @property
    def dark(self) -> str:
        return self.ink.dark

    @property
    def light(self) -> str:
        return self.ink.light

    @property
    def soft(self) -> str:
        """Between the two colours, for what is read last."""
        pairs = zip(rgb(self.dark), rgb(self.light), strict=True)
        return "#" + "".join(f"{round(dark * _SOFT_SHARE + light * (1 - _SOFT_SHARE)):02X}" for dark, light in pairs)

    def qr(self) -> Symbol:
        return symbol(Kind.QR, self.address)

    def ean(self) -> Symbol:
        return symbol(Kind.EAN_13, self.digits)

    def code_128(self) -> Symbol | None:
        """The code's own text in bars, which know no Cyrillic letters."""
        return symbol(Kind.CODE_128, self.text) if self.text.isascii() else None


class Placed(Struct, frozen=True):
    """A symbol on a scene, with all that belongs to it, and the room that it takes with its quiet zone."""

    symbol: Symbol
    items: tuple[Item, ...]
    width: float
    height: float


def placed_qr(drawn: Symbol, *, left: float, top: float, room: float, colour: str) -> Placed:
    """A QR with its quiet zone in the middle of a square room, of whole dots. LabelTooSmall."""
    modules = drawn.modules.shape[1]
    module = snapped(room / (modules + 2 * drawn.quiet))
    if module < MODULE_MIN_MM:
        raise LabelTooSmall(module_mm=round(module, 2), module_mm_min=MODULE_MIN_MM)
    size = modules * module
    spare = (room - size) / 2
    return Placed(drawn, (Dots(drawn.modules, left + spare, top + spare, size, size, colour),), room, room)


def placed_ean(drawn: Symbol, *, left: float, top: float, width_max: float, height: float, colour: str) -> Placed:
    """EAN-13 as shops know it, with its digits beneath; the height is that of the bars. LabelTooSmall."""
    modules = drawn.modules.shape[1]
    module = _bar_module(width_max, modules + 2 * drawn.quiet)
    at = left + _EAN_QUIET_LEFT * module
    guards = drawn.modules.copy()
    guards[:, [column for column in range(modules) if column not in _EAN_GUARDS]] = False
    size = 9.5 * module
    bars = Dots(drawn.modules, at, top, modules * module, height, colour)
    guard = Dots(guards, at, top, modules * module, height + _EAN_GUARD_MODULES * module, colour)
    base = top + height + size * 0.78
    digits = _ean_digits(drawn.text, at, base, module=module, size=size, colour=colour)
    return Placed(drawn, (bars, guard, *digits), (modules + 2 * drawn.quiet) * module, height + size * 0.8)


def placed_bars(drawn: Symbol, *, right: float, top: float, width_max: float, height: float, colour: str) -> Placed:
    """Code 128 with its text beneath, up to a right edge. LabelTooSmall."""
    modules = drawn.modules.shape[1]
    module = _bar_module(width_max, modules + 2 * drawn.quiet)
    wide, size = modules * module, 9.5 * module
    at = right - wide - drawn.quiet * module
    pen = Pen(Weight.REGULAR, colour)
    text = pen.line(drawn.text, base=top + height + size, size=size, middle=at + wide / 2)
    return Placed(
        drawn,
        (Dots(drawn.modules, at, top, wide, height, colour), text),
        wide + 2 * drawn.quiet * module,
        height + size,
    )


def offer_told(
    about: PromoPrint, *, width_max: float, height_max: float, size_max: float, size_min: float
) -> Paragraph:
    """The offer's sentence or, where it is too long for its place, where the terms are to be found."""
    pen = Pen(Weight.SEMIBOLD, about.light)
    room = {"width_max": width_max, "height_max": height_max, "size_max": size_max, "size_min": size_min}
    try:
        return paragraph(about.offer.sentence, pen, **room)
    except LabelTooSmall:
        return paragraph(about.words.terms_on_page, pen, **room)


def joined(*parts: str) -> str:
    """What there is to be said of them, side by side."""
    return " · ".join(filter(None, parts))


def _bar_module(width_max: float, modules: int) -> float:
    module = min(snapped(width_max / modules), _BAR_MAX_MM)
    if module < _BAR_MIN_MM:
        raise LabelTooSmall(module_mm=round(module, 2), module_mm_min=_BAR_MIN_MM)
    return module


def _ean_digits(text: str, at: float, base: float, *, module: float, size: float, colour: str) -> Iterator[Text]:
    """The first digit before the bars, and six under each half, each in the middle of its own seven modules."""
    pen = Pen(Weight.REGULAR, colour)
    yield pen.line(text[0], base=base, size=size, left=at - 9 * module)
    for half, first in ((text[1:7], 3), (text[7:], 50)):
        for place, digit in enumerate(half):
            yield pen.line(digit, base=base, size=size, middle=at + (first + 7 * place + 3.5) * module)
