"""Money: integers of minor units with their asset, and the one way to split them so that the parts sum exactly."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

# No single amount is larger; thousands of them together still fit into 64 bits.
AMOUNT_MINOR_MAX = 10**15

AmountMinor = Annotated[int, Meta(ge=1, le=AMOUNT_MINOR_MAX, description="Whole minor units (kopecks), above zero.")]
Asset = Annotated[str, Meta(pattern="^[A-Z]{3,8}(?![\\s\\S])", description="What the units are: RUB, BON, PTS.")]

BASIS_POINTS = 10_000


class Money(msgspec.Struct, frozen=True):
    """An amount of an asset in its minor units."""

    amount_minor: int
    asset: str


def split(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Parts of a non-negative total in proportion to weights, by largest remainder; they sum to the total exactly.

    Equal remainders go to the earlier part; where all weights are zero the first part takes everything.
    """
    if not weights:
        return []
    whole = sum(weights)
    if whole == 0:
        return [total_minor] + [0] * (len(weights) - 1)
    parts = [total_minor * weight // whole for weight in weights]
    left = total_minor - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_minor * weights[i] % whole), i))
    for position in by_remainder[:left]:
        parts[position] += 1
    return parts


def percent(amount_minor: int, basis_points: int) -> int:
    """A share of a non-negative amount, rounded down."""
    return amount_minor * basis_points // BASIS_POINTS
