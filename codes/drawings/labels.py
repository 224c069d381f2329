"""Labels: where on a label the symbol, the code and the maker's words stand. Pure."""

from collections.abc import Iterator
from functools import cache
from math import sqrt
from statistics import mean, pstdev
from typing import Annotated, Final

from msgspec import Meta, Struct

from codes.alphabet import ALPHABET, grouped
from codes.drawings.letters import Weight, broken, cap_height, width
from codes.drawings.symbols import QUIET_MODULES
from core.refusals import Unprocessable
from core.text import Line

Caption = Annotated[Line, Meta(max_length=60)]

MODULE_MIN_MM: Final = 0.4
# The largest on a label of this size; on larger ones they grow with it.
_PLAIN_LABEL_MM: Final = 50
_MODULE_MAX_MM: Final = 0.9
# One dot of a laser printer, which it can only put down whole.
_DOT_MM: Final = 25.4 / 600

_CODE_MAX_MM: Final = 4.6
_CODE_MIN_MM: Final = 1.7
_WORDS_MAX_MM: Final = 2.6
_WORDS_MIN_MM: Final = 1.5
_STEPS: Final = 60
_LEADING: Final = 1.22
# Stands for any code until it is printed.
_CODE: Final = grouped("8WBJF619H3AR21VM")
# One line in thirty thousand is wider than what is kept free for it, and then it uses some of the margin.
_DEVIATIONS: Final = 4


class LabelTooSmall(Unprocessable):
    slug = "label_too_small"
    title = "The symbol or its text would be too small on this label to be read"


class Words(Struct, frozen=True):
    """What the maker says on each label, above the code and below it."""

    product: Caption = ""
    maker: Caption = ""


class Placed(Struct, frozen=True):
    """A line of text, from its left end on its base line."""

    text: str
    weight: Weight
    size_mm: float
    left: float
    bottom: float


class Layout(Struct, frozen=True):
    """Places on one label, from its lower left corner."""

    symbol_left: float
    symbol_bottom: float
    module_mm: float
    # Parts of a grouped code; what they say differs from label to label, how wide it is hardly.
    code: list[Placed]
    words: list[Placed]


def layout(width_mm: float, height_mm: float, *, side: int, words: Words) -> Layout:
    """The symbol, so many modules a side, as large as it may be, beside the text or above it. LabelTooSmall."""
    modules = side + 2 * QUIET_MODULES
    pad = 1.0 if min(width_mm, height_mm) >= 15 else 0.2
    room = _Room(width_mm - 2 * pad, height_mm - 2 * pad, max(1.0, min(width_mm, height_mm) / _PLAIN_LABEL_MM))
    return (_above if height_mm > 0.8 * width_mm else _beside)(room, pad, modules, words)


class _Room(Struct, frozen=True):
    """What there is to draw on, and how much larger than on a plain label everything may be."""

    width_mm: float
    height_mm: float
    scale: float = 1.0


def _beside(room: _Room, pad: float, modules: int, words: Words) -> Layout:
    height_mm = room.height_mm
    module = _module(min(height_mm, max(room.width_mm / 2, modules * MODULE_MIN_MM)) / modules, room.scale)
    symbol = modules * module
    lines = _lines(_Room(room.width_mm - symbol, height_mm, room.scale), words)
    left = pad + symbol
    return Layout(
        symbol_left=pad + QUIET_MODULES * module,
        symbol_bottom=pad + (height_mm - symbol) / 2 + QUIET_MODULES * module,
        module_mm=module,
        **_placed(lines, bottom=pad + (height_mm - _height(lines)) / 2, left=left),
    )


def _above(room: _Room, pad: float, modules: int, words: Words) -> Layout:
    width_mm, height_mm = room.width_mm, room.height_mm
    # What the smallest symbol leaves to the text, and then what the text leaves to the symbol.
    left_mm = min(height_mm - modules * MODULE_MIN_MM, height_mm * 0.4)
    lines = _lines(_Room(width_mm, left_mm, room.scale), words)
    module = _module(min(width_mm, height_mm - _height(lines)) / modules, room.scale)
    symbol = modules * module
    middle = pad + width_mm / 2
    spare = (height_mm - symbol - _height(lines)) / 2
    return Layout(
        symbol_left=middle - symbol / 2 + QUIET_MODULES * module,
        symbol_bottom=pad + spare + _height(lines) + QUIET_MODULES * module,
        module_mm=module,
        **_placed(lines, bottom=pad + spare, middle=middle),
    )


def _module(room_mm: float, scale: float) -> float:
    """The largest module for which there is room, of whole dots unless that made it too small."""
    if round(room_mm, 3) < MODULE_MIN_MM:
        raise LabelTooSmall(module_mm=round(room_mm, 2), module_mm_min=MODULE_MIN_MM)
    whole = min(room_mm, _MODULE_MAX_MM * scale) // _DOT_MM * _DOT_MM
    return max(whole, MODULE_MIN_MM)


class _Lines(Struct, frozen=True):
    """The text of a label from top to bottom, in two sizes."""

    code: list[str]
    code_mm: float
    product: list[str]
    maker: list[str]
    words_mm: float

    def each(self) -> Iterator[tuple[str, Weight, float]]:
        yield from ((line, Weight.REGULAR, self.words_mm) for line in self.product)
        yield from ((line, Weight.SEMIBOLD, self.code_mm) for line in self.code)
        yield from ((line, Weight.REGULAR, self.words_mm) for line in self.maker)


def _lines(room: _Room, words: Words) -> _Lines:
    """The largest code that leaves room for the words, all of them if it need not shrink by more than a third."""
    fitting = [one for one in _choices(room, words) if _height(one[0]) <= room.height_mm]
    if not fitting:
        raise LabelTooSmall(letters_mm_min=_CODE_MIN_MM)
    largest = fitting[0][0].code_mm
    whole = (lines for lines, all_said in fitting if all_said and lines.code_mm >= largest * 2 / 3)
    return next(whole, fitting[0][0])


def _choices(room: _Room, words: Words) -> list[tuple[_Lines, bool]]:
    """Every way to set the text in such a width, the largest code first, and whether all words are in it."""
    largest = _CODE_MAX_MM * room.scale
    sizes = [largest - (largest - _CODE_MIN_MM) * step / _STEPS for step in range(_STEPS + 1)]
    return [
        _set(code, size, room, words, lines_max=lines_max)
        for size in sizes
        for code in _splits()
        if _code_width(code[0]) * size <= room.width_mm
        for lines_max in (2, 1)
    ]


def _set(code: list[str], size: float, room: _Room, words: Words, *, lines_max: int) -> tuple[_Lines, bool]:
    words_mm = max(_WORDS_MIN_MM, min(_WORDS_MAX_MM * room.scale, size * 0.62))
    width_max = room.width_mm / words_mm
    product, product_said = broken(words.product, Weight.REGULAR, width_max=width_max, lines_max=lines_max)
    maker, maker_said = broken(words.maker, Weight.REGULAR, width_max=width_max, lines_max=lines_max)
    return _Lines(code, size, product, maker, words_mm), product_said and maker_said


def _splits() -> list[list[str]]:
    """The code in one line, in two, and in four."""
    groups = _CODE.split()
    return [[" ".join(groups)], [" ".join(groups[:2]), " ".join(groups[2:])], groups]


@cache
def _code_width(line: str) -> float:
    """How wide, at size 1, a line of so many groups may become, whatever code it shows."""
    widths = [width(symbol, Weight.SEMIBOLD) for symbol in ALPHABET]
    symbols = sum(not letter.isspace() for letter in line)
    spaces = (len(line) - symbols) * width(" ", Weight.SEMIBOLD)
    return spaces + symbols * mean(widths) + _DEVIATIONS * sqrt(symbols) * pstdev(widths)


def _height(lines: _Lines) -> float:
    return sum(size * _LEADING for _, _, size in lines.each())


def _placed(lines: _Lines, *, bottom: float, left: float | None = None, middle: float = 0) -> dict[str, list[Placed]]:
    """The lines from a left edge or around a middle, over a bottom edge."""
    at = bottom + _height(lines)
    found: dict[str, list[Placed]] = {"code": [], "words": []}
    for line, weight, size in lines.each():
        at -= size * _LEADING
        base = at + size * (_LEADING - cap_height(weight)) / 2
        start = left if left is not None else middle - width(line, weight) * size / 2
        found["code" if weight is Weight.SEMIBOLD else "words"].append(Placed(line, weight, size, start, base))
    return found
