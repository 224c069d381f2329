"""Additions: goods of an activity that turn out after it was paid; together both are paid as if they had been one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from core import bundle
from core.db import execute, fetch, fetch_value
from core.ids import derived, uuid7
from programs import capacity
from programs.additions import shared
from programs.decision import Decision, Grant
from programs.facts import Line
from programs.purchases import Left
from programs.reasons import Reason
from programs.snapshot import Snapshot, current_snapshot
from referrals import (
    accruals,
    activities,
    families,
    holds,
    joints,
    journal,
    purchase_returns,
    purchases,
    settling,
    standings,
)
from referrals.accruals import Accrual
from referrals.activities import Evidence
from referrals.families import Family, family_of, key_of, totals
from referrals.purchase_returns import Change

# By what an addition is joined to what it adds to.
JOINED_BY: Final = "part"


async def added_to(first_id: UUID) -> tuple[UUID, ...]:
    """The additions of an activity, the earliest first."""
    rows = await fetch("SELECT activity_id FROM activity_addition WHERE first_id = $1 ORDER BY number", first_id)
    return tuple(row["activity_id"] for row in rows)


async def add(
    first_id: UUID, lines: Sequence[Line], *, item_keys: Sequence[str] = (), snapshot: Snapshot, now: datetime
) -> UUID:
    """Pay for more goods of an activity that was decided: the difference to what all of them come to.

    Joins the caller's transaction, which has the evidence that they are its goods, once; returns the addition's id.
    """
    family = await _held_family(first_id)
    cause = await fetch_value("SELECT cause FROM activity WHERE id = $1", first_id)
    number = len(family.added) + 1
    facts = msgspec.structs.replace(
        family.first,
        activity_id=uuid7(),
        purchase_id=family.first.purchase_id or first_id,
        part_of=first_id,
        lines=tuple(lines),
        # What the standing has of it, it has under the first one's name.
        is_further_proof=True,
    )
    item = Evidence(facts, cause=f"{cause}:{number + 1}", item_keys=tuple(item_keys))
    await _keep(item, number=number)
    await holds.hold_part(facts.activity_id, first_id=first_id)
    whole = Family(family.first, (*family.added, facts), (*family.left, *lines))
    await _count(family, whole, snapshot)
    found = await purchase_returns.hold_accruals([facts.activity_id])
    reason = await _prepare(family, whole, item, snapshot)
    demands = await purchase_returns.bring(
        found, key=derived(b"addition", str(facts.activity_id)), now=now, because=Reason.STACKING_CONFLICT.value
    )
    await _tell(item, reason, now=now)
    await capacity.give_back(demands)
    return facts.activity_id


async def _held_family(first_id: UUID) -> Family:
    agent_id = await fetch_value("SELECT agent_id FROM activity WHERE id = $1", first_id)
    await settling.hold_agents([agent_id])
    return await family_of(first_id)


async def _keep(item: Evidence, *, number: int) -> None:
    """Write the addition down, joined to what it adds to and to whatever else names its goods."""
    facts = item.facts
    joining = await activities.join([item])
    await bundle.write(activities.keeping([item], joining))
    await execute(
        "INSERT INTO activity_addition (activity_id, first_id, number) VALUES ($1, $2, $3)",
        facts.activity_id,
        facts.part_of,
        number,
    )
    await joints.join_part(facts.activity_id, facts.part_of or facts.activity_id, item_key=f"{JOINED_BY}:{item.cause}")
    await activities.settle_apart(joining)


async def _count(before: Family, after: Family, snapshot: Snapshot) -> None:
    """The standing counts the whole once, and what is left of it by value is told to its other proofs."""
    await standings.lessen(before.of(before.left), after.of(after.left), snapshot)
    known = await fetch_value("SELECT count(*) FROM purchase_left WHERE activity_id = ANY($1)", list(before.ids))
    if known and after.goods.whole_minor:
        for part in after.ids:
            await purchase_returns.keep_left(part, after.goods)


async def _prepare(before: Family, after: Family, item: Evidence, snapshot: Snapshot) -> Reason:
    """Write down what the newest addition adds, to be paid as far as it is due; the reason where that is nothing."""
    decide = await families.deciding(after, snapshot)
    then, now, whole = totals(before, decide), totals(after, decide), decide(after.lines)
    grants = {key_of(grant): grant for grant in whole.grants}
    held = await accruals.shares_of(before.ids)
    fresh: list[Accrual] = []
    for key in sorted({*grants, *(key for shares in held.values() for key in shares)}):
        parts = [part for part in before.ids if key in held[part]]
        added_minor = now.get(key, 0) - then.get(key, 0)
        lefts = [held[part][key].left_minor for part in parts]
        for part, left_minor in zip(parts, shared(max(0, sum(lefts) + min(0, added_minor)), lefts), strict=True):
            held[part][key] = held[part][key]._replace(left_minor=left_minor)
        if added_minor > 0:
            fresh.append(_unpaid(item, grants[key], added_minor))
    await accruals.write(fresh)
    await accruals.write_worths(fresh)
    await accruals.write_shares(held)
    return Reason.PURCHASE_PAID if grants else whole.reason or Reason.PURCHASE_PAID


def _unpaid(item: Evidence, grant: Grant, worth_minor: int) -> Accrual:
    """A bonus that has nothing to earn yet, like that of a proof whose purchase was paid by another."""
    granted = msgspec.structs.replace(grant, amount_minor=worth_minor, worth_minor=worth_minor)
    return Accrual.granted(item.facts, granted, cause=item.cause, denied=Reason.PURCHASE_PAID)


async def _tell(item: Evidence, reason: Reason, *, now: datetime) -> None:
    """What earned nothing has its reason too."""
    rows = await fetch("SELECT state, reason FROM accrual WHERE activity_id = $1", item.facts.activity_id)
    if any(row["state"] == "credited" or row["reason"] not in purchases.SET_OFF for row in rows):
        return
    nothing = Accrual.nothing(item.facts, reason, cause=item.cause)
    if not rows:
        await accruals.write([nothing])
    await journal.write([nothing.told()], at=now)


async def drive_again(activity_id: UUID, *, now: datetime) -> None:
    """Ask once more for the room that an addition, or what it adds to, did not find; joins the caller's transaction.

    What it is worth stands beside it, and has followed whatever came back since.
    """
    found = await purchase_returns.hold_accruals([activity_id])
    snapshot = await current_snapshot(age_seconds_max=0)
    family = await family_of(await _first_of(activity_id))
    given_way = await families.given_way(family.ids, await families.versions_of(family), snapshot)
    await execute(
        """UPDATE accrual SET state = 'denied', reason = CASE WHEN campaign_id = ANY($3) THEN $4 ELSE $2 END
           WHERE activity_id = $1 AND state = 'canceled'""",
        activity_id,
        Reason.PURCHASE_PAID.value,
        list(given_way),
        Reason.STACKING_CONFLICT.value,
    )
    key = derived(b"driven again", str(activity_id), str(now))
    demands = await purchase_returns.bring(found, key=key, now=now, because=Reason.STACKING_CONFLICT.value)
    await capacity.give_back(demands)


async def _first_of(activity_id: UUID) -> UUID:
    first_id: UUID | None = await fetch_value(
        "SELECT first_id FROM activity_addition WHERE activity_id = $1", activity_id
    )
    return first_id or activity_id


async def having_parts(activity_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these activities that add to another, or that others add to."""
    rows = await fetch(
        """SELECT activity_id AS id FROM activity_addition WHERE activity_id = ANY($1)
           UNION SELECT first_id FROM activity_addition WHERE first_id = ANY($1)""",
        list(activity_ids),
    )
    return {row["id"] for row in rows}


async def take_all_back(first_id: UUID, snapshot: Snapshot, *, because: str, now: datetime) -> None:
    """An activity and what was added to it are worth nothing any more; joins the caller's transaction."""
    family = await _held_family(first_id)
    await standings.lessen(family.of(family.left), family.of(()), snapshot)
    change = Change(first_id, Decision(), Left(0, family.goods.whole_minor), family.ids[1:])
    key = derived(b"taken back whole", str(first_id))
    await capacity.give_back(await purchase_returns.take_back([change], key=key, now=now, because=because))
