"""Activation: a range of a batch changes its state, and what was scanned too early is paid."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from codes import batches
from codes.batches import CodeBatch, changed
from codes.claims import ACTIVE, PAYING
from codes.plans import Planned, plan
from codes.range_rows import states
from codes.ranges import SHOWN_MAX, joined, stretches
from codes.scans import NOT_YET
from codes.selections import Selected
from codes.transitions import RangeState, lift, paint, paint_all, within
from core.db import transaction
from core.times import in_utc

Change = Literal["active", "closing", "expired", "suspended", "lifted", "recalled"]


class ActivatedRun(msgspec.Struct, frozen=True):
    """Indexes of a batch that were meant."""

    batch_id: UUID
    first: int
    stop: int


class Activated(msgspec.Struct, frozen=True):
    """How many indexes are on sale from now on that were not before, and all that were meant, the first thousand runs.

    `planned_for` is there when that is a day to come.
    """

    activated: int
    runs: list[ActivatedRun]
    runs_count: int
    planned_for: datetime | None


async def change_range(
    batch_id: UUID,
    *,
    first: int,
    stop: int | None,
    state: Change,
    reason: str,
    by: str,
    program_id: UUID | None = None,
) -> CodeBatch:
    """Put indexes `first` up to `stop` (the end unless given) into a state; held scans of activated codes are paid.

    `lifted` ends a suspension: each part is again what it was before. Raises BeyondBatch, BatchNotSealed, RangeState.
    """
    async with transaction() as now:
        batch = await batches.find(batch_id, program_id=program_id)
        run = within(batch, first=first, stop=stop)
        if state == "lifted":
            await lift(batch, [run], reason=reason, by=by, now=now)
        else:
            await paint(batch, first=run.first, stop=run.stop, state=state, reason=reason, by=by, now=now)
        return msgspec.structs.replace(batch, ranges=await stretches(batch.number))


async def activate(
    select: Callable[[], Awaitable[list[Selected]]],
    *,
    reason: str,
    by: str,
    at: datetime | None = None,
    closes_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> Activated:
    """Put what is selected on sale, now or on a day to come; a second time changes nothing.

    Only goods on their way: whatever was stopped, suspended, or is over refuses all of it. Raises RangeState, and
    whatever `select` raises, which joins the transaction.
    """
    async with transaction() as now:
        # Before any other lock, as with every change of ranges.
        await changed()
        found = await select()
        later = at is not None and at > now
        put = 0
        for one in found:
            put += 0 if later else await _put_on_sale(one, reason=reason, by=by, now=now)
            for state, due_at in _days(at if later else None, closes_at, expires_at):
                await plan(one.batch, one.runs, state=state, due_at=due_at, reason=reason, by=by, now=now)
        runs = [ActivatedRun(one.batch.id, *run) for one in found for run in joined(one.runs)]
    return Activated(put, runs[:SHOWN_MAX], len(runs), in_utc(at) if later else None)


async def _put_on_sale(one: Selected, *, reason: str, by: str, now: datetime) -> int:
    painted = await paint_all(one.batch, one.runs, state=ACTIVE, reason=reason, by=by, now=now, among=NOT_YET)
    stopped = await states(one.batch.number, one.runs) - PAYING
    if stopped:
        raise RangeState(states=sorted(stopped))
    return sum(piece.stop - piece.first for piece in painted)


def _days(
    at: datetime | None, closes_at: datetime | None, expires_at: datetime | None
) -> Iterator[tuple[Planned, datetime]]:
    if at is not None:
        yield "active", at
    if closes_at is not None:
        yield "closing", closes_at
    if expires_at is not None:
        yield "expired", expires_at
