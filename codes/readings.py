"""What somebody typed, pasted or scanned, read back as a code through look-alikes, keyboards and addresses."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_plus

import msgspec

from codes.alphabet import ALPHABET, VALUES, checks
from codes.packaging_code import TEXT_LENGTH
from core.refusals import BadRequest, Unprocessable

LENGTH_MAX: Final = 512

_LATIN: Final = {symbol: symbol for symbol in ALPHABET} | {"I": "1", "L": "1", "O": "0"}
# A phone makes Ё of Е by itself; the last three stand on Ukrainian and Serbian keyboards.
_CYRILLIC_LOOKS: Final = dict(zip("АВЕКМНОРСТУХЁЗІЈЅ", "ABEKMH0PCTYXE31JS", strict=True))
# The letters on the keys of a Russian keyboard, and those on the same keys of a Latin one.
CYRILLIC_KEYS: Final = dict(zip("ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", "QWERTYUIOPASDFGHJKLZXCVBNM", strict=True))

# What a scanner reads needs no second look.
_CANONICAL: Final = re.compile(f"[{ALPHABET}]{{{TEXT_LENGTH}}}")
_SERIAL_NUMBER: Final = re.compile(r"/21/([^/?#]+)")
_PARAMETER: Final = re.compile(r"[?&#](?:c|code)=([^&#]+)", re.IGNORECASE)


class Malformed(BadRequest):
    slug = "malformed"
    title = "This is not the text of a code"


class CheckFailed(Unprocessable):
    slug = "check_failed"
    title = "A symbol of the code is wrong"


class Meaning(msgspec.Struct, frozen=True):
    """The one or two codes that a text can mean; where no check symbol fits, the one or two ways it is misspelled."""

    readings: tuple[str, ...]
    misspelled: tuple[str, ...] = ()


def meaning(text: str) -> Meaning:
    """What a text says, right or misspelled; Malformed when it is not even that."""
    spelled = spellings(text)
    right = tuple(spelling for spelling in spelled if checks(spelling))
    return Meaning(right) if right else Meaning((), misspelled=spelled)


def readings(text: str) -> tuple[str, ...]:
    """The one or two codes that a text can mean, in their canonical spelling, or a refusal."""
    found = meaning(text).readings
    if not found:
        raise CheckFailed
    return found


def spellings(text: str) -> tuple[str, ...]:
    """The one or two ways to read sixteen symbols out of a text, whatever their check symbol says."""
    if _CANONICAL.fullmatch(text):
        return (text,)
    if len(text) > LENGTH_MAX:
        raise Malformed
    shown = "".join(letters(code_in(text)))
    found = dict.fromkeys(shown.translate(table) for table in (BY_LOOKS, BY_KEYS))
    spelled = tuple(spelling for spelling in found if len(spelling) == TEXT_LENGTH and VALUES.keys() >= set(spelling))
    if not spelled:
        raise Malformed
    return spelled


def code_in(text: str) -> str:
    """The code in an address: its GS1 serial number, its parameter, or the end of its path."""
    if "/" not in text:
        return text
    found = _SERIAL_NUMBER.search(text) or _PARAMETER.search(text)
    return unquote_plus(found[1] if found else re.split("[?#]", text)[0].rstrip("/").rpartition("/")[2])


def letters(text: str) -> Iterator[str]:
    """What remains without spaces, dashes and the characters that nobody sees."""
    for letter in unicodedata.normalize("NFKC", text):
        if not (letter.isspace() or letter in "_−" or unicodedata.category(letter) in {"Cf", "Pd"}):
            yield letter


def _table(cyrillic: dict[str, str]) -> dict[int, str]:
    """Both cases are listed: `upper` would make two letters out of some that are none of ours."""
    symbols = _LATIN | {letter: _LATIN[latin] for letter, latin in cyrillic.items() if latin in _LATIN}
    return {ord(form): symbol for letter, symbol in symbols.items() for form in (letter, letter.lower())}


BY_LOOKS: Final = _table(_CYRILLIC_LOOKS)
BY_KEYS: Final = _table(CYRILLIC_KEYS)
