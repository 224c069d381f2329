"""Bundles: writes of several rooms that need nothing of one another, sent to the database as one statement."""

import re
from functools import lru_cache
from typing import Any

import msgspec

from core.db import execute

_PLACE = re.compile(r"\$(\d+)")


class Write(msgspec.Struct, frozen=True):
    """Parts of a WITH under names of their own, the last of which need not be read, and their arguments from $1 on.

    A part may read what another part of the same write returns. None of them sees what the others do to the tables.
    """

    parts: str
    arguments: tuple[Any, ...]


async def write(*writes: Write) -> None:
    """Carry writes out together, in one way to the database and back; joins the caller's transaction.

    The trap: which of them comes first is not said. What has to be locked in an order is locked before.
    """
    if writes:
        await execute(_statement(tuple(one.parts for one in writes)), *(it for one in writes for it in one.arguments))


@lru_cache(maxsize=64)
def _statement(writes: tuple[str, ...]) -> str:
    """One statement out of several, each of whose places counts on from those before it."""
    joined, before = [], 0
    for parts in writes:
        places = [int(place) for place in _PLACE.findall(parts)]
        joined.append(_PLACE.sub(lambda place, before=before: f"${int(place[1]) + before}", parts))  # type: ignore[misc]
        before += max(places, default=0)
    return f"WITH {', '.join(joined)} SELECT"
