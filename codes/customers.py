"""Customers: buyers as a till knows them, told apart by a key from which nobody reads who they are."""

import unicodedata
from collections.abc import Callable
from typing import Literal

import msgspec

from core import keys
from core.refusals import Unprocessable
from core.text import Name

_PURPOSE = "customer key"


class CustomerUnreadable(Unprocessable):
    slug = "customer_unreadable"
    title = "Nothing in this tells one customer from another"


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a till knows a buyer by; it is read once and kept nowhere."""

    kind: Literal["phone", "card", "other"]
    value: Name


def customer_key(customer: Customer | None) -> str | None:
    """A buyer as an unreadable word, the same each time however he is spelled; CustomerUnreadable."""
    if customer is None:
        return None
    plain = _SPELLINGS[customer.kind](unicodedata.normalize("NFKC", customer.value).casefold())
    if not plain:
        raise CustomerUnreadable
    return keys.pseudonym(f"{customer.kind}:{plain}", _PURPOSE).hex()


def _phone(value: str) -> str:
    digits = "".join(letter for letter in value if letter.isdecimal())
    # The trunk prefix of a number that is dialled within the country.
    return f"7{digits[1:]}" if len(digits) == 11 and digits.startswith("8") else digits


def _card(value: str) -> str:
    return "".join(letter for letter in value if letter.isalnum())


_SPELLINGS: dict[str, Callable[[str], str]] = {"phone": _phone, "card": _card, "other": str.strip}
