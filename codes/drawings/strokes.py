"""Strokes: what a page of a PDF is drawn with, text, rasters and areas, in millimetres. Pure."""

import numpy as np

from codes.drawings.colours import rgb
from codes.drawings.letters import Font, Weight, width
from codes.drawings.symbols import Modules

# The same width for every number, so that a part of a page has one length wherever on the page it stands.
_NUMBER = "%06.2f"


def ink(colour: str) -> bytes:
    """What follows is drawn in this colour."""
    return f"{' '.join(f'{value / 255:.4f}' for value in rgb(colour))} rg\n".encode()


def area(left: float, bottom: float, *, width_mm: float, height_mm: float) -> bytes:
    """A filled rectangle."""
    return f"{_numbers(left, bottom, width_mm, height_mm)} re f\n".encode()


def text(words: str, left: float, bottom: float, *, name: str, font: Font, size_mm: float) -> bytes:
    """One line, from its left end on its base line."""
    return text_opening(left, bottom, name=name, size_mm=size_mm) + font.encoded(words).hex().encode() + TEXT_CLOSING


def text_opening(left: float, bottom: float, *, name: str, size_mm: float) -> bytes:
    """Up to where the text stands, as hexadecimal digits."""
    return f"BT /{name} {_numbers(size_mm)} Tf {_numbers(left, bottom)} Td <".encode()


TEXT_CLOSING = b"> Tj ET\n"


def raster(modules: Modules, left: float, bottom: float, *, width_mm: float, height_mm: float) -> bytes:
    """Modules drawn in the ink; where they are light, nothing is."""
    rows, columns = modules.shape
    opening = raster_opening(columns, rows, left, bottom, width_mm=width_mm, height_mm=height_mm)
    return opening + np.packbits(modules, axis=1).tobytes().hex().encode() + RASTER_CLOSING


def raster_opening(columns: int, rows: int, left: float, bottom: float, *, width_mm: float, height_mm: float) -> bytes:
    """Up to where the rows stand, as hexadecimal digits.

    They are no plain bytes, since some readers look for the end of such an image instead of counting to it.
    """
    return (
        f"q {_numbers(width_mm)} 0 0 {_numbers(height_mm)} {_numbers(left, bottom)} cm "
        f"BI /W {columns} /H {rows} /BPC 1 /IM true /D [1 0] /F /AHx ID "
    ).encode()


RASTER_CLOSING = b"> EI Q\n"


def squares(modules: Modules, left: float, top: float, *, module_mm: float) -> bytes:
    """Modules drawn as one outline, which stays sharp at any size, from their upper left corner."""
    # Modules are counted downwards. All of them are filled at once: filled one by one, seams would show between them.
    turned = f"q {module_mm:.4f} 0 0 {-module_mm:.4f} {left:.4f} {top:.4f} cm"
    drawn = " ".join(f"{column} {row} {length} 1 re" for column, row, length in runs(modules))
    return f"{turned} {drawn} f Q\n".encode()


def runs(modules: Modules) -> list[tuple[int, int, int]]:
    """Dark modules beside one another as one: their first column, their row, and how many they are."""
    edges = np.diff(np.pad(modules, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, starts = np.nonzero(edges == 1)
    lengths = np.nonzero(edges == -1)[1] - starts
    return list(zip(starts.tolist(), rows.tolist(), lengths.tolist(), strict=True))


def centred(words: str, weight: Weight, *, size_mm: float, middle: float) -> float:
    """Where a line begins whose middle stands there."""
    return middle - width(words, weight) * size_mm / 2


def _numbers(*values: float) -> str:
    return " ".join(_NUMBER % value for value in values)
