"""Marking codes of Честный ЗНАК: the goods' number and the piece's own, whatever a scanner has lost on the way."""

import re
from typing import Final

import msgspec

from programs import gtin

_SEPARATORS: Final = re.compile(r"\\u001d|\\x1d|<GS>|\{GS\}|\(GS\)|␝", re.IGNORECASE)
_SYMBOLOGIES: Final = ("]d2", "]C1", "]Q3", "\x1d", "\xe8")
# The tail is a key and a signature, or a short check code; a serial may hold any of these letters itself, so that
# without separators only a tail of the right length at the very end is taken for one.
_CODE: Final = re.compile(
    r"01(?P<gtin>[0-9]{14})21(?P<serial>[!-~]{1,20}?)(?:\x1d?91[!-~]{4}\x1d?92[!-~]{44}(?:[!-~]{44})?|\x1d?93[!-~]{4}"
    r"(?:\x1d3103[0-9]{6})?)?\x1d?",
    re.ASCII,
)
_NOMENCLATURE_GS1: Final = b"DM"
_NOMENCLATURE_EAN13, _NOMENCLATURE_EAN8 = b"\x45\x0d", b"\x45\x08"


class Marking(msgspec.Struct, frozen=True):
    """A piece of goods: its GTIN of 14 digits, and its serial where the code carries one."""

    gtin: str
    serial: str | None = None


def parse(text: str) -> Marking | None:
    """The marking in a code's text; None where it is none, or where its GTIN does not check."""
    plain = _SEPARATORS.sub("\x1d", text.strip(" \r\n\t"))
    for prefix in _SYMBOLOGIES:
        plain = plain.removeprefix(prefix)
    found = _CODE.fullmatch(plain.replace("(01)", "01", 1).replace("(21)", "21", 1))
    number = gtin.padded(found["gtin"]) if found else None
    return Marking(number, found["serial"]) if found and number else None


def of_nomenclature(code: bytes) -> Marking | None:
    """The marking in the bytes of tag 1162 or `nomenclatureCode`: a type, six bytes of GTIN, and the serial."""
    kind, number = code[:2], str(int.from_bytes(code[2:8]))
    if len(code) < 8:
        return None
    if kind == _NOMENCLATURE_GS1:
        padded = gtin.padded(number.zfill(14))
        serial = code[8:].decode("ascii", "ignore").strip("\x00 ")
        return Marking(padded, serial or None) if padded else None
    if kind in {_NOMENCLATURE_EAN13, _NOMENCLATURE_EAN8}:
        padded = gtin.padded(number.zfill(13 if kind == _NOMENCLATURE_EAN13 else 8))
        return Marking(padded) if padded else None
    return None
