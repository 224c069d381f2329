"""Deciding: a batch of activities meets the rules in the order of arrival, and asks budgets and limits for room."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from programs import capacity
from programs.decide import decide
from programs.decision import Award, Decision, Demand
from programs.facts import Facts
from programs.reasons import Reason
from programs.snapshot import Snapshot
from referrals import standings
from referrals.standings import Owner, Rows

_UNDECIDED = Decision((), ())


class Taken(msgspec.Struct):
    """An activity in the hands of a drain, with what became of it so far."""

    facts: Facts
    cause: str
    decision: Decision = _UNDECIDED
    exhausted: dict[UUID, Reason] = {}
    refused: list[tuple[Award, Reason]] = []
    granted: bool = False

    @property
    def owner(self) -> Owner:
        return Owner(self.facts.agent_id, self.facts.program_id)

    @property
    def demands(self) -> tuple[Demand, ...]:
        return tuple(award.demand for award in self.decision.awards)


class NoRoom(Exception):
    """A budget or a limit has no room for all of a batch: it has to be seated one by one."""


async def standings_of(batch: Sequence[Taken], snapshot: Snapshot) -> Rows:
    """The stored standings that some rule will look at; joins the caller's transaction."""
    return await standings.load({one.owner for one in batch if snapshot.index.needs_standing(one.facts)})


def decide_in_order(batch: Sequence[Taken], snapshot: Snapshot, rows: Rows) -> None:
    """Decide whatever is not granted yet, each owner's standing carried along where a rule looks at it."""
    carried = {owner: rows.standing(owner, snapshot) for owner in rows.owners}
    blank = {program_id: snapshot.standing(program_id) for program_id in snapshot.programs}
    for one in batch:
        standing = carried.get(one.owner) if carried else None
        if not one.granted:
            candidates = snapshot.index.candidates(one.facts)
            seen = blank[one.facts.program_id] if standing is None else standing
            one.decision = decide(one.facts, candidates, seen, exhausted=one.exhausted)
        if standing is not None:
            standing.add(one.facts)


async def take_room_for_all(batch: Sequence[Taken]) -> None:
    """Take what the whole batch asks for, or raise NoRoom; joins the caller's transaction, as the last thing in it."""
    if any(await capacity.take([one.demands for one in batch])):
        raise NoRoom


async def take_room_in_order(batch: Sequence[Taken], snapshot: Snapshot, rows: Rows) -> None:
    """Take room for one after the other; whoever finds none is decided again without that campaign.

    Joins the caller's transaction. The batch has been decided once.
    """
    waiting = list(batch)
    while waiting:
        verdicts = await capacity.take([one.demands for one in waiting])
        for one, refused in zip(waiting, verdicts, strict=True):
            one.granted = refused is None
            if refused is not None:
                award = next(award for award in one.decision.awards if award.campaign_id == refused.campaign_id)
                one.refused = [*one.refused, (award, refused.reason)]
                one.exhausted = one.exhausted | {refused.campaign_id: refused.reason}
        waiting = [one for one in waiting if not one.granted]
        if waiting:
            decide_in_order(batch, snapshot, rows)
