"""Letters: how wide a text is, where its lines break, and the part of a typeface that a PDF needs to carry."""

from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from threading import Lock
from typing import Final

import font_source_sans_pro
from msgspec import Struct
from reportlab.pdfbase.ttfonts import TTFontFace, makeToUnicodeCMap

from core.refusals import Unprocessable

_ELLIPSIS: Final = "…"
# Codes of a font below 128 are ASCII, so that a code's text stands in the file as it is.
_ASCII_COUNT: Final = 128
_CODE_COUNT: Final = 256

_reading = Lock()


class Weight(StrEnum):
    REGULAR = "SourceSansPro"
    SEMIBOLD = "SourceSansProSemibold"
    BOLD = "SourceSansProBold"


class LettersUnknown(Unprocessable):
    slug = "letters_unknown"
    title = "The text has letters that the typeface cannot draw"


class Font(Struct, frozen=True):
    """A typeface cut down to the letters of one document; each has a code of one byte."""

    name: str
    widths: list[int]
    ascent: int
    descent: int
    cap_height: int
    box: list[int]
    program: bytes
    to_unicode: bytes
    codes: dict[str, int]

    def encoded(self, text: str) -> bytes:
        return bytes(self.codes[letter] for letter in text)


def file_of(weight: Weight) -> str:
    """The typeface's file, for whoever draws with pixels."""
    return str(font_source_sans_pro.font_files_ttf[weight])


def check(text: str) -> None:
    """LettersUnknown unless every letter can be drawn."""
    known = _face(Weight.REGULAR).charToGlyph
    unknown = sorted({letter for letter in text if ord(letter) not in known})
    if unknown:
        raise LettersUnknown(letters="".join(unknown)[:20])


def width(text: str, weight: Weight) -> float:
    """How wide a text is at size 1."""
    face = _face(weight)
    return float(sum(face.getCharWidth(ord(letter)) for letter in text)) / 1000


def cap_height(weight: Weight) -> float:
    """How high a capital is at size 1."""
    return float(_face(weight).capHeight) / 1000


def broken(text: str, weight: Weight, *, width_max: float, lines_max: int) -> tuple[list[str], bool]:
    """A text in lines no wider than so many sizes, and whether all of it found room; what did not is cut off."""
    lines: list[str] = []
    # A space that does not break keeps a number beside its unit.
    for word in filter(None, text.split(" ")):
        if lines and width(f"{lines[-1]} {word}", weight) <= width_max:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    shown = lines if len(lines) <= lines_max else [*lines[: lines_max - 1], " ".join(lines[lines_max - 1 :])]
    kept = [_cut(line, weight, width_max) for line in shown]
    return kept, kept == lines


def font(weight: Weight, letters: Iterable[str]) -> Font:
    """The typeface with these letters in it, at most 128 of them outside ASCII; LettersUnknown."""
    face = _face(weight)
    check("".join(letters := list(letters)))
    used = sorted(set("".join(letters)) | {" "})
    others = [letter for letter in used if ord(letter) >= _ASCII_COUNT]
    if len(others) > _CODE_COUNT - _ASCII_COUNT:
        raise LettersUnknown(letters="".join(others[_CODE_COUNT - _ASCII_COUNT :])[:20])
    codes = {letter: ord(letter) for letter in used if ord(letter) < _ASCII_COUNT}
    codes |= {letter: _ASCII_COUNT + place for place, letter in enumerate(others)}
    subset = [0] * (max(codes.values()) + 1)
    for letter, code in codes.items():
        subset[code] = ord(letter)
    # The typeface is read like a file, from where it was left last: by one thread at a time.
    with _reading:
        program = face.makeSubset(subset)
    name = f"NAPRNK+{face.name.decode()}"
    return Font(
        name=name,
        widths=[round(face.getCharWidth(letter)) for letter in subset],
        ascent=round(face.ascent),
        descent=round(face.descent),
        cap_height=round(face.capHeight),
        box=[round(side) for side in face.bbox],
        program=program,
        to_unicode=makeToUnicodeCMap(name, subset).encode(),
        codes=codes,
    )


def _cut(line: str, weight: Weight, width_max: float) -> str:
    if width(line, weight) <= width_max:
        return line
    while line and width(line + _ELLIPSIS, weight) > width_max:
        line = line[:-1].rstrip(f" {_ELLIPSIS}")
    return line + _ELLIPSIS


@lru_cache
def _face(weight: Weight) -> TTFontFace:
    return TTFontFace(file_of(weight))
