"""Settling: evidence whose bonus is decided as it arrives is credited in its own transaction, by no worker."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.db import execute, fetch
from core.ids import derived
from programs.decision import Decision, Demand
from programs.snapshot import Snapshot
from programs.standing import Standing
from referrals import accruals, activities, journal, standings
from referrals.accruals import Accrual
from referrals.activities import Evidence
from referrals.journal import Entry, JournalKind
from referrals.standings import Owner
from wallets.clawbacks import claw_back
from wallets.credits import credit

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
    for owner in owners if hold else ():
        # Text, as the workers who ask for the same lock spell it.
        await execute(_LOCK_AGENT, str(owner.agent_id))
    if not read:
        return {owner.agent_id: snapshot.standing(program_id) for owner in owners}
    rows = await standings.load(owners)
    return {owner.agent_id: rows.standing(owner, snapshot) for owner in owners}


async def settle(
    evidence: Evidence, decision: Decision, *, snapshot: Snapshot, told: Sequence[Entry], now: datetime
) -> None:
    """Write an activity and what was decided for it, and credit it; joins the caller's transaction.

    The budgets and limits that the decision asks for are the caller's to take, before or after.
    """
    facts = evidence.facts
    await activities.accept([evidence])
    await execute("DELETE FROM activity_queue WHERE activity_id = $1", facts.activity_id)
    rows = [Accrual.granted(facts, grant, cause=evidence.cause) for grant in decision.grants]
    written = await accruals.write(rows or [Accrual.nothing(facts, decision.reason, cause=evidence.cause)])
    released = await credit([row.credit() for row in written if row.state == "credited"], now=now)
    await standings.increase([facts], snapshot)
    entries = [*told, *(row.told() for row in written), *(accruals.told_released(lot) for lot in released)]
    await journal.write(entries, at=now)


async def settle_less(
    activity_id: UUID, decision: Decision, *, key: UUID, told: Sequence[Entry], now: datetime
) -> Undone:
    """Take back what an activity has earned above a new decision about it; joins the caller's transaction.

    The room that is free again is the caller's to give back, last.
    """
    due: Mapping[tuple[UUID, int, UUID], int] = {
        (grant.campaign_id, grant.effect, grant.beneficiary_agent_id): grant.amount_minor for grant in decision.grants
    }
    rows = await fetch(
        """SELECT id, campaign_id, effect, agent_id, asset, amount_minor, clawed_minor FROM accrual
           WHERE activity_id = $1 AND state = 'credited' ORDER BY id FOR UPDATE""",
        activity_id,
    )
    demands, entries = [], list(told)
    for row in rows:
        left_minor = row["amount_minor"] - row["clawed_minor"]
        over_minor = left_minor - due.get((row["campaign_id"], row["effect"], row["agent_id"]), 0)
        if over_minor <= 0:
            continue
        await execute(
            "UPDATE accrual SET clawed_minor = clawed_minor + $2, state = $3 WHERE id = $1",
            row["id"],
            over_minor,
            "clawed_back" if over_minor == left_minor else "credited",
        )
        taken = await claw_back(
            row["id"], amount_minor=over_minor, key=derived(b"return", str(key), str(row["id"])), now=now
        )
        returned_minor = over_minor - taken.to_debt_minor
        demands.append(Demand(row["campaign_id"], row["asset"], returned_minor, count=0))
        entries.append(
            Entry(
                agent_id=row["agent_id"],
                kind=JournalKind.client_returned,
                activity_id=activity_id,
                facts={"accrual_id": row["id"], "amount_minor": over_minor, "asset": row["asset"]},
            )
        )
    await journal.write(entries, at=now)
    return Undone(tuple(demands))
