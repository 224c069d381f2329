"""Settling: evidence whose bonus is decided as it arrives is credited in its own transaction, by no worker."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core import bundle
from core.bundle import Write
from core.db import execute
from programs.decision import Decision, Demand
from programs.purchases import Left
from programs.snapshot import Snapshot
from programs.standing import Standing
from referrals import accruals, activities, journal, standings
from referrals.accruals import Accrual
from referrals.activities import Evidence
from referrals.journal import Entry
from referrals.purchase_holds import held
from referrals.purchase_returns import Change, take_back
from referrals.standings import Owner
from wallets.credits import Credit, crediting, release_what_is_due
from wallets.ledger import Transfer

_LOCK_AGENT = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"


class Undone(msgspec.Struct, frozen=True):
    """What a return took back of an activity, as room that its campaigns have again."""

    demands: tuple[Demand, ...]


async def standings_of(
    agent_ids: Iterable[UUID], program_id: UUID, snapshot: Snapshot, *, hold: bool = True, read: bool = True
) -> dict[UUID, Standing]:
    """The standings by which something is decided now; joins the caller's transaction.

    Agents who are held are so until it ends: no worker settles anything of theirs meanwhile. A standing that is not
    read knows the program's calendar and nothing of its agent.
    """
    owners = sorted(Owner(agent_id, program_id) for agent_id in set(agent_ids))
    if hold:
        await hold_agents(owner.agent_id for owner in owners)
    if not read:
        return {owner.agent_id: snapshot.standing(program_id) for owner in owners}
    rows = await standings.load(owners)
    return {owner.agent_id: rows.standing(owner, snapshot) for owner in owners}


async def hold_agents(agent_ids: Iterable[UUID]) -> None:
    """Let no worker and no till settle anything of these agents until the caller's transaction ends."""
    for agent_id in sorted(set(agent_ids)):
        # Text, as the workers who ask for the same lock spell it.
        await execute(_LOCK_AGENT, str(agent_id))


async def settle(
    evidence: Evidence,
    decision: Decision,
    *,
    snapshot: Snapshot,
    told: Sequence[Entry],
    now: datetime,
    beside: Sequence[Transfer] = (),
    also: Sequence[Write] = (),
) -> tuple[Demand, ...]:
    """Write an activity and what was decided for it, and credit it; joins the caller's transaction.

    The transfers `beside` and what `also` is to be written go the same way to the database.

    The budgets and limits that the decision asks for are the caller's to take, before or after. Of a purchase that has
    paid by another proof only the difference is credited: the room that is returned was not needed, and is the caller's
    to give back once he has taken it.
    """
    joining = await activities.join([evidence])
    facts = activities.told(evidence.facts, joining)
    writes = [*also, activities.keeping([evidence], joining)]
    promised = decision
    if joining.joints:
        await bundle.write(*writes)
        writes = []
        await activities.settle_apart(joining)
        decision = (await held(facts.activity_id)).topped_up(promised, facts, snapshot)
    rows = [Accrual.granted(facts, grant, cause=evidence.cause) for grant in decision.grants]
    for award, reason in decision.claimed:
        rows += [Accrual.granted(facts, grant, cause=evidence.cause, denied=reason) for grant in award.grants]
    rows = rows or [Accrual.nothing(facts, decision.reason, cause=evidence.cause)]
    credits = [row.credit() for row in rows if row.state == "credited"]
    entries = [*told, *(row.told() for row in rows)]
    writes += [accruals.writing(rows), *await crediting(credits, beside=beside)]
    writes += standings.increasing([activities.told(facts, joining)], snapshot)
    await carry_out(writes, credits, told=entries, now=now)
    if not joining.joints:
        return ()
    await accruals.write_worths(rows)
    return tuple(_unused(promised, decision))


async def carry_out(
    writes: Sequence[Write], credits: Sequence[Credit], *, told: Sequence[Entry], now: datetime
) -> None:
    """Carry out the writes of new credits, release those that are due, and tell of it all.

    Joins the caller's transaction; where nothing is due it is one way to the database.
    """
    if any(item.releases_at <= now for item in credits):
        await bundle.write(*writes)
        released = await release_what_is_due(credits, now=now)
        await journal.write([*told, *map(accruals.told_released, released)], at=now)
    else:
        await bundle.write(*writes, *([journal.telling(told, at=now)] if told else []))


def _unused(promised: Decision, given: Decision) -> Iterator[Demand]:
    """The money that other proofs had earned before; the use of a limit stays counted."""
    needed = {award.campaign_id: award.demand.amount_minor for award in given.awards}
    for award in promised.awards:
        spared_minor = award.demand.amount_minor - needed.get(award.campaign_id, 0)
        if spared_minor:
            yield msgspec.structs.replace(award.demand, amount_minor=spared_minor, count=0)


async def settle_less(
    activity_id: UUID,
    decision: Decision,
    *,
    goods: Left | None = None,
    key: UUID,
    told: Sequence[Entry],
    now: datetime,
) -> Undone:
    """Take back what an activity has earned above a new decision about it; joins the caller's transaction.

    What is left of the goods by value tells the same to other proofs of the purchase. The room that is free again is
    the caller's to give back, last.
    """
    await journal.write(told, at=now)
    return Undone(tuple(await take_back([Change(activity_id, decision, goods)], key=key, now=now)))
