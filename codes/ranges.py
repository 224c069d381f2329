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
    """The stretches of a batch after a part of it has changed its state; they still cover what they covered."""
    kept = []
    for old in stretches:
        if old.first < new.first:
            kept.append(msgspec.structs.replace(old, stop=min(old.stop, new.first)))
        if old.stop > new.stop:
            kept.append(msgspec.structs.replace(old, first=max(old.first, new.stop)))
    covered = [piece for piece in (*kept, new) if piece.first < piece.stop]
    return sorted(covered, key=lambda piece: piece.first)


def states(stretches: Sequence[Stretch], *, first: int, stop: int) -> set[str]:
    """The states that occur among some indexes."""
    return {one.state for one in stretches if one.first < stop and one.stop > first}
