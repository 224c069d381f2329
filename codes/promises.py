"""Promises: an order is decided and carried out where there is room for it, without the campaigns that are full."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from codes.orders import Asked, Evaluated, evaluate
from core import metrics
from core.db import savepoint
from core.refusals import Conflict
from programs import capacity
from programs.reasons import Reason
from programs.snapshot import Snapshot
from programs.standing import Standing
from referrals import settling

CarryOut = Callable[[Evaluated, Snapshot], Awaitable[None]]


class OrderRefused(Conflict):
    """Facts: `codes`, each with the reason why it gives nothing."""

    slug = "order_refused"
    title = "None of the codes gives anything for this order"


class _Full(Exception):
    """A budget or a limit has no room: everything since the savepoint is undone, and decided without the campaign."""

    def __init__(self, campaign_id: UUID, reason: Reason) -> None:
        super().__init__(reason)
        self.campaign_id = campaign_id
        self.reason = reason


async def look(asked: Asked, snapshot: Snapshot) -> Evaluated:
    """An order as it would be carried out now; takes and locks nothing."""
    standings = await _standings(asked, snapshot, hold=False)
    return evaluate(asked, snapshot, standings, exhausted=await _full_ones(asked, snapshot, standings))


async def promise(asked: Asked, snapshot: Snapshot, carry_out: CarryOut) -> Evaluated:
    """Decide an order and carry it out where there is room for all of it; a campaign that is full is left out.

    Joins the caller's transaction. Budgets are asked last: whoever holds one waits for nothing else. OrderRefused.
    """
    # Whoever will be refused anyway keeps nobody waiting: this looks, and locks nothing.
    seen = await _standings(asked, snapshot, hold=False)
    exhausted = await _full_ones(asked, snapshot, seen)
    _refuse_nothing(evaluate(asked, snapshot, seen, exhausted=exhausted))
    standings = await _standings(asked, snapshot)
    while True:
        evaluated = evaluate(asked, snapshot, standings, exhausted=exhausted)
        _refuse_nothing(evaluated)
        try:
            async with savepoint():
                await carry_out(evaluated, snapshot)
                await _take(evaluated)
        except _Full as full:
            exhausted[full.campaign_id] = full.reason
        else:
            return evaluated


async def _full_ones(asked: Asked, snapshot: Snapshot, standings: Mapping[UUID, Standing]) -> dict[UUID, Reason]:
    exhausted: dict[UUID, Reason] = {}
    while True:
        evaluated = evaluate(asked, snapshot, standings, exhausted=exhausted)
        full = await capacity.room_for(evaluated.demands) if evaluated.demands else None
        if full is None:
            return exhausted
        exhausted[full.campaign_id] = full.reason


def _refuse_nothing(evaluated: Evaluated) -> None:
    if evaluated.facts is None:
        for one in evaluated.codes:
            metrics.order_refusals.labels(one.reason).inc()
        raise OrderRefused(codes=[{"code": one.code, "reason": one.reason} for one in evaluated.codes])


async def _take(evaluated: Evaluated) -> None:
    [full] = await capacity.take([evaluated.demands])
    if full is not None:
        raise _Full(full.campaign_id, full.reason)


async def _standings(asked: Asked, snapshot: Snapshot, *, hold: bool = True) -> Mapping[UUID, Standing]:
    """The standings of the codes' agents; nobody reads what none of their campaigns looks at."""
    codes = asked.codes.values()
    read = any(snapshot.campaigns[code.campaign_id].needs_standing for code in codes)
    return await settling.standings_of(
        {code.agent_id for code in codes}, asked.program_id, snapshot, hold=hold, read=read
    )
