"""Exposures: what is frozen, what is pending and what is paid of some indexes, counted and summed."""

from uuid import UUID

import msgspec

from codes.batches import CodeBatch
from codes.packaging_code import key_bounds
from codes.ranges import Run
from core.db import fetch, fetch_row

AGENTS_MAX = 50


class Exposed(msgspec.Struct, frozen=True):
    """Bonuses in one asset: pending, of that held back, free to spend, and spent or expired."""

    asset: str
    bonuses: int
    pending_minor: int
    held_minor: int
    available_minor: int
    gone_minor: int


class ExposedAgent(msgspec.Struct, frozen=True):
    """An agent who claimed such codes, how many, and what he got for them in all assets together."""

    agent_id: UUID
    alias: str
    alias_en: str
    scans: int
    earned_minor: int


class Exposure(msgspec.Struct, frozen=True):
    """Some indexes of a batch: how many are in which state, what came of them, and who has most of them."""

    batch_id: UUID
    first: int
    stop: int
    states: dict[str, int]
    claimed: int
    waiting: int
    held: int
    agents_count: int
    money: list[Exposed]
    agents: list[ExposedAgent]


async def exposure(batch: CodeBatch, run: Run) -> Exposure:
    """What is known of these indexes by now; `waiting` are claims that the rules have yet to look at."""
    bounds = key_bounds(batch.number, *run)
    counts = await fetch_row(_COUNTS, *bounds)
    states = await fetch(_STATES, batch.number, *run)
    return Exposure(
        batch_id=batch.id,
        first=run.first,
        stop=run.stop,
        states={row["state"]: row["indexes"] for row in states},
        **dict(counts or {}),
        money=[Exposed(*row.values()) for row in await fetch(_MONEY, *bounds)],
        agents=[ExposedAgent(*row.values()) for row in await fetch(_AGENTS, *bounds, AGENTS_MAX)],
    )


_COUNTS = """
SELECT (SELECT count(*) FROM scan WHERE code_key >= $1 AND code_key < $2) AS claimed,
       (SELECT count(*) FROM scan JOIN activity_queue ON activity_id = scan.id
        WHERE code_key >= $1 AND code_key < $2) AS waiting,
       (SELECT count(*) FROM held_scan WHERE code_key >= $1 AND code_key < $2) AS held,
       (SELECT count(DISTINCT agent_id) FROM scan WHERE code_key >= $1 AND code_key < $2) AS agents_count
"""
_STATES = """
SELECT state, sum(least(stop, $3) - greatest(first, $2))::bigint AS indexes FROM code_range
WHERE batch_number = $1 AND first < $3 AND stop > $2
    AND first >= coalesce((SELECT max(first) FROM code_range WHERE batch_number = $1 AND first <= $2), 0)
GROUP BY state ORDER BY state
"""
_EARNED = """
FROM scan JOIN accrual ON accrual.activity_id = scan.id AND accrual.state = 'credited'
JOIN lot ON lot.id = accrual.id WHERE code_key >= $1 AND code_key < $2
"""
_MONEY = f"""
SELECT lot.asset, count(*),
       coalesce(sum(remaining_minor) FILTER (WHERE lot.state = 'pending'), 0)::bigint,
       coalesce(sum(remaining_minor) FILTER (WHERE lot.holds > 0), 0)::bigint,
       coalesce(sum(remaining_minor) FILTER (WHERE lot.state = 'available'), 0)::bigint,
       sum(lot.amount_minor - remaining_minor)::bigint
{_EARNED} GROUP BY lot.asset ORDER BY lot.asset
"""
_AGENTS = f"""
WITH earned AS (SELECT scan.id, sum(lot.amount_minor) AS minor {_EARNED} GROUP BY scan.id)
SELECT agent.id, alias, alias_en, count(*), coalesce(sum(minor), 0)::bigint
FROM scan JOIN agent ON agent.id = scan.agent_id LEFT JOIN earned ON earned.id = scan.id
WHERE code_key >= $1 AND code_key < $2
GROUP BY agent.id, alias, alias_en ORDER BY 4 DESC, agent.id LIMIT $3
"""  # noqa: S608 - ours.
