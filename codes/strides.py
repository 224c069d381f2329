"""Strides: the watch walks over accepted scans once, a page at a time, and looks at their agents and their cartons."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from codes import neighbours, paces
from codes.steps import steps_of
from core.db import execute, fetch, fetch_value, transaction
from core.ids import earliest, made_at
from referrals import holds, trust

PAGE = 5_000
# A scan's id says when its transaction began: so late everyone that will ever be there is there.
LAG_SECONDS = 60
_AT_FIRST_SECONDS = 86_400


async def judge_scans(*, lag_seconds: float = LAG_SECONDS) -> int:
    """Look at the next page of accepted scans; one transaction. Returns how many they were.

    What was held and paid on activation has an id from before the mark, and is rightly passed by: it came all at once.
    """
    async with transaction() as now:
        mark = await _mark(now=now)
        rows = await fetch(
            "SELECT id, agent_id, product_id, code_key FROM scan WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3",
            mark,
            earliest(now - timedelta(seconds=lag_seconds)),
            PAGE,
        )
        if rows:
            rows = _of_one_hour(rows)
            steps, at = await steps_of(rows), made_at(rows[-1]["id"])
            await execute("UPDATE watch_mark SET last_id = $1", rows[-1]["id"])
            findings = await paces.judge(steps, at=at) + await neighbours.judge(steps, at=at)
            await holds.suspect(findings, now=now)
    await trust.earn(await paces.scans_of({row["agent_id"] for row in rows}))
    return len(rows)


async def _mark(*, now: datetime) -> UUID:
    """The last scan that was looked at; one walker at a time."""
    await execute(
        "INSERT INTO watch_mark (place, last_id) VALUES (1, $1) ON CONFLICT DO NOTHING",
        earliest(now - timedelta(seconds=_AT_FIRST_SECONDS)),
    )
    mark: UUID = await fetch_value("SELECT last_id FROM watch_mark FOR UPDATE")
    return mark


def _of_one_hour(rows: Sequence[Any]) -> list[Any]:
    """A page ends with the hour of its first scan, so that one row an agent counts it."""
    hour = _hour(made_at(rows[0]["id"]))
    return [row for row in rows if _hour(made_at(row["id"])) == hour]


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
