"""Range rows: how stretches are split, put into a state and joined again, by statements local to what changes."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from codes.ranges import COLUMNS, Run, Stretch, stretch_of
from core.db import execute, fetch

# Why paper that a printer has thrown away is void.
SPOILED: Final = "spoiled"


async def split(number: int, runs: Sequence[Run]) -> None:
    """Let ranges begin and end where these runs do; joins the caller's transaction, which holds the revision."""
    # A plan made for a batch of one range would read all of a hundred thousand.
    await execute("SET LOCAL plan_cache_mode = force_custom_plan")
    await execute(_SPLIT, number, sorted({border for run in runs for border in run}))


async def put(
    number: int,
    runs: Sequence[Run],
    *,
    state: str,
    reason: str,
    now: datetime,
    among: Iterable[str],
    shipped_at: datetime,
) -> list[Stretch]:
    """Put those of the split runs that are in one of the states `among` into another; returns what they are now."""
    rows = await fetch(_PUT, number, *_bounds(runs), state, reason, now, list(among), shipped_at)
    await merge(number, runs)
    return sorted(map(stretch_of, rows), key=lambda one: one.first)


async def put_back(number: int, runs: Sequence[Run], *, reason: str, now: datetime) -> list[Stretch]:
    """Let what is suspended of the split runs be what it was before; returns it."""
    rows = await fetch(_PUT_BACK, number, *_bounds(runs), reason, now)
    await merge(number, runs)
    return sorted(map(stretch_of, rows), key=lambda one: one.first)


async def merge(number: int, runs: Sequence[Run]) -> None:
    """Make one range of neighbours that have become alike; joins the caller's transaction."""
    await execute(_MERGE, number, *_bounds(runs))


async def states(number: int, runs: Sequence[Run]) -> set[str]:
    """The states that occur in the split runs; joins the caller's transaction.

    Spoiled paper went into no pack: it says nothing of the goods around it, and counts where there is nothing else.
    """
    rows = await fetch(_STATES, number, *_bounds(runs), SPOILED)
    return {row["state"] for row in rows if not row["spoiled"]} or {row["state"] for row in rows}


def _bounds(runs: Sequence[Run]) -> tuple[list[int], list[int]]:
    return [run.first for run in runs], [run.stop for run in runs]


def _differ(names: Iterable[str]) -> str:
    """Whether a stretch is another than the one before it, or does not touch it."""
    before = ", ".join(f"lag({name}) OVER by_first" for name in ("stop", *names))
    return f"({before}) IS DISTINCT FROM (first, {', '.join(names)})"


_REST: Final = Stretch.__struct_fields__[2:]
# What a change of state leaves as it was, or makes of it by what it was.
_KEPT: Final = tuple(name for name in _REST if name not in {"state", "reason", "since"})
_ISLANDS: Final = "SELECT *, count(*) FILTER (WHERE starts) OVER (ORDER BY first) AS island FROM marked"
_IN_RUNS: Final = "batch_number = $1 AND first >= low AND first < high"

_STATES: Final = f"""
SELECT state, state = 'voided' AND bool_and(reason = $4::text) AS spoiled
FROM unnest($2::bigint[], $3::bigint[]) AS run (low, high) JOIN code_range ON {_IN_RUNS} GROUP BY state
"""  # noqa: S608 - ours.
_SPLIT: Final = f"""
WITH cut AS (
    SELECT one.id, one.stop, at FROM unnest($2::bigint[]) AS at CROSS JOIN LATERAL (
        SELECT id, stop FROM code_range WHERE batch_number = $1 AND first < at ORDER BY first DESC LIMIT 1) AS one
    WHERE one.stop > at),
shortened AS (
    UPDATE code_range SET stop = at FROM (SELECT id, min(at) AS at FROM cut GROUP BY id) AS nearest
    WHERE code_range.id = nearest.id)
INSERT INTO code_range (batch_number, {COLUMNS})
SELECT $1, at, lead(at, 1, cut.stop) OVER (PARTITION BY cut.id ORDER BY at), {", ".join(_REST)}
FROM cut JOIN code_range USING (id)
"""  # noqa: S608 - ours.
# The old rows go and the new ones come already joined: a hundred thousand cartons become one range in a second.
_PUT: Final = f"""
WITH old AS (
    DELETE FROM code_range USING unnest($2::bigint[], $3::bigint[]) AS run (low, high)
    WHERE {_IN_RUNS} AND state <> $4::text AND state = ANY($7::text[]) RETURNING code_range.*),
new AS (
    SELECT first, stop, territory, channel, shipment_id,
           CASE WHEN $4::text = 'suspended' THEN state END AS suspended_from,
           CASE WHEN $4::text = 'in_transit' THEN coalesce(shipped_at, $8) ELSE shipped_at END AS shipped_at,
           CASE WHEN $4::text = 'active' THEN coalesce(on_sale_at, $6) ELSE on_sale_at END AS on_sale_at
    FROM old),
marked AS (SELECT *, {_differ(_KEPT)} AS starts FROM new WINDOW by_first AS (ORDER BY first)),
islands AS ({_ISLANDS})
INSERT INTO code_range (batch_number, first, stop, state, reason, since, {", ".join(_KEPT)})
SELECT $1, min(first), max(stop), $4::text, $5::text, $6::timestamptz, {", ".join(_KEPT)}
FROM islands GROUP BY island, {", ".join(_KEPT)}
RETURNING {COLUMNS}
"""  # noqa: S608 - ours.
_PUT_BACK: Final = f"""
UPDATE code_range SET state = suspended_from, suspended_from = NULL, reason = $4, since = $5
FROM unnest($2::bigint[], $3::bigint[]) AS run (low, high) WHERE {_IN_RUNS} AND state = 'suspended'
RETURNING {", ".join(f"code_range.{name}" for name in Stretch.__struct_fields__)}
"""  # noqa: S608 - ours.
# A run's neighbours on both sides are looked at too: they may have become like it.
_MERGE: Final = f"""
WITH near AS (
    SELECT DISTINCT ON (first) code_range.* FROM unnest($2::bigint[], $3::bigint[]) AS run (low, high) JOIN code_range
        ON batch_number = $1 AND first <= high AND first >= coalesce(
            (SELECT max(first) FROM code_range WHERE batch_number = $1 AND first < low), 0)
    ORDER BY first),
marked AS (SELECT id, first, stop, {_differ(_REST)} AS starts FROM near WINDOW by_first AS (ORDER BY first)),
islands AS ({_ISLANDS}),
gone AS (DELETE FROM code_range USING islands WHERE code_range.id = islands.id AND NOT islands.starts)
UPDATE code_range SET stop = whole.stop
FROM (SELECT min(first) AS first, max(stop) AS stop FROM islands GROUP BY island HAVING count(*) > 1) AS whole
WHERE batch_number = $1 AND code_range.first = whole.first
"""  # noqa: S608 - ours.
