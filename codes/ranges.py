"""Ranges: what is known of a batch's indexes, by stretches, never one by one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from core.db import fetch

SHOWN_MAX = 1_000


class Run(NamedTuple):
    """Indexes `first` up to, not including, `stop`."""

    first: int
    stop: int


class Stretch(msgspec.Struct, frozen=True):
    """Indexes `first` up to `stop` in one state; a suspended one says what it goes back to."""

    first: int
    stop: int
    state: str
    reason: str
    since: datetime
    shipped_at: datetime | None = None
    on_sale_at: datetime | None = None
    suspended_from: str | None = None
    territory: str | None = None
    channel: str | None = None
    shipment_id: UUID | None = None


COLUMNS = ", ".join(Stretch.__struct_fields__)


def joined(runs: Iterable[Run]) -> list[Run]:
    """The same indexes in order, in as few runs as possible."""
    found: list[Run] = []
    for run in sorted(runs):
        if found and run.first <= found[-1].stop:
            found[-1] = Run(found[-1].first, max(found[-1].stop, run.stop))
        else:
            found.append(run)
    return found


def stretch_of(row: Any) -> Stretch:
    """A stretch from its row."""
    return Stretch(*(row[name] for name in Stretch.__struct_fields__))


async def stretches(number: int, *, first: int = 0, limit: int = SHOWN_MAX) -> list[Stretch]:
    """The stretches of a batch in order, from the one that starts at `first` or behind it."""
    rows = await fetch(
        f"SELECT {COLUMNS} FROM code_range WHERE batch_number = $1 AND first >= $2 ORDER BY first LIMIT $3",  # noqa: S608 - ours.
        number,
        first,
        limit,
    )
    return [stretch_of(row) for row in rows]
