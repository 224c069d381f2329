"""Additions: goods of a purchase that turn out later, and what each part of it is worth then. Pure."""

from collections.abc import Sequence


def shared(total_minor: int, worths: Sequence[int]) -> list[int]:
    """What a whole comes to, divided among its parts in their order: whoever was earlier keeps his, as far as it goes.

    It depends on the total alone, so whatever comes back, and in whatever order, nothing is left of nothing.
    """
    left, shares = total_minor, []
    for worth in worths:
        shares.append(min(worth, left))
        left -= shares[-1]
    return shares
