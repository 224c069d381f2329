"""Customers: buyers as a till knows them, each told apart from the others however he is spelled."""

import unicodedata
from collections.abc import Callable
from typing import Literal

import msgspec

from core.refusals import Unprocessable
from core.text import Name
from referrals.buyers import Buyer


class CustomerUnreadable(Unprocessable):
    slug = "customer_unreadable"
    title = "Nothing in this tells one customer from another"


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a till knows a buyer by; it is read once and kept nowhere."""

    kind: Literal["phone", "card", "other"]
    value: Name


def buyer_of(customer: Customer | None) -> Buyer | None:
    """A buyer, if he is known by anything; CustomerUnreadable."""
    return None if customer is None else named(customer)


def named(customer: Customer) -> Buyer:
    """The same buyer however he is spelled; CustomerUnreadable."""
    plain = _SPELLINGS[customer.kind](unicodedata.normalize("NFKC", customer.value).casefold())
    if not plain:
        raise CustomerUnreadable
    return Buyer(f"{customer.kind}:{plain}")


def _phone(value: str) -> str:
    digits = "".join(letter for letter in value if letter.isdecimal())
    # The trunk prefix of a number that is dialled within the country.
    return f"7{digits[1:]}" if len(digits) == 11 and digits.startswith("8") else digits


def _card(value: str) -> str:
    return "".join(letter for letter in value if letter.isalnum())


_SPELLINGS: dict[str, Callable[[str], str]] = {"phone": _phone, "card": _card, "other": str.strip}
