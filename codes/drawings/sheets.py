"""Sheets: pages of labels as a PDF, made as fast as codes come and sent on page by page."""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from codes.alphabet import ALPHABET
from codes.drawings import reading, strokes
from codes.drawings.colours import BLACK_ON_WHITE, Ink
from codes.drawings.labels import Layout, Placed, Words, layout
from codes.drawings.letters import Font, Weight, font
from codes.drawings.pdf import Pdf
from codes.drawings.presses import Press, press
from codes.drawings.symbols import Kind, Symbol
from codes.drawings.templates import Template
from codes.lines import LINE_BYTES

Bytes = NDArray[np.uint8]

# So many labels fill the processor's own caches; a page of more is made at one go all the same.
_LABELS_AT_ONCE: Final = 2_048
_CODE_LENGTH: Final = LINE_BYTES - 1
_GROUP: Final = 4

_CODE_FONT: Final = "C"
_WORDS_FONT: Final = "W"
_HEX: Final = np.frombuffer(bytes(range(256)).hex().encode(), dtype="<u2")


class Sheet(Struct, frozen=True):
    """What all labels share: where they lie, what their symbols say before the code, words and colours."""

    template: Template
    kind: Kind
    prefix: str
    words: Words = Words()
    ink: Ink = BLACK_ON_WHITE
    # Labels of the first page that have been used already.
    used: int = 0


def pdf(sheet: Sheet, lines: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of a PDF of all codes in some chunks of lines; a page is remembered only until it is sent.

    LabelTooSmall before anything is sent.
    """
    plate = _Plate(sheet)
    plate.prove()
    return _pages(plate, sheet, lines)


def page_count(sheet: Sheet, codes: int) -> int:
    """How many pages so many codes take."""
    return -(-(codes + sheet.used) // sheet.template.count)


def _pages(plate: "_Plate", sheet: Sheet, lines: Iterable[bytes]) -> Iterator[bytes]:
    width_mm, height_mm = sheet.template.page_mm
    document = Pdf(width_mm=width_mm, height_mm=height_mm, fonts=plate.fonts)
    yield document.opening()
    used = sheet.used
    for codes in _whole_pages(lines, sheet.template.count, used=used):
        yield b"".join(document.page(content) for content in plate.contents(codes, used=used))
        used = 0
    if not document.page_count:
        # The one index that was asked for has no code; readers take no document without a page.
        yield document.page(b"")
    yield document.closing()


class _Plate:
    """The labels of a page as bytes of equal length, in which only rasters and letters of codes are still missing."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._press: Press = press(sheet.kind, sheet.prefix)
        width_mm, height_mm = sheet.template.label_mm
        self._layout: Layout = layout(width_mm, height_mm, side=self._press.side, words=sheet.words)
        self.fonts = _fonts(self._layout)
        corners = [sheet.template.corner(place) for place in range(sheet.template.count)]
        self._ink = strokes.ink(sheet.ink.dark)
        opened = [self._label(left, bottom) for left, bottom in corners]
        self._labels = np.array([np.frombuffer(label, dtype=np.uint8) for label, _ in opened])
        self._raster_at, self._letters_at = opened[0][1]

    def prove(self) -> None:
        """Read back a symbol of this plate; DrawingUnreadable."""
        codes = np.frombuffer(b"8WBJF619H3AR21VM", dtype=np.uint8).reshape(1, -1)
        rows = np.unpackbits(self._press.rasters(codes)[0], axis=1)[:, : self._press.side]
        text = self._sheet.prefix + codes.tobytes().decode()
        reading.prove(Symbol(self._sheet.kind, text, rows.astype(np.bool_)), ink=self._sheet.ink)

    def contents(self, codes: Bytes, *, used: int) -> Iterator[bytes]:
        """The pages of some codes; only the last call may leave a page unfinished."""
        there = np.arange(used, used + len(codes)) % self._sheet.template.count
        labels = self._labels[there]
        rasters = self._press.rasters(codes).reshape(len(codes), -1)
        _write(labels, self._raster_at, rasters)
        for group, at in enumerate(self._letters_at):
            _write(labels, at, codes[:, group * _GROUP : (group + 1) * _GROUP])
        starts = [0, *np.flatnonzero(there == 0), len(codes)]
        for first, stop in pairwise(starts):
            if first < stop:
                yield self._ink + labels[first:stop].tobytes()

    def _label(self, left: float, bottom: float) -> tuple[bytes, tuple[int, list[int]]]:
        """A label's bytes, and where in it the raster and each group of letters belong."""
        side, place = self._press.side, self._layout
        size = side * place.module_mm
        drawn = self._under(left, bottom) + strokes.raster_opening(
            side, side, left + place.symbol_left, bottom + place.symbol_bottom, width_mm=size, height_mm=size
        )
        raster_at = len(drawn)
        drawn += b"0" * (2 * side * -(-side // 8)) + strokes.RASTER_CLOSING
        letters_at: list[int] = []
        for line in place.code:
            drawn += strokes.text_opening(left + line.left, bottom + line.bottom, name=_CODE_FONT, size_mm=line.size_mm)
            for number, _ in enumerate(line.text.split()):
                drawn += b"20" if number else b""
                letters_at.append(len(drawn))
                drawn += b"00" * _GROUP
            drawn += strokes.TEXT_CLOSING
        words = (self._words(line, left, bottom) for line in place.words)
        return drawn + b"".join(words), (raster_at, letters_at)

    def _words(self, line: Placed, left: float, bottom: float) -> bytes:
        return strokes.text(
            line.text,
            left + line.left,
            bottom + line.bottom,
            name=_WORDS_FONT,
            font=self.fonts[_WORDS_FONT],
            size_mm=line.size_mm,
        )

    def _under(self, left: float, bottom: float) -> bytes:
        """The label's own colour, where its paper does not have it by itself."""
        if self._sheet.ink.light.upper() == BLACK_ON_WHITE.light:
            return b""
        width_mm, height_mm = self._sheet.template.label_mm
        area = strokes.area(left, bottom, width_mm=width_mm, height_mm=height_mm)
        return strokes.ink(self._sheet.ink.light) + area + self._ink


def _fonts(place: Layout) -> dict[str, Font]:
    return {
        _CODE_FONT: font(Weight.SEMIBOLD, [ALPHABET]),
        _WORDS_FONT: font(Weight.REGULAR, [line.text for line in place.words]),
    }


def _write(labels: Bytes, at: int, plain: Bytes) -> None:
    """Write bytes as hexadecimal digits into every label, from one place on."""
    digits = _HEX.take(plain).view(np.uint8)
    labels[:, at : at + digits.shape[1]] = digits


def _whole_pages(lines: Iterable[bytes], count: int, *, used: int) -> Iterator[Bytes]:
    """Codes as rows of characters, in portions that end where a page ends, all but the last."""
    pages_at_once = max(1, _LABELS_AT_ONCE // count)
    wanted, left = pages_at_once * count - used, b""
    for chunk in lines:
        left += chunk
        while len(left) >= wanted * LINE_BYTES:
            yield _codes(left[: wanted * LINE_BYTES])
            left, wanted = left[wanted * LINE_BYTES :], pages_at_once * count
    if left:
        yield _codes(left)


def _codes(lines: bytes) -> Bytes:
    return np.frombuffer(lines, dtype=np.uint8).reshape(-1, LINE_BYTES)[:, :_CODE_LENGTH]
