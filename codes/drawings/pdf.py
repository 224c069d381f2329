"""PDF, written straight from its first byte to its last; of a page nothing is remembered but where it begins."""

import zlib
from array import array
from collections.abc import Mapping, Sequence
from typing import Final

from codes.drawings.letters import Font

POINTS_IN_MM: Final = 72 / 25.4

_CATALOG, _PAGES, _RESOURCES = 1, 2, 3
# Symbolic: the font's letters have codes of its own.
_SYMBOLIC: Final = 4


class Pdf:
    """A document whose pages are all of one size and share their fonts.

    Whoever writes it sends on `opening`, each `page` and `closing`, in this order. Contents are in millimetres from the
    page's lower left corner.
    """

    def __init__(self, *, width_mm: float, height_mm: float, fonts: Mapping[str, Font]) -> None:
        self._size = width_mm, height_mm
        self._fonts = fonts
        self._at = 0
        # By number; numbers below 4 are given out by hand.
        self._begins = array("Q", [0] * 4)
        self._pages = array("L")

    @property
    def page_count(self) -> int:
        return len(self._pages)

    def opening(self) -> bytes:
        """The head of the file, and what its pages share."""
        head = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
        self._at = len(head)
        # Shrunk to a printer's margins, no label would meet its place.
        whole = b"<</Type/Catalog/Pages 2 0 R/ViewerPreferences<</PrintScaling/None>>>>"
        parts = [head, self._object(_CATALOG, whole)]
        named = b""
        for name, font in self._fonts.items():
            written, number = self._font(font)
            parts.append(written)
            named += b"/%s %d 0 R" % (name.encode(), number)
        parts.append(self._object(_RESOURCES, b"<</Font<<%s>>>>" % named))
        return b"".join(parts)

    def page(self, content: bytes) -> bytes:
        """One page."""
        drawn, page = self._new(), self._new()
        self._pages.append(page)
        scale = b"%.6f 0 0 %.6f 0 0 cm\n" % (POINTS_IN_MM, POINTS_IN_MM)
        return self._stream(drawn, scale + content) + self._object(
            page, b"<</Type/Page/Parent 2 0 R/Contents %d 0 R>>" % drawn
        )

    def closing(self) -> bytes:
        """The list of the pages and of all objects."""
        width, height = (side * POINTS_IN_MM for side in self._size)
        kids = b" ".join(b"%d 0 R" % page for page in self._pages)
        pages = self._object(
            _PAGES,
            b"<</Type/Pages/Count %d/MediaBox[0 0 %.4f %.4f]/Resources %d 0 R/Kids[%s]>>"
            % (len(self._pages), width, height, _RESOURCES, kids),
        )
        count = len(self._begins)
        listed = b"".join(b"%010d 00000 n \n" % begin for begin in self._begins[1:])
        table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, listed)
        trailer = b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, _CATALOG, self._at)
        return pages + table + trailer

    def _font(self, font: Font) -> tuple[bytes, int]:
        program, unicode, descriptor, number = (self._new() for _ in range(4))
        name = font.name.encode()
        described = (
            b"<</Type/FontDescriptor/FontName/%s/Flags %d/FontBBox[%s]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d"
            b"/StemV 80/FontFile2 %d 0 R>>"
            % (name, _SYMBOLIC, _row(font.box), font.ascent, font.descent, font.cap_height, program)
        )
        told = (
            b"<</Type/Font/Subtype/TrueType/BaseFont/%s/FirstChar 0/LastChar %d/Widths[%s]/FontDescriptor %d 0 R"
            b"/ToUnicode %d 0 R>>" % (name, len(font.widths) - 1, _row(font.widths), descriptor, unicode)
        )
        parts = [
            self._stream(program, zlib.compress(font.program), b"/Filter/FlateDecode/Length1 %d" % len(font.program)),
            self._stream(unicode, zlib.compress(font.to_unicode), b"/Filter/FlateDecode"),
            self._object(descriptor, described),
            self._object(number, told),
        ]
        return b"".join(parts), number

    def _new(self) -> int:
        self._begins.append(0)
        return len(self._begins) - 1

    def _stream(self, number: int, data: bytes, told: bytes = b"") -> bytes:
        return self._object(number, b"<</Length %d%s>>stream\n%s\nendstream" % (len(data), told, data))

    def _object(self, number: int, body: bytes) -> bytes:
        self._begins[number] = self._at
        written = b"%d 0 obj\n%s\nendobj\n" % (number, body)
        self._at += len(written)
        return written


def _row(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d" % number for number in numbers)
