"""GS1 markings: the GTIN and the serial number in what a scanner reads off a DataMatrix, separators or none. Pure."""

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

from biip import ParseError
from biip.gs1_messages import GS1Message

from programs.gtin import padded

SERIAL_MAX: Final = 20
SEPARATOR: Final = "\x1d"

# What becomes of the separator in files and in scanners that cannot show it. Of all serial numbers not one in a million
# holds such letters by chance, and receipts read the same ones.
_SHOWN_SEPARATORS: Final = re.compile(r"\{GS\}|<GS>|\(GS\)|\\u001d|\\x1d|␝|\xe8", re.IGNORECASE)
_SYMBOLOGY: Final = re.compile(r"\][A-Za-z][0-9]")
_BARE: Final = re.compile(r"01([0-9]{14})21(.+)", re.DOTALL)
_PRINTED: Final = re.compile(r"(?:\([0-9]{2,4}\)[^()]*)*\([0-9]{2,4}\).*", re.DOTALL)
_ADDRESS: Final = re.compile(r"/01/([0-9]{8,14})(?:/(?:22|10)/[^/?#]+)*/21/([^/?#]+)")
_SERIAL: Final = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
# The tails by which national systems prove a marking; without a separator only their lengths tell where they begin.
_TAIL: Final = re.compile(
    r"(.+?)(?:91.{4}92(?:.{44}|.{86}|.{88})|(?:8005[0-9]{6})?93.{4}(?:310[0-9][0-9]{6})?)", re.DOTALL
)


# A file holds a few GTINs a million times.
_padded = lru_cache(maxsize=1_024)(padded)


class Marking(NamedTuple):
    """What a marked item is known by; the tail that proves it is no part of that."""

    gtin: str
    serial: str


def markings(text: str) -> tuple[Marking, ...]:
    """The marking in a text, or both that it can mean when its separators are lost; nothing if there is none."""
    if found := _ADDRESS.search(text):
        return _checked([(found[1], unquote(found[2]))])
    elements = _SYMBOLOGY.sub("", _SHOWN_SEPARATORS.sub(SEPARATOR, text.strip()), count=1).strip(SEPARATOR)
    if elements[:1] == "(" and SEPARATOR in elements:
        # Somebody has printed brackets around the first two and left the tail as the scanner gave it.
        elements = elements.replace("(01)", "01", 1).replace("(21)", "21", 1)
    if found := _BARE.fullmatch(elements):
        return _checked([(found[1], serial) for serial in _serials(found[2])])
    # Any other order of elements is left to a library; without separators or brackets it could be anything.
    if elements[:1] == "(" and _PRINTED.fullmatch(elements):
        return _checked(_parsed(elements, printed=True))
    return _checked(_parsed(elements, printed=False)) if SEPARATOR in elements else ()


def _serials(rest: str) -> list[str]:
    """What the serial number can be in all that follows its identifier."""
    if SEPARATOR in rest:
        return [rest.partition(SEPARATOR)[0]]
    tail = _TAIL.fullmatch(rest)
    return [rest, *([tail[1]] if tail else [])]


def _parsed(elements: str, *, printed: bool) -> list[tuple[str, str]]:
    try:
        message = GS1Message.parse_hri(elements) if printed else GS1Message.parse(elements)
    except (ParseError, ValueError):
        return []
    gtin, serial = (message.element_strings.get(ai=identifier) for identifier in ("01", "21"))
    return [(gtin.value, serial.value)] if gtin and serial else []


def _checked(found: list[tuple[str, str]]) -> tuple[Marking, ...]:
    markings = [Marking(gtin, serial) for number, serial in found if (gtin := _padded(number))]
    return tuple(one for one in markings if _SERIAL.fullmatch(one.serial))
