"""Rounds: the sides of a ratio measured in turn, so that whatever else the machine does meets all of them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

ROUNDS = 5


async def in_turn(*sides: Callable[[], Awaitable[T]], rounds: int = ROUNDS) -> list[list[T]]:
    """What each side measured in each round; every other round goes backwards, so that nobody is always first."""
    measured: list[list[T]] = [[] for _ in sides]
    order = list(range(len(sides)))
    for _ in range(rounds):
        for place in order:
            measured[place].append(await sides[place]())
        order.reverse()
    return measured
