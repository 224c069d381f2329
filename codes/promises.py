"""Promises: an order is decided and carried out where there is room for it, without the campaigns that are full."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeVar
from uuid import UUID

import msgspec

from codes.evaluation import evaluate
from codes.orders import Asked, Evaluated
from core import metrics
from core.refusals import Conflict
from programs import capacity
from programs.decision import Decision
from programs.reasons import Reason
from programs.snapshot import Snapshot
from programs.standing import Standing
from referrals import known_customers, settling
from referrals.segments import segments_of
from referrals.standings import Owner

# The customer is nobody's, or there is none.
NOT_ATTRIBUTED: Final = "not_attributed"

T = TypeVar("T")

Exhausted = dict[UUID, Reason]
CarryOut = Callable[[Evaluated, Snapshot], Awaitable[None]]
Bear = Callable[[Evaluated, Snapshot], Awaitable[Decision]]


class OrderRefused(Conflict):
    """Facts: `codes`, each with the reason why it gives nothing; `customer`, why his being known gives nothing."""

    slug = "order_refused"
    title = "Neither a code nor the customer's being known gives anything for this order"


class Full(Exception):
    """A budget or a limit has no room: all that the order has written is undone, and decided without the campaign."""

    def __init__(self, campaign_id: UUID, reason: Reason) -> None:
        super().__init__(reason)
        self.campaign_id = campaign_id
        self.reason = reason


async def look(asked: Asked, snapshot: Snapshot) -> Evaluated:
    """An order as it would be carried out now; takes and locks nothing."""
    asked = await _with_segments(asked, snapshot)
    return await _with_room(asked, snapshot, await _standings(asked, snapshot, hold=False), {})


async def until_seated(attempt: Callable[[Exhausted], Awaitable[T]]) -> T:
    """Try a use case of its own transaction, without the campaigns that were full when it was tried before."""
    exhausted: Exhausted = {}
    while True:
        try:
            return await attempt(exhausted)
        except Full as full:
            exhausted[full.campaign_id] = full.reason


async def promise(asked: Asked, snapshot: Snapshot, carry_out: CarryOut, exhausted: Exhausted) -> Evaluated:
    """Decide an order and carry it out where there is room for all of it; a campaign that is full is left out.

    Joins the caller's transaction, which ends with Full where the last room is gone in the meantime. Budgets are asked
    last: whoever holds one waits for nothing else. OrderRefused.
    """
    asked = await _with_segments(asked, snapshot)
    # Whoever will be refused anyway keeps nobody waiting: this looks, and locks nothing.
    evaluated = await _with_room(asked, snapshot, await _standings(asked, snapshot, hold=False), exhausted)
    _refuse_nothing(evaluated)
    # The customer before the agents: the order of everybody who holds both.
    held = await _held(asked, snapshot)
    standings = await _standings(held, snapshot)
    if held.customer is not None or _needs_standing(held, snapshot):
        # What was looked at may have changed until it was held.
        evaluated = evaluate(held, snapshot, standings, exhausted=exhausted)
        _refuse_nothing(evaluated)
    await carry_out(evaluated, snapshot)
    full = await capacity.take_together(evaluated.demands)
    if full is not None:
        raise Full(full.campaign_id, full.reason)
    return evaluated


async def promise_beyond(asked: Asked, snapshot: Snapshot, carry_out: CarryOut, bear: Bear) -> None:
    """Carry out what a till has given already, as if there were room for it; `bear` says who pays, or refuses.

    Joins the caller's transaction. The campaign pays no discount of it, and counts no use. OrderRefused.
    """
    asked = await _held(await _with_segments(asked, snapshot), snapshot)
    evaluated = evaluate(asked, snapshot, await _standings(asked, snapshot), exhausted={})
    _refuse_nothing(evaluated)
    decision = await bear(evaluated, snapshot)
    given = evaluated.given if decision.awards else ()
    evaluated = msgspec.structs.replace(evaluated, discounts=(), decision=decision, given=given)
    await carry_out(evaluated, snapshot)


async def _with_room(
    asked: Asked, snapshot: Snapshot, standings: Mapping[UUID, Standing], exhausted: Exhausted
) -> Evaluated:
    """The order as there is room for it now; the campaigns that are full are put among the exhausted ones."""
    while True:
        evaluated = evaluate(asked, snapshot, standings, exhausted=exhausted)
        full = await capacity.room_for(evaluated.demands) if evaluated.demands else None
        if full is None:
            return evaluated
        exhausted[full.campaign_id] = full.reason


def _refuse_nothing(evaluated: Evaluated) -> None:
    if evaluated.facts is None:
        for one in evaluated.codes:
            metrics.order_refusals.labels(one.reason).inc()
        codes = [{"code": one.code, "reason": one.reason} for one in evaluated.codes]
        raise OrderRefused(codes=codes, customer=evaluated.window_reason or NOT_ATTRIBUTED)


async def _held(asked: Asked, snapshot: Snapshot) -> Asked:
    """The order with its customer as he is now; no other order of his is decided meanwhile."""
    if asked.customer is None:
        return asked
    policy = snapshot.policy(asked.program_id)
    before = asked.customer
    known = await known_customers.hold(asked.program_id, before.key, policy, now=asked.now, keys=before.keys)
    # Another agent's window may have been opened over him meanwhile.
    return await _with_segments(msgspec.structs.replace(asked, customer=known), snapshot)


async def _with_segments(asked: Asked, snapshot: Snapshot) -> Asked:
    """The order with the segments that those who may have it are in now."""
    contenders = _contenders(asked)
    if not any(snapshot.campaigns[campaign_id].asks_segments for _, campaign_id in contenders):
        return asked
    found = await segments_of([Owner(agent_id, asked.program_id) for agent_id, _ in contenders], snapshot)
    return msgspec.structs.replace(asked, segments={owner.agent_id: words for owner, words in found.items()})


async def _standings(asked: Asked, snapshot: Snapshot, *, hold: bool = True) -> Mapping[UUID, Standing]:
    """The standings of those who may have the order; nobody reads what none of their campaigns looks at."""
    agents = {agent_id for agent_id, _ in _contenders(asked)}
    read = _needs_standing(asked, snapshot)
    return await settling.standings_of(agents, asked.program_id, snapshot, hold=hold, read=read)


def _needs_standing(asked: Asked, snapshot: Snapshot) -> bool:
    return any(snapshot.campaigns[campaign_id].needs_standing for _, campaign_id in _contenders(asked))


def _contenders(asked: Asked) -> list[tuple[UUID, UUID]]:
    """Agents, each with the campaign by which he may have the order."""
    shown = [code for text in asked.order.shown if (code := asked.live(text))]
    contenders = [(code.agent_id, code.campaign_id) for code in shown]
    if asked.customer and (window := asked.customer.window):
        contenders.append((window.agent_id, window.campaign_id))
    return contenders
