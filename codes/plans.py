"""Plans: what ranges become on a day to come, and the chore that sees to it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from codes import batches
from codes.batches import CodeBatch, changed
from codes.ranges import Run, joined
from codes.scans import NOT_YET
from codes.transitions import ALIVE, paint_all
from core import audit
from core.db import execute, fetch, fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import NotFound

Planned = Literal["active", "closing", "expired"]
# A day that comes never wakes what was stopped meanwhile.
AMONG: dict[str, frozenset[str]] = {"active": NOT_YET, "closing": frozenset({"active"}), "expired": ALIVE}
_AT_ONCE_MAX = 1_000
_DUE = """SELECT EXISTS (SELECT FROM range_plan
          WHERE done_at IS NULL AND canceled_at IS NULL AND due_at <= now())"""
_COLUMNS = "id, batch_id, first, stop, state, reason, due_at, planned_by, done_at, changed"


class Plan(msgspec.Struct, frozen=True):
    """What some indexes of a batch become, and when; `changed` is how many of them did."""

    id: UUID
    batch_id: UUID
    first: int
    stop: int
    state: str
    reason: str
    due_at: datetime
    planned_by: str
    done_at: datetime | None = None
    changed: int | None = None


async def plan(
    batch: CodeBatch, runs: Iterable[Run], *, state: Planned, due_at: datetime, reason: str, by: str, now: datetime
) -> int:
    """Plan what some runs become; joins the caller's transaction. Returns how many plans that took."""
    places = joined(runs)
    await execute(
        """INSERT INTO range_plan (id, batch_id, first, stop, state, reason, due_at, planned_by, planned_at)
           SELECT id, $2, first, stop, $5, $6, $7, $8, $9
           FROM unnest($1::uuid[], $3::bigint[], $4::bigint[]) AS t (id, first, stop)""",
        [uuid7() for _ in places],
        batch.id,
        [run.first for run in places],
        [run.stop for run in places],
        state,
        reason,
        due_at,
        by,
        now,
    )
    return len(places)


async def carry_out_due() -> None:
    """Do everything whose time has come, batch by batch."""
    # Asked first, because whoever carries something out lets every process forget what it knows of batches.
    while await fetch_value(_DUE):
        await _carry_out_some()


async def _carry_out_some() -> None:
    """Do what is due of one batch towards one state, in one transaction."""
    async with transaction() as now:
        # Before any other lock, as with every change of ranges.
        await changed()
        rows = await fetch(
            """WITH eldest AS (SELECT batch_id, state, planned_by, reason FROM range_plan
                               WHERE done_at IS NULL AND canceled_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT 1)
               SELECT range_plan.id, batch_id, first, stop, state, reason, planned_by
               FROM range_plan JOIN eldest USING (batch_id, state, planned_by, reason)
               WHERE done_at IS NULL AND canceled_at IS NULL AND due_at <= $1 LIMIT $2""",
            now,
            _AT_ONCE_MAX,
        )
        if rows:
            await _carry_out(rows, now=now)


async def _carry_out(rows: list[Any], *, now: datetime) -> None:
    one = rows[0]
    batch = await batches.find(one["batch_id"])
    await execute(
        "UPDATE range_plan SET done_at = $2, changed = 0 WHERE id = ANY($1)", [row["id"] for row in rows], now
    )
    painted = await paint_all(
        batch,
        [Run(row["first"], row["stop"]) for row in rows],
        state=one["state"],
        reason=one["reason"],
        by=one["planned_by"],
        now=now,
        among=AMONG[one["state"]],
    )
    await execute(
        """UPDATE range_plan SET changed = (
               SELECT coalesce(sum(high - low), 0) FROM unnest($2::bigint[], $3::bigint[]) AS done (low, high)
               WHERE low >= first AND low < range_plan.stop)
           WHERE id = ANY($1)""",
        [row["id"] for row in rows],
        [one.first for one in painted],
        [one.stop for one in painted],
    )


async def of_batch(batch_id: UUID, *, after: UUID | None = None, limit: int) -> list[Plan]:
    """A batch's plans in the order in which they were made."""
    rows = await fetch(
        f"""SELECT {_COLUMNS} FROM range_plan
            WHERE batch_id = $1 AND canceled_at IS NULL AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3""",  # noqa: S608 - ours.,
        batch_id,
        after,
        limit,
    )
    return [Plan(*row.values()) for row in rows]


async def cancel(plan_id: UUID, *, batch_id: UUID, by: str) -> Plan:
    """Let a plan that is not done yet come to nothing; NotFound."""
    async with transaction() as now:
        row = await fetch_row(
            f"""UPDATE range_plan SET canceled_at = $3
                WHERE id = $1 AND batch_id = $2 AND done_at IS NULL AND canceled_at IS NULL RETURNING {_COLUMNS}""",  # noqa: S608 - ours.
            plan_id,
            batch_id,
            now,
        )
        if row is None:
            raise NotFound
        await audit.record(by, "plan.cancel", plan_id=plan_id, batch_id=batch_id)
    return Plan(*row.values())
