"""What somebody typed, pasted or scanned, read back as a code through look-alikes, keyboards and addresses."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from codes.alphabet import ALPHABET, VALUES, checks
from codes.packaging_code import TEXT_LENGTH
from core.refusals import BadRequest, Unprocessable

_LENGTH_MAX: Final = 512

_LATIN: Final = {symbol: symbol for symbol in ALPHABET} | {"I": "1", "L": "1", "O": "0"}
_CYRILLIC_LOOKS: Final = dict(zip("АВЕКМНОРСТУХ", "ABEKMH0PCTYX", strict=True))
# The letters on the keys of a Russian keyboard, and those on the same keys of a Latin one.
_CYRILLIC_KEYS: Final = dict(zip("ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", "QWERTYUIOPASDFGHJKLZXCVBNM", strict=True))

# What a scanner reads needs no second look.
_CANONICAL: Final = re.compile(f"[{ALPHABET}]{{{TEXT_LENGTH}}}")
_SERIAL_NUMBER: Final = re.compile(r"/21/([^/?#]+)")
_PARAMETER: Final = re.compile(r"[?&](?:c|code)=([^&#]+)", re.IGNORECASE)


class Malformed(BadRequest):
    slug = "malformed"
    title = "This is not the text of a code"


class CheckFailed(Unprocessable):
    slug = "check_failed"
    title = "A symbol of the code is wrong"


def readings(text: str) -> tuple[str, ...]:
    """The one or two codes that a text can mean, in their canonical spelling, or a refusal."""
    found = tuple(spelling for spelling in spellings(text) if checks(spelling))
    if not found:
        raise CheckFailed
    return found


def spellings(text: str) -> tuple[str, ...]:
    """The one or two ways to read sixteen symbols out of a text, whatever their check symbol says."""
    if _CANONICAL.fullmatch(text):
        return (text,)
    if len(text) > _LENGTH_MAX:
        raise Malformed
    letters = "".join(_letters(_code_in(text)))
    found = dict.fromkeys(letters.translate(table) for table in (_BY_LOOKS, _BY_KEYS))
    spelled = tuple(spelling for spelling in found if len(spelling) == TEXT_LENGTH and VALUES.keys() >= set(spelling))
    if not spelled:
        raise Malformed
    return spelled


def _code_in(text: str) -> str:
    """The code in an address: its GS1 serial number, its parameter, or the end of its path."""
    if "/" not in text:
        return text
    found = _SERIAL_NUMBER.search(text) or _PARAMETER.search(text)
    return unquote(found[1] if found else re.split("[?#]", text)[0].rstrip("/").rpartition("/")[2])


def _letters(text: str) -> Iterator[str]:
    """What remains without spaces, dashes and the characters that nobody sees."""
    for letter in unicodedata.normalize("NFKC", text):
        if not (letter.isspace() or letter in "_−" or unicodedata.category(letter) in {"Cf", "Pd"}):
            yield letter


def _table(cyrillic: dict[str, str]) -> dict[int, str]:
    """Both cases are listed: `upper` would make two letters out of some that are none of ours."""
    symbols = _LATIN | {letter: _LATIN[latin] for letter, latin in cyrillic.items() if latin in _LATIN}
    return {ord(form): symbol for letter, symbol in symbols.items() for form in (letter, letter.lower())}


_BY_LOOKS: Final = _table(_CYRILLIC_LOOKS)
_BY_KEYS: Final = _table(_CYRILLIC_KEYS)
