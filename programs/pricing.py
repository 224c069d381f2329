"""Pricing: the final prices of an order's lines after the discounts of several campaigns, as a till can print them."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from programs.discounts import AnyDiscount, OrderLine


class Offer(msgspec.Struct, frozen=True):
    """The discounts of one campaign."""

    campaign_id: UUID
    discounts: tuple[AnyDiscount, ...]


class Pieces(msgspec.Struct, frozen=True, gc=False):
    """So many pieces at one price each."""

    quantity: int
    price_minor: int


class PricedLine(msgspec.Struct, frozen=True):
    """A line with its final price; `discounts` are the minor units of each campaign, in the order of the offers."""

    amount_minor: int
    final_minor: int
    discounts: tuple[int, ...]
    pieces: tuple[Pieces, ...]

    @property
    def discount_minor(self) -> int:
        return self.amount_minor - self.final_minor


def priced(lines: Sequence[OrderLine], offers: Sequence[Offer], *, rounding_minor: int = 1) -> list[PricedLine]:
    """Let each offer take its discount off what the earlier ones have left; no line falls below its minimum.

    Final amounts are multiples of the till's rounding; what is rounded away is taken from the last offer.
    """
    left = list(lines)
    taken: list[list[int]] = []
    for offer in offers:
        off = [0] * len(lines)
        for discount in offer.discounts:
            parts = discount.by_line(left)
            left = [
                msgspec.structs.replace(line, amount_minor=line.amount_minor - part)
                for line, part in zip(left, parts, strict=True)
            ]
            off = [before + part for before, part in zip(off, parts, strict=True)]
        taken.append(off)
    return [
        _line(line, [off[place] for off in taken], rounding_minor=rounding_minor) for place, line in enumerate(lines)
    ]


def _line(line: OrderLine, discounts: list[int], *, rounding_minor: int) -> PricedLine:
    wanted = line.amount_minor - sum(discounts)
    final = min(line.amount_minor, -(-wanted // rounding_minor) * rounding_minor)
    excess = final - wanted
    for place in reversed(range(len(discounts))):
        less = min(excess, discounts[place])
        discounts[place] -= less
        excess -= less
    return PricedLine(line.amount_minor, final, tuple(discounts), _pieces(line.quantity, final))


def _pieces(quantity: int, final_minor: int) -> tuple[Pieces, ...]:
    """At most two prices that differ by one minor unit, so that the pieces sum to the line."""
    price, dearer = divmod(final_minor, quantity)
    groups = (Pieces(quantity - dearer, price), Pieces(dearer, price + 1))
    return tuple(group for group in groups if group.quantity)
