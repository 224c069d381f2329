"""Transitions: what a range may become, and the one way to make it so, local to the rows that change."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from codes import held
from codes.batches import BatchNotSealed, CodeBatch, changed
from codes.claims import PAYING
from codes.range_rows import put, put_back, split, states
from codes.ranges import Run, Stretch, joined
from core import audit
from core.refusals import Conflict, Unprocessable

# The way of goods, in one direction; steps may be skipped. Goods that are closing are no longer sold, those sold pay.
WAY: Final = ("sealed", "exported", "printed", "in_transit", "active", "closing", "expired")
SUSPENDED: Final = "suspended"
RECALLED: Final = "recalled"
VOIDED: Final = "voided"
LEAKED: Final = "leaked"
EXPIRED: Final = WAY[-1]
# Goods that never will be paid for: whoever waits for them is told, unlike with a leak, which a person looks into.
OVER: Final = frozenset({EXPIRED, RECALLED, VOIDED})
# What a suspension stops for the time being, and what a recall or a leak ends for good.
ALIVE: Final = frozenset(WAY[:-1])

# What each state may follow. To be in it already is no contradiction: such a part stays as it is.
FROM: Final[dict[str, frozenset[str]]] = {
    **{state: frozenset(WAY[: place + 1]) for place, state in enumerate(WAY)},
    SUSPENDED: ALIVE | {SUSPENDED},
    RECALLED: ALIVE | {SUSPENDED, LEAKED, RECALLED},
    LEAKED: ALIVE | {SUSPENDED, LEAKED},
    VOIDED: frozenset({*WAY, SUSPENDED, RECALLED, LEAKED, VOIDED}),
} | {
    # A suspended part can be put on sale outright, and its time can run out.
    "active": frozenset({*WAY[:5], SUSPENDED}),
    EXPIRED: frozenset({*WAY, SUSPENDED}),
}


class BeyondBatch(Unprocessable):
    slug = "beyond_batch"
    title = "The batch has no such indexes"


class RangeState(Conflict):
    slug = "range_state"
    title = "Some of these codes are in a state that this cannot follow"


def within(batch: CodeBatch, *, first: int, stop: int | None) -> Run:
    """The run that a caller means, up to the batch's end unless he says; BatchNotSealed, BeyondBatch."""
    if batch.size is None:
        raise BatchNotSealed
    end = batch.size if stop is None else stop
    if not 0 <= first < end <= batch.size:
        raise BeyondBatch(size=batch.size)
    return Run(first, end)


async def paint(
    batch: CodeBatch,
    *,
    first: int,
    stop: int | None,
    state: str,
    reason: str,
    by: str,
    now: datetime,
    among: Iterable[str] | None = None,
) -> list[Stretch]:
    """Put indexes `first` up to `stop` into a state, those in `among` only if given; returns what has changed.

    Joins the caller's transaction, as `paint_all` does, and refuses as it does.
    """
    run = within(batch, first=first, stop=stop)
    return await paint_all(batch, [run], state=state, reason=reason, by=by, now=now, among=among)


async def paint_all(
    batch: CodeBatch,
    runs: Iterable[Run],
    *,
    state: str,
    reason: str,
    by: str,
    now: datetime,
    among: Iterable[str] | None = None,
    shipped_at: datetime | None = None,
) -> list[Stretch]:
    """Put many runs of a batch into a state at once; returns the stretches that have changed, in order.

    Joins the caller's transaction, as its first lock and its last statement but for the caller's own journal: ranges
    wait in `code_revision`, the held scans of what is now on sale are paid, those of what never will be are told.
    What is in the state already keeps its time and reason. Without `among` a part that may not follow refuses all.
    """
    places = [within(batch, first=run.first, stop=run.stop) for run in joined(runs)]
    if not places:
        return []
    await changed()
    await split(batch.number, places)
    if among is None:
        await _refuse_unless(batch.number, places, FROM[state])
    painted = await put(
        batch.number,
        places,
        state=state,
        reason=reason,
        now=now,
        among=FROM[state] if among is None else among,
        shipped_at=shipped_at or now,
    )
    await _record(batch, painted or places, f"range.{state}", reason=reason, by=by)
    await _settle_held(batch, painted, now=now)
    return painted


async def lift(batch: CodeBatch, runs: Iterable[Run], *, reason: str, by: str, now: datetime) -> list[Stretch]:
    """Let what is suspended among these indexes be what it was before; returns the stretches that have changed.

    Joins the caller's transaction as `paint_all` does. RangeState when nothing there is suspended.
    """
    places = [within(batch, first=run.first, stop=run.stop) for run in joined(runs)]
    await changed()
    await split(batch.number, places)
    lifted = await put_back(batch.number, places, reason=reason, now=now)
    if not lifted:
        raise RangeState(states=sorted(await states(batch.number, places)))
    await _record(batch, lifted, "range.lifted", reason=reason, by=by)
    await _settle_held(batch, lifted, now=now)
    return lifted


async def _refuse_unless(number: int, runs: Sequence[Run], may: frozenset[str]) -> None:
    wrong = await states(number, runs) - may
    if wrong:
        raise RangeState(states=sorted(wrong))


async def _settle_held(batch: CodeBatch, painted: Sequence[Stretch], *, now: datetime) -> None:
    paying = [one for one in painted if one.state in PAYING]
    if paying:
        await held.pay(batch, paying, now=now)
    leaked = [one for one in painted if one.state == LEAKED]
    if leaked:
        await held.review(batch, leaked, now=now)
    over = [one for one in painted if one.state in OVER]
    if over:
        await held.refuse(batch, over, reason=held.GOODS_EXPIRED if over[0].state == EXPIRED else RECALLED, now=now)


async def _record(batch: CodeBatch, places: Sequence[Any], action: str, *, reason: str, by: str) -> None:
    await audit.record(
        by,
        action,
        batch_id=batch.id,
        first=places[0].first,
        stop=places[-1].stop,
        runs=len(places),
        reason=reason,
    )
