"""Capacity: room in budgets and limits, taken for many awards at once and never beyond what there is."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

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
# The same for one claim: what has no room is not among what comes back.
_TAKE = f"""
WITH wanted AS ({
    rows(
        id="uuid",
        campaign_id="uuid",
        scope="text",
        subject="text",
        period_key="text",
        count="bigint",
        minor="bigint",
        count_max="bigint",
        minor_max="bigint",
    )
}
), used AS (
    INSERT INTO limit_use (id, campaign_id, scope, subject, period_key, used_count, used_minor)
    SELECT id, campaign_id, scope, subject, period_key, count, minor FROM wanted
    WHERE count <= coalesce(count_max, count) AND minor <= coalesce(minor_max, minor) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET
        used_count = limit_use.used_count + excluded.used_count, used_minor = limit_use.used_minor + excluded.used_minor
    WHERE (SELECT (count_max IS NULL OR limit_use.used_count + count <= count_max)
              AND (minor_max IS NULL OR limit_use.used_minor + minor <= minor_max)
           FROM wanted WHERE wanted.id = excluded.id)
    RETURNING id
), spent AS (
    UPDATE budget SET spent_minor = spent_minor + minor
    FROM unnest($10::uuid[], $11::bigint[]) AS asked (id, minor)
    -- Asked when all uses are taken, and not before.
    WHERE budget.id = asked.id AND (SELECT count(*) FROM used) >= 0 AND spent_minor + minor <= cap_minor
    RETURNING budget.id
)
SELECT id FROM used UNION ALL SELECT id FROM spent
"""  # noqa: S608 - our own text.


class Overfilled(RuntimeError):
    """A locked row changed under our hands: an error in the program, never a refusal."""


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


async def take_one(claim: Claim) -> Refused | None:
    """Take all that one claim asks for, or a part and say what had no room: the caller undoes that.

    Joins the caller's transaction, as `take` does, and is one way to the database.
    """
    limits: dict[UUID, tuple[LimitDemand, Seats]] = {}
    budgets: dict[UUID, int] = {}
    for demand in claim:
        for limit in demand.limits:
            _, seats = limits.setdefault(limit.id, (limit, Seats()))
            seats.take(demand.count, demand.amount_minor, count_max=limit.max_count, minor_max=limit.max_minor)
        if demand.amount_minor:
            budget = budget_id(demand.campaign_id, demand.asset)
            budgets[budget] = budgets.get(budget, 0) + demand.amount_minor
    if not limits and not budgets:
        return None
    taken = {
        row["id"] for row in await fetch(_TAKE, *_uses(sorted(limits.items())), *_amounts(sorted(budgets.items())))
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


def _untaken(claim: Claim, taken: Collection[UUID]) -> Iterator[Refused]:
    for demand in claim:
        for limit in demand.limits:
            if limit.id not in taken:
                yield Refused(demand.campaign_id, Reason(f"limit_{limit.scope}"))
        if demand.amount_minor and budget_id(demand.campaign_id, demand.asset) not in taken:
            yield Refused(demand.campaign_id, Reason.BUDGET_EXHAUSTED)


def _uses(limits: Sequence[tuple[UUID, tuple[LimitDemand, Seats]]]) -> list[Sequence[Any]]:
    return columns(
        [use_id for use_id, _ in limits],
        [limit.campaign_id for _, (limit, _) in limits],
        [limit.scope.value for _, (limit, _) in limits],
        [limit.subject for _, (limit, _) in limits],
        [limit.period_key for _, (limit, _) in limits],
        [seats.added_count for _, (_, seats) in limits],
        [seats.added_minor for _, (_, seats) in limits],
        [seats.count_max for _, (_, seats) in limits],
        [seats.minor_max for _, (_, seats) in limits],
    )


def _amounts(budgets: Sequence[tuple[UUID, int]]) -> tuple[list[UUID], list[int]]:
    return [one for one, _ in budgets], [amount_minor for _, amount_minor in budgets]


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
