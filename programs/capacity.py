"""Capacity: room in budgets and limits, taken for many awards at once and never beyond what there is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from core.db import execute, fetch, fetch_value
from core.rows import columns, rows
from programs.decision import Demand, LimitDemand
from programs.reasons import Reason
from programs.seats import Claim, Refused, Seats, budget_id, seat

# Limits before budgets, each in the order of their ids: the one order of everybody who takes room. The uses that are
# there already are locked as they are, by an update that changes none.
_MAKE = f"""
INSERT INTO limit_use (id, campaign_id, scope, subject, period_key)
{rows(id="uuid", campaign_id="uuid", scope="text", subject="text", period_key="text")}
ON CONFLICT (id) DO UPDATE SET used_count = limit_use.used_count WHERE false
"""
_LOCK = """
WITH held_limit AS (
    SELECT id, used_count, used_minor, NULL::bigint AS cap_minor
    FROM limit_use WHERE id = ANY($2) ORDER BY id FOR UPDATE
), held_budget AS (
    SELECT id, 0::bigint AS used_count, spent_minor AS used_minor, cap_minor
    FROM budget WHERE id = ANY($1) ORDER BY id FOR UPDATE
)
SELECT * FROM held_limit UNION ALL SELECT * FROM held_budget
"""
_LOOK = _LOCK.replace(" FOR UPDATE", "")
_WRITE = """
WITH written_budget AS (
    UPDATE budget SET spent_minor = spent_minor + added_minor
    FROM unnest($1::uuid[], $2::bigint[]) AS t (id, added_minor)
    WHERE budget.id = t.id AND spent_minor + added_minor <= cap_minor
    RETURNING budget.id
), written_limit AS (
    UPDATE limit_use SET used_count = used_count + added_count, used_minor = used_minor + added_minor
    FROM unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
        AS t (id, added_count, added_minor, count_max, minor_max)
    WHERE limit_use.id = t.id
        AND (count_max IS NULL OR used_count + added_count <= count_max)
        AND (minor_max IS NULL OR used_minor + added_minor <= minor_max)
    RETURNING limit_use.id
)
SELECT (SELECT count(*) FROM written_budget) + (SELECT count(*) FROM written_limit)
"""
# The same in one way to the database, for whoever undoes all of it where something has no room: a budget that has none
# is not among what comes back, and a use comes back as it is now, to be held against its limit.
_TAKE = f"""
WITH used AS (
    INSERT INTO limit_use AS had (id, campaign_id, scope, subject, period_key, used_count, used_minor)
    {
    rows(
        id="uuid",
        campaign_id="uuid",
        scope="text",
        subject="text",
        period_key="text",
        added_count="bigint",
        added_minor="bigint",
    )
} ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        used_count = had.used_count + excluded.used_count, used_minor = had.used_minor + excluded.used_minor
    RETURNING id, used_count, used_minor
), spent AS (
    UPDATE budget SET spent_minor = spent_minor + added_minor
    FROM unnest($8::uuid[], $9::bigint[]) AS asked (id, added_minor)
    -- Asked when all uses are taken, and not before.
    WHERE budget.id = asked.id AND (SELECT count(*) FROM used) >= 0 AND spent_minor + added_minor <= cap_minor
    RETURNING budget.id, 0::bigint AS used_count, spent_minor
)
SELECT * FROM used UNION ALL SELECT * FROM spent
"""  # noqa: S608 - our own text.


class Overfilled(RuntimeError):
    """A locked row changed under our hands: an error in the program, never a refusal."""


class _Use(msgspec.Struct):
    """One use of a limit, with all that is asked of it together."""

    limit: LimitDemand
    added_count: int = 0
    added_minor: int = 0


async def take(claims: Sequence[Claim]) -> list[Refused | None]:
    """Take what each claim asks for, in order, all of it or nothing; joins the caller's transaction.

    The rows stay locked until it ends, so this comes as late in it as it can.
    """
    demands = [demand for claim in claims for demand in claim]
    if not demands:
        return [None] * len(claims)
    await _make_missing(limit for demand in demands for limit in demand.limits)
    budgets, limits = await _lock(demands)
    verdicts = seat(claims, budgets, limits)
    await _write(budgets, limits)
    return verdicts


async def take_together(claim: Claim) -> Refused | None:
    """Take all that is asked for, or a part and say what had no room: the caller undoes that.

    Joins the caller's transaction, as `take` does, and is one way to the database.
    """
    uses: dict[UUID, _Use] = {}
    budgets: dict[UUID, int] = {}
    for demand in claim:
        for limit in demand.limits:
            use = uses.get(limit.id) or uses.setdefault(limit.id, _Use(limit))
            use.added_count += demand.count
            use.added_minor += demand.amount_minor
        if demand.amount_minor:
            budget = budget_id(demand.campaign_id, demand.asset)
            budgets[budget] = budgets.get(budget, 0) + demand.amount_minor
    if not uses and not budgets:
        return None
    asked = sorted(budgets)
    taken = {
        row["id"]: Seats(row["used_count"], row["used_minor"])
        for row in await fetch(_TAKE, *_columns(uses), asked, [budgets[budget] for budget in asked])
    }
    return next(_untaken(claim, taken), None)


async def room_for(claim: Claim) -> Refused | None:
    """Whether there would be room for a claim now; takes and locks nothing."""
    budgets, limits = await _read(_LOOK, claim)
    return seat([claim], budgets, {limit.id: Seats() for one in claim for limit in one.limits} | limits)[0]


async def give_back(demands: Sequence[Demand]) -> None:
    """Free what awards had taken and a return undid; joins the caller's transaction.

    A count of 0 frees the money and keeps the use counted.
    """
    budgets, limits = await _lock(demands)
    for demand in demands:
        if demand.amount_minor:
            budgets[budget_id(demand.campaign_id, demand.asset)].added_minor -= demand.amount_minor
        for limit in demand.limits:
            # The use may be gone by now, with its period.
            if used := limits.get(limit.id):
                used.added_count -= demand.count
                used.added_minor -= demand.amount_minor
    await _write(budgets, limits)


def _untaken(claim: Claim, taken: Mapping[UUID, Seats]) -> Iterator[Refused]:
    for demand in claim:
        for limit in demand.limits:
            if not taken[limit.id].fits(0, 0, count_max=limit.max_count, minor_max=limit.max_minor):
                yield Refused(demand.campaign_id, Reason(f"limit_{limit.scope}"))
        if demand.amount_minor and budget_id(demand.campaign_id, demand.asset) not in taken:
            yield Refused(demand.campaign_id, Reason.BUDGET_EXHAUSTED)


def _columns(uses: Mapping[UUID, _Use]) -> list[Sequence[Any]]:
    return columns(
        list(uses),
        [use.limit.campaign_id for use in uses.values()],
        [use.limit.scope.value for use in uses.values()],
        [use.limit.subject for use in uses.values()],
        [use.limit.period_key for use in uses.values()],
        [use.added_count for use in uses.values()],
        [use.added_minor for use in uses.values()],
    )


async def _make_missing(limits: Iterable[LimitDemand]) -> None:
    # In one order for everybody, as all locking is: two who begin the same uses never wait for each other in a circle.
    new = sorted({limit.id: limit for limit in limits}.items())
    if new:
        await execute(
            _MAKE,
            *columns(
                [use_id for use_id, _ in new],
                [limit.campaign_id for _, limit in new],
                [limit.scope.value for _, limit in new],
                [limit.subject for _, limit in new],
                [limit.period_key for _, limit in new],
            ),
        )


async def _lock(demands: Sequence[Demand]) -> tuple[dict[UUID, Seats], dict[UUID, Seats]]:
    """Lock every row in one order, and read it."""
    return await _read(_LOCK, demands)


async def _read(statement: str, demands: Sequence[Demand]) -> tuple[dict[UUID, Seats], dict[UUID, Seats]]:
    budgets = {budget_id(demand.campaign_id, demand.asset) for demand in demands}
    limits = {limit.id for demand in demands for limit in demand.limits}
    found = {
        row["id"]: Seats(row["used_count"], row["used_minor"], minor_max=row["cap_minor"])
        for row in await fetch(statement, list(budgets), list(limits))
    }
    return (
        {one: found[one] for one in budgets if one in found},
        {one: found[one] for one in limits if one in found},
    )


async def _write(budgets: Mapping[UUID, Seats], limits: Mapping[UUID, Seats]) -> None:
    spent = [(one, seats) for one, seats in budgets.items() if seats.added_minor]
    used = [(one, seats) for one, seats in limits.items() if seats.added_count or seats.added_minor]
    written = await fetch_value(
        _WRITE,
        [one for one, _ in spent],
        [seats.added_minor for _, seats in spent],
        [one for one, _ in used],
        [seats.added_count for _, seats in used],
        [seats.added_minor for _, seats in used],
        [seats.count_max for _, seats in used],
        [seats.minor_max for _, seats in used],
    )
    if written != len(spent) + len(used):
        raise Overfilled(f"{len(spent) + len(used) - written} of the rows had no room any more")
