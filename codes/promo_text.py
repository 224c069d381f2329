"""The text of a promo code: what an agent may choose, what is made for him, and when two of them are one to the eye."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote

from codes.alphabet import ALPHABET, check_symbol, checks
from codes.profanity import shows_profanity
from core.refusals import Unprocessable

GENERATED_LENGTH: Final = 8
VANITY_LENGTH_MIN: Final = 4
VANITY_LENGTH_MAX: Final = 20
# An in-store prefix of EAN-13: no goods of the world carry it.
_IN_STORE_PREFIX: Final = "29"
NUMBER_MAX: Final = 10**10 - 1

_LATIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_CYRILLIC: Final = frozenset("АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ")
_DIGITS: Final = frozenset("0123456789")
_LOOKS: Final = str.maketrans("АВЕЁЗЙКМНОРСТУХІЈILO", "ABEE3ИKMH0PCTYX1J110")

# Capitals make a smaller QR, so an address may have any.
_ADDRESS: Final = re.compile(r"^https?://[^/]+/p/([^/?#]+)", re.IGNORECASE)

# Words by which somebody could pass for the maker or for us.
_RESERVED: Final = """
    ADMIN ADMINISTRATOR MODERATOR NAPARNIK OFFICIAL OPERATOR OWNER ROOT STAFF SUPPORT SYSTEM TEST
    АДМИН АДМИНИСТРАТОР МОДЕРАТОР НАПАРНИК ОПЕРАТОР ОФИЦИАЛЬНЫЙ ПОДДЕРЖКА СИСТЕМА ТЕСТ
"""


class PromoTextRefused(Unprocessable):
    slug = "promo_text_refused"
    title = "A promo code cannot have this text"


def generated() -> str:
    """Seven random symbols and their check symbol; never one that reads as a swear word."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(GENERATED_LENGTH - 1))
        text = body + check_symbol(body)
        if not shows_profanity(text):
            return text


def chosen(text: str, *, reserved: Iterable[str] = ()) -> str:
    """A text that an agent chose, in its one spelling: upper case without spaces and dashes; or PromoTextRefused."""
    spelled = spelling(text)
    if not VANITY_LENGTH_MIN <= len(spelled) <= VANITY_LENGTH_MAX:
        raise PromoTextRefused(problem="length", length_min=VANITY_LENGTH_MIN, length_max=VANITY_LENGTH_MAX)
    letters = set(spelled) - _DIGITS
    # Two alphabets in one word can be told apart by nobody who has to type it.
    if not letters or not (letters <= _LATIN or letters <= _CYRILLIC):
        raise PromoTextRefused(problem="letters")
    if shows_profanity(spelled):
        raise PromoTextRefused(problem="profane")
    if skeleton(spelled) in {skeleton(word) for word in (*_RESERVED.split(), *reserved)}:
        raise PromoTextRefused(problem="reserved")
    # Else it could be what is made for somebody else one day.
    if len(spelled) == GENERATED_LENGTH and set(spelled) <= set(ALPHABET) and checks(spelled):
        raise PromoTextRefused(problem="taken")
    return spelled


def shown(text: str) -> str:
    """The code in what a till read: the text itself, or what stands behind `/p/` where it is a printed address."""
    address = _ADDRESS.search(text)
    return unquote(address[1]) if address else text


def spelling(text: str) -> str:
    """The letters and digits of a text in upper case, in their compatible form."""
    # Upper case first: "ﬁ" has none of its own, and "ß" becomes two letters.
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in unicodedata.normalize("NFKC", plain) if letter.isalnum())


def skeleton(text: str) -> str:
    """What the eye keeps of a text: look-alikes are one, so that two codes that look alike are one code."""
    return spelling(text).translate(_LOOKS)


def ean13(number: int) -> str:
    """The numeric twin of a code's number, for tills that read bars only; the last digit checks the others."""
    if not 0 <= number <= NUMBER_MAX:
        raise ValueError(f"{number} has more digits than an in-store number holds")
    digits = f"{_IN_STORE_PREFIX}{number:010d}"
    return digits + _ean_check_digit(digits)


def number_of(text: str) -> int | None:
    """The number behind a numeric twin; None for any other text."""
    is_twin = len(text) == 13 and text.isascii() and text.isdigit() and text.startswith(_IN_STORE_PREFIX)
    if not is_twin or _ean_check_digit(text[:12]) != text[12]:
        return None
    return int(text[2:12])


def _ean_check_digit(digits: str) -> str:
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return str(-weighted % 10)
