"""Marking codes of Честный ЗНАК: the goods' number and the piece's own, whatever a scanner has lost on the way."""

import re
from typing import Final

import msgspec

from programs import gs1, gtin

_NOMENCLATURE_GS1: Final = b"DM"
_NOMENCLATURE_PLAIN: Final = {b"\x45\x08": 8, b"\x45\x0d": 13, b"\x49\x0e": 14}
# A GTIN and seven letters, four more for the price where there is one, and four that prove it.
_SHORT: Final = re.compile(r"([0-9]{14})([!-~]{7})(?:[!-~]{4}){0,2}", re.ASCII)
_EAN_IN_NAME: Final = re.compile(r"(?<![0-9])[0-9]{13}(?![0-9])", re.ASCII)


class Marking(msgspec.Struct, frozen=True):
    """A piece of goods: its GTIN of 14 digits, and its serial where the code carries one."""

    gtin: str
    serial: str | None = None


def parse(text: str) -> Marking | None:
    """The marking in a code's text; None where it is none, or where its GTIN does not check."""
    # Where a lost separator leaves two meanings, a till has read the tail that every marking of this country has.
    found = gs1.markings(text)
    return Marking(*found[-1]) if found else None


def bare(text: str) -> Marking | None:
    """The goods' number where a field holds nothing else, or the short code of a pack, without identifiers."""
    if found := _SHORT.fullmatch(text):
        number = gtin.padded(found[1])
        return Marking(number, found[2]) if number else None
    number = gtin.padded(text.strip())
    # A field of zeros is one that nobody has filled in.
    return Marking(number) if number and number.strip("0") else None


def in_name(name: str) -> Marking | None:
    """The goods' number where a till has printed it into the name."""
    numbers = (gtin.padded(number) for number in _EAN_IN_NAME.findall(name))
    number = next(filter(None, numbers), None)
    return Marking(number) if number else None


def of_nomenclature(code: bytes) -> Marking | None:
    """The marking in the bytes of tag 1162 or `nomenclatureCode`: a type, six bytes of GTIN, and the serial."""
    kind, number = code[:2], str(int.from_bytes(code[2:8]))
    if len(code) < 8:
        return None
    if kind == _NOMENCLATURE_GS1:
        padded = gtin.padded(number.zfill(14))
        serial = code[8:].decode("ascii", "ignore").strip("\x00 ")
        return Marking(padded, serial or None) if padded else None
    if kind in _NOMENCLATURE_PLAIN:
        padded = gtin.padded(number.zfill(_NOMENCLATURE_PLAIN[kind]))
        return Marking(padded) if padded else None
    return None
