"""Ranges: the states of a batch's indexes, changed by stretches, never one by one. Pure."""

from collections.abc import Sequence
from datetime import datetime

import msgspec


class Stretch(msgspec.Struct, frozen=True):
    """Indexes `first` up to `stop` in one state."""

    first: int
    stop: int
    state: str
    reason: str
    since: datetime
    shipped_at: datetime | None = None


def painted(stretches: Sequence[Stretch], new: Stretch) -> list[Stretch]:
    """The stretches of a batch after a part of it has changed its state; they still cover what they covered.

    What is in that state already keeps the time since when it is.
    """
    pieces: list[Stretch] = []
    for old in stretches:
        for piece in _pieces(old, new):
            last = pieces[-1] if pieces else None
            if last is not None and msgspec.structs.replace(last, first=piece.first, stop=piece.stop) == piece:
                pieces[-1] = msgspec.structs.replace(last, stop=piece.stop)
            else:
                pieces.append(piece)
    return pieces


def _pieces(old: Stretch, new: Stretch) -> list[Stretch]:
    """What one stretch becomes: the part before the new one, the part in it, and the part behind it."""
    if old.state == new.state:
        return [old]
    first, stop = max(old.first, new.first), min(old.stop, new.stop)
    parts = [
        msgspec.structs.replace(old, stop=min(old.stop, new.first)),
        msgspec.structs.replace(new, first=first, stop=stop, shipped_at=old.shipped_at),
        msgspec.structs.replace(old, first=max(old.first, new.stop)),
    ]
    return [part for part in parts if part.first < part.stop]


def states(stretches: Sequence[Stretch], *, first: int, stop: int) -> set[str]:
    """The states that occur among some indexes."""
    return {one.state for one in stretches if one.first < stop and one.stop > first}
