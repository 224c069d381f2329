"""Tells: how much of a sale at a till its campaign lets the agent know whose client came."""

from collections.abc import Collection
from typing import Final, Literal

import msgspec

Matter = Literal["shop", "amount", "goods"]

NOTHING_SHOWN: Final[frozenset[Matter]] = frozenset()
_AMOUNTS: Final = ("exact", "band", "nothing")


class Tells(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent reads of an order: its shop, its sum or the band that it falls into, its goods."""

    shop: bool = True
    amount: Literal["exact", "band", "nothing"] = "exact"
    goods: bool = True

    def hides(self, shown: Collection[Matter]) -> bool:
        """Whether any of this is not to be known as it is."""
        return any(self.amount != "exact" if matter == "amount" else not getattr(self, matter) for matter in shown)

    def narrowed(self, other: "Tells") -> "Tells":
        """What both of them tell."""
        amount = max(self.amount, other.amount, key=_AMOUNTS.index)
        return Tells(self.shop and other.shop, amount, self.goods and other.goods)


EVERYTHING: Final = Tells()
