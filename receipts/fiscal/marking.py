"""Marking codes of Честный ЗНАК: the goods' number and the piece's own, whatever a scanner has lost on the way."""

from typing import Final

import msgspec

from programs import gs1, gtin

_NOMENCLATURE_GS1: Final = b"DM"
_NOMENCLATURE_EAN13, _NOMENCLATURE_EAN8 = b"\x45\x0d", b"\x45\x08"


class Marking(msgspec.Struct, frozen=True):
    """A piece of goods: its GTIN of 14 digits, and its serial where the code carries one."""

    gtin: str
    serial: str | None = None


def parse(text: str) -> Marking | None:
    """The marking in a code's text; None where it is none, or where its GTIN does not check."""
    # Where a lost separator leaves two meanings, a till has read the tail that every marking of this country has.
    found = gs1.markings(text)
    return Marking(*found[-1]) if found else None


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
