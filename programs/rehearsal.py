"""Rehearsal: new rules played over activities of the past, to see what they would have cost. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from programs.campaign import BEGINNING, Campaign, CampaignState, prepare
from programs.decide import decide
from programs.facts import Facts
from programs.reasons import Reason
from programs.rules import Rules
from programs.seats import Seats, budget_id, seat
from programs.standing import Standing

REHEARSED = UUID(int=0)


class Rehearsal(msgspec.Struct, frozen=True):
    """What would have been: how many activities were paid and what it cost, and why the others were not."""

    activities: int
    paid: int
    asset: str
    cost_minor: int
    agents_paid: int
    refusals: dict[Reason, int]
    # When the budget would have refused for the first time.
    exhausted_at: datetime | None


def rehearse(
    rules: Rules, activities: Iterable[Facts], *, zone: ZoneInfo, currency: str, budget_minor: int | None = None
) -> Rehearsal:
    """Play the rules alone over activities, the earliest accepted first, with their limits and a budget or none."""
    campaign = _as_if_it_had_always_run(rules, zone)
    budgets = {budget_id(REHEARSED, rules.asset): Seats(minor_max=budget_minor)}
    limits: dict[UUID, Seats] = {}
    standings: dict[UUID, Standing] = {}
    refusals: Counter[Reason] = Counter()
    agents_paid: set[UUID] = set()
    paid = seen = 0
    exhausted_at = None
    for facts in sorted(activities, key=lambda one: (one.accepted_at, one.activity_id)):
        seen += 1
        standing = standings.setdefault(facts.agent_id, Standing(zone, currency))
        reason = _play(facts, campaign, standing, budgets, limits)
        standing.add(facts)
        if reason is None:
            paid += 1
            agents_paid.add(facts.agent_id)
        else:
            refusals[reason] += 1
        if reason is Reason.BUDGET_EXHAUSTED and exhausted_at is None:
            exhausted_at = facts.accepted_at
    cost_minor = sum(seats.added_minor for seats in budgets.values())
    return Rehearsal(seen, paid, rules.asset, cost_minor, len(agents_paid), dict(refusals), exhausted_at)


def _play(
    facts: Facts, campaign: Campaign, standing: Standing, budgets: dict[UUID, Seats], limits: dict[UUID, Seats]
) -> Reason | None:
    if campaign.versions[0].rules.trigger is not facts.kind:
        return Reason.NOT_ELIGIBLE_PRODUCT
    decision = decide(facts, [campaign], standing)
    claim = [award.demand for award in decision.awards]
    for demand in claim:
        for limit in demand.limits:
            limits.setdefault(limit.id, Seats())
    [refused] = seat([claim], budgets, limits)
    return refused.reason if refused else decision.reason


def _as_if_it_had_always_run(rules: Rules, zone: ZoneInfo) -> Campaign:
    version = prepare(rules, campaign_id=REHEARSED, version=1, effective_from=BEGINNING, zone=zone)
    return Campaign(
        id=REHEARSED,
        program_id=REHEARSED,
        name="",
        state=CampaignState.ACTIVE,
        versions=(version,),
        activated_at=BEGINNING,
    )
