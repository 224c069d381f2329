"""Discounts: what a campaign takes off the lines of an order, in whole minor units and never below a line's minimum.

A new discount is one Struct here, with its tag and one method, and its name in `AnyDiscount`.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from core.money import AmountMinor, percent, split
from programs.conditions import NO_PRODUCTS, AnyIds


class OrderLine(msgspec.Struct, frozen=True, gc=False):
    """Some pieces of one product at a till: what they cost after its own discounts, and how far they may still fall."""

    product_id: UUID | None
    sku: str
    quantity: int
    amount_minor: int
    min_amount_minor: int = 0
    discountable: bool = True

    @property
    def room_minor(self) -> int:
        """How much may be taken off."""
        return max(0, self.amount_minor - self.min_amount_minor) if self.discountable else 0


class Discount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="off"):
    """What every discount has: the products that it is for, and a cap on one order."""

    products: AnyIds = NO_PRODUCTS
    cap_minor: AmountMinor | None = None

    def by_line(self, lines: Sequence[OrderLine]) -> list[int]:
        """Minor units off each line."""
        eligible = [not self.products or line.product_id in self.products for line in lines]
        rooms = [line.room_minor if counts else 0 for line, counts in zip(lines, eligible, strict=True)]
        return self.off(lines, rooms)

    def off(self, lines: Sequence[OrderLine], rooms: Sequence[int]) -> list[int]:
        """The same, where only so much may be taken off each line."""
        raise NotImplementedError

    def capped(self, total_minor: int) -> int:
        return total_minor if self.cap_minor is None else min(total_minor, self.cap_minor)


class PercentOff(Discount, frozen=True, tag="percent", kw_only=True):
    """A share of what the lines cost; what a line's minimum does not let go is lost and not moved to another."""

    basis_points: Annotated[int, Meta(ge=1, le=10_000)]

    def off(self, lines: Sequence[OrderLine], rooms: Sequence[int]) -> list[int]:
        weights = [line.amount_minor if room else 0 for line, room in zip(lines, rooms, strict=True)]
        total = self.capped(percent(sum(weights), self.basis_points))
        return [min(part, room) for part, room in zip(_parts(total, weights), rooms, strict=True)]


class AmountOff(Discount, frozen=True, tag="amount", kw_only=True):
    """So much off the whole order, or as much of it as its lines let go."""

    amount_minor: AmountMinor

    def off(self, lines: Sequence[OrderLine], rooms: Sequence[int]) -> list[int]:
        return spread(self.capped(self.amount_minor), [line.amount_minor for line in lines], rooms)


class PerItemOff(Discount, frozen=True, tag="per_item", kw_only=True):
    """So much off each piece."""

    amount_minor: AmountMinor

    def off(self, lines: Sequence[OrderLine], rooms: Sequence[int]) -> list[int]:
        parts = [min(line.quantity * self.amount_minor, room) for line, room in zip(lines, rooms, strict=True)]
        whole = sum(parts)
        return _parts(self.capped(whole), parts)


AnyDiscount = PercentOff | AmountOff | PerItemOff


def spread(total_minor: int, weights: Sequence[int], rooms: Sequence[int]) -> list[int]:
    """Parts of a total in proportion to weights, none above its room; what one has no room for goes to the others."""
    parts = [0] * len(rooms)
    left = min(total_minor, sum(rooms))
    while left:
        open_weights = [
            max(1, weight) if part < room else 0 for weight, part, room in zip(weights, parts, rooms, strict=True)
        ]
        more = split(left, open_weights)
        grown = [min(part + added, room) for part, added, room in zip(parts, more, rooms, strict=True)]
        left -= sum(grown) - sum(parts)
        parts = grown
    return parts


def _parts(total_minor: int, weights: Sequence[int]) -> list[int]:
    return split(total_minor, weights) if total_minor else [0] * len(weights)
