"""Deciding: a batch of activities meets the rules in the order of arrival, and asks budgets and limits for room."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from programs import capacity
from programs.campaign import Campaign
from programs.decide import decide
from programs.decision import Award, Decision, Demand
from programs.facts import Facts
from programs.reasons import Reason
from programs.snapshot import Snapshot
from programs.standing import Standing
from referrals import accruals, standings
from referrals.purchases import Purchase
from referrals.standings import Owner, Rows

_UNDECIDED = Decision((), ())


class Taken(msgspec.Struct):
    """An activity in the hands of a drain, with what became of it so far.

    One that is driven again is decided by the standing that it met the first time, and `paid` for by no campaign twice.
    """

    facts: Facts
    cause: str
    again: bool = False
    candidates: tuple[Campaign, ...] = ()
    met: Standing | None = None
    paid: frozenset[UUID] = frozenset()
    decision: Decision = _UNDECIDED
    exhausted: dict[UUID, Reason] = {}
    refused: list[tuple[Award, Reason]] = []
    granted: bool = False
    # All proofs of what it proves, where it is not the only one.
    purchase: Purchase | None = None

    @property
    def owner(self) -> Owner:
        return Owner(self.facts.agent_id, self.facts.program_id)

    @property
    def needs_standing(self) -> bool:
        return any(campaign.needs_standing for campaign in self.candidates)

    @property
    def demands(self) -> tuple[Demand, ...]:
        return tuple(award.demand for award in self.decision.awards)


class NoRoom(Exception):
    """A budget or a limit has no room for all of a batch: it has to be seated one by one."""


def meet(batch: Sequence[Taken], snapshot: Snapshot) -> None:
    """Give each activity the campaigns that it may concern."""
    for one in batch:
        one.candidates = snapshot.index.candidates(one.facts)


async def recollect(batch: Sequence[Taken], snapshot: Snapshot) -> None:
    """Give what is driven again its past: its standing then, and who has paid; joins the caller's transaction."""
    again = [one for one in batch if one.again]
    if not again:
        return
    met = await standings.met([one.facts for one in again if one.needs_standing], snapshot)
    paid = await accruals.paid_for([one.facts.activity_id for one in again])
    # What came back meanwhile is not paid for any more.
    for one, facts in zip(again, await standings.left_of_each([one.facts for one in again]), strict=True):
        one.facts = facts
        one.met = met.get(one.facts.activity_id)
        one.paid = frozenset(paid.get(one.facts.activity_id, {}))
        one.exhausted = _stacked(one, snapshot, paid.get(one.facts.activity_id, {}))


def _stacked(one: Taken, snapshot: Snapshot, paid: Mapping[UUID, int]) -> dict[UUID, Reason]:
    """The campaigns that share an exclusive group with one that has paid already: what was paid stays."""
    groups = {
        snapshot.campaigns[paid_by].numbered(version).rules.exclusivity_group for paid_by, version in paid.items()
    }
    return {
        campaign.id: Reason.STACKING_CONFLICT
        for campaign in one.candidates
        for version in campaign.versions
        if version.rules.exclusivity_group in groups - {None}
    }


async def standings_of(batch: Sequence[Taken]) -> Rows:
    """The stored standings that some rule will look at; joins the caller's transaction."""
    owners = {one.owner for one in batch if not one.again and one.needs_standing}
    return await standings.load(owners)


def decide_in_order(batch: Sequence[Taken], snapshot: Snapshot, rows: Rows) -> None:
    """Decide whatever is not granted yet, each owner's standing carried along where a rule looks at it."""
    carried = {owner: rows.standing(owner, snapshot) for owner in rows.owners}
    blank = {program_id: snapshot.standing(program_id) for program_id in snapshot.programs}
    for one in batch:
        standing = carried.get(one.owner) if carried else None
        if not one.granted:
            candidates = one.candidates
            if one.paid:
                candidates = tuple(campaign for campaign in candidates if campaign.id not in one.paid)
            seen = one.met or standing or blank[one.facts.program_id]
            one.decision = decide(one.facts, candidates, seen, exhausted=one.exhausted)
            if one.purchase is not None:
                one.decision = one.purchase.topped_up(one.decision, one.facts, snapshot)
        # What is driven again was counted the first time.
        if standing is not None and not one.again:
            standing.add(one.facts)


async def take_room_for_all(batch: Sequence[Taken]) -> None:
    """Take what the whole batch asks for, or raise NoRoom; joins the caller's transaction, as the last thing in it."""
    if await capacity.take_together([demand for one in batch for demand in one.demands]):
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
