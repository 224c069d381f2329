"""Vouchers: the text by which staff know that an agent has a right to a service."""

import secrets
from typing import Final

from codes.alphabet import ALPHABET
from core import keys
from core.rewrapping import Wrapped

PURPOSE: Final = "reward voucher"
WRAPPED: Final = (Wrapped("reward_order", "id", "uuid", PURPOSE),)
_LOOK_ALIKE: Final = str.maketrans("OIL", "011")
# 80 bits.
LENGTH: Final = 16
PREFIX: Final = "S"


def new() -> str:
    """A voucher that nobody guesses, in the form in which it is printed and read."""
    return PREFIX + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def folded(text: str) -> str:
    """The one spelling of a voucher, however it was typed; the empty text where it can be none."""
    plain = "".join(letter for letter in text.upper().translate(_LOOK_ALIKE) if letter.isalnum())
    return plain if len(plain) == LENGTH + 1 and plain[0] == PREFIX and set(plain[1:]) <= set(ALPHABET) else ""


def digest(voucher: str) -> bytes:
    """What the database finds a voucher by."""
    return keys.pseudonym(voucher, PURPOSE)


def wrap(voucher: str) -> bytes:
    return keys.wrap(voucher.encode(), purpose=PURPOSE)


def unwrap(wrapped: bytes) -> str:
    return keys.unwrap(wrapped, purpose=PURPOSE).decode()
