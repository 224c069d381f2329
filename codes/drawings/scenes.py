"""Scenes: boxes, lines of text and symbols in millimetres from a picture's upper left corner. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct

from codes.drawings.labels import LabelTooSmall
from codes.drawings.letters import Weight, broken, width
from codes.drawings.symbols import Modules, Symbol

# Modules are whole multiples of one dot, so that they stay equal in pixels: 1,080 of them on the 90 mm of a story.
DOTS_IN_MM: Final = 12
_LEADING: Final = 1.2
_SIZE_STEP: Final = 0.96
_TITLE_SHARE_MIN: Final = 0.66
_NARROWER_STEPS: Final = 25
# Down to not quite half of what a text has by itself.
_STACK_STEPS: Final = 18
_STACK_LINES_MAX: Final = 4


class Box(Struct, frozen=True):
    """A filled rectangle; with a radius of half its side it is a disc."""

    left: float
    top: float
    width: float
    height: float
    colour: str
    radius: float = 0.0


class Text(Struct, frozen=True):
    """One line, from its left end on its base line."""

    text: str
    left: float
    base: float
    size: float
    weight: Weight
    colour: str


class Dots(Struct, frozen=True, eq=False):
    """Dark modules; where they are light, nothing is drawn."""

    modules: Modules
    left: float
    top: float
    width: float
    height: float
    colour: str


Item = Box | Text | Dots


class Scene(Struct, frozen=True, eq=False):
    """A picture, drawn from its first item to its last, and the symbols that a reader has to find on it."""

    width: float
    height: float
    items: tuple[Item, ...]
    symbols: tuple[Symbol, ...]


class Pen(Struct, frozen=True):
    """How a line is written."""

    weight: Weight
    colour: str

    def line(
        self,
        text: str,
        *,
        base: float,
        size: float,
        left: float = 0.0,
        middle: float | None = None,
        right: float | None = None,
    ) -> Text:
        """A line from its left end, around its middle, or up to its right end."""
        wide = width(text, self.weight) * size
        if middle is not None:
            left = middle - wide / 2
        if right is not None:
            left = right - wide
        return Text(text, left, base, size, self.weight, self.colour)

    def fitted(self, text: str, *, width_max: float, size_max: float) -> float:
        """The largest size at which a line is no wider than that."""
        return min(size_max, width_max / width(text, self.weight))

    def titled(self, text: str, *, base: float, width_max: float, size_max: float, **at: float) -> Text:
        """A line that shrinks to two thirds before its end is cut off."""
        size = max(self.fitted(text, width_max=width_max, size_max=size_max), size_max * _TITLE_SHARE_MIN)
        [shown], _ = broken(text, self.weight, width_max=width_max / size, lines_max=1)
        return self.line(shown, base=base, size=size, **at)


class Paragraph(Struct, frozen=True):
    """Some lines in one size."""

    pen: Pen
    lines: list[str]
    size: float

    @property
    def height(self) -> float:
        return len(self.lines) * self.size * _LEADING

    def placed(self, *, top: float, left: float = 0.0, middle: float | None = None) -> Iterator[Text]:
        for number, line in enumerate(self.lines):
            base = top + self.size * (_LEADING * number + 0.93)
            yield self.pen.line(line, base=base, size=self.size, left=left, middle=middle)


def paragraph(
    text: str, pen: Pen, *, width_max: float, height_max: float, size_max: float, size_min: float
) -> Paragraph:
    """A text as large as it fits whole into such a room; LabelTooSmall."""
    size = size_max
    while size >= size_min:
        lines_max = int(height_max / (size * _LEADING) + 0.01)
        lines, whole = broken(text, pen.weight, width_max=width_max / size, lines_max=max(1, lines_max))
        if whole and lines_max:
            return Paragraph(pen, _balanced(text, pen, lines, width_max=width_max / size), size)
        size *= _SIZE_STEP
    raise LabelTooSmall(letters_mm_min=size_min, text=text)


def _balanced(text: str, pen: Pen, lines: list[str], *, width_max: float) -> list[str]:
    """The same number of lines, as narrow as they can be, so that no word is left alone."""
    for step in range(1, _NARROWER_STEPS):
        narrower = width_max * (1 - step / _NARROWER_STEPS)
        tried, whole = broken(text, pen.weight, width_max=narrower, lines_max=len(lines))
        if not whole:
            break
        lines = tried
    return lines


def stacked(
    lines: Sequence[tuple[str, Pen, float]], *, top: float, height: float, width_max: float, middle: float
) -> Iterator[Text]:
    """Texts under one another, each in its own size or, where they find no room, all as much smaller. LabelTooSmall."""
    for step in range(_STACK_STEPS):
        share = _SIZE_STEP**step
        parts = [_broken_whole(text, pen, size * share, width_max=width_max) for text, pen, size in lines if text]
        if all(parts) and sum(part.height for part in parts if part) <= height:
            for part in filter(None, parts):
                yield from part.placed(top=top, middle=middle)
                top += part.height
            return
    raise LabelTooSmall(letters_share_min=round(_SIZE_STEP**_STACK_STEPS, 2))


def _broken_whole(text: str, pen: Pen, size: float, *, width_max: float) -> Paragraph | None:
    """All of a text in so many lines as it takes; nothing where a word is wider than a line."""
    lines, whole = broken(text, pen.weight, width_max=width_max / size, lines_max=_STACK_LINES_MAX)
    return Paragraph(pen, _balanced(text, pen, lines, width_max=width_max / size), size) if whole else None


def snapped(length: float) -> float:
    """The longest whole number of dots that is not longer."""
    return int(length * DOTS_IN_MM + 0.001) / DOTS_IN_MM
