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
    # The index has the order that is asked for; where statistics know of one row alone, sorting it looks as cheap.
    await execute("SET LOCAL enable_sort = off")
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
# Runs come first and rows are fetched by their keys, fenced so that no statistics, however old, turn it round: a plan
# that began with the batch would read a hundred thousand rows to change one.
_RUNS: Final = "unnest($2::bigint[], $3::bigint[]) AS run (low, high)"
_IN_RUN: Final = "batch_number = $1 AND first >= low AND first < high"

_STATES: Final = f"""
SELECT state, state = 'voided' AND bool_and(reason = $4::text) AS spoiled
FROM {_RUNS} CROSS JOIN LATERAL (SELECT state, reason FROM code_range WHERE {_IN_RUN} OFFSET 0) AS one GROUP BY state
"""  # noqa: S608 - ours.
_SPLIT: Final = f"""
WITH cut AS MATERIALIZED (
    SELECT one.*, at FROM unnest($2::bigint[]) AS at CROSS JOIN LATERAL (
        SELECT id, stop, {", ".join(_REST)} FROM code_range
        WHERE batch_number = $1 AND first < at ORDER BY first DESC LIMIT 1) AS one
    WHERE one.stop > at),
shortened AS (
    UPDATE code_range SET stop = at FROM (SELECT id, min(at) AS at FROM cut GROUP BY id) AS nearest
    WHERE code_range.id = nearest.id AND code_range.id = ANY (ARRAY(SELECT id FROM cut)))
INSERT INTO code_range (batch_number, {COLUMNS})
SELECT $1, at, lead(at, 1, stop) OVER (PARTITION BY id ORDER BY at), {", ".join(_REST)} FROM cut
"""  # noqa: S608 - ours.
# The old rows go and the new ones come already joined: a hundred thousand cartons become one range in a second.
_PUT: Final = f"""
WITH old AS (
    DELETE FROM code_range WHERE id = ANY (ARRAY(
        SELECT id FROM {_RUNS} CROSS JOIN LATERAL (
            SELECT id FROM code_range
            WHERE {_IN_RUN} AND state <> $4::text AND state = ANY($7::text[]) OFFSET 0) AS one))
    RETURNING *),
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
WHERE id = ANY (ARRAY(
    SELECT id FROM {_RUNS} CROSS JOIN LATERAL (
        SELECT id FROM code_range WHERE {_IN_RUN} AND state = 'suspended' OFFSET 0) AS one))
RETURNING {COLUMNS}
"""  # noqa: S608 - ours.
# A run's neighbours on both sides are looked at too: they may have become like it.
_MERGE: Final = f"""
WITH near AS MATERIALIZED (
    SELECT DISTINCT ON (first) one.* FROM {_RUNS} CROSS JOIN LATERAL (
        SELECT * FROM code_range WHERE batch_number = $1 AND first <= high AND first >= coalesce((
            SELECT first FROM code_range WHERE batch_number = $1 AND first < low ORDER BY first DESC LIMIT 1), 0)
        OFFSET 0) AS one
    ORDER BY first),
marked AS (SELECT id, first, stop, {_differ(_REST)} AS starts FROM near WINDOW by_first AS (ORDER BY first)),
islands AS MATERIALIZED ({_ISLANDS}),
gone AS (DELETE FROM code_range WHERE id = ANY (ARRAY(SELECT id FROM islands WHERE NOT starts))),
whole AS MATERIALIZED (
    SELECT (array_agg(id ORDER BY first))[1] AS id, max(stop) AS stop FROM islands GROUP BY island HAVING count(*) > 1)
UPDATE code_range SET stop = whole.stop FROM whole
WHERE code_range.id = whole.id AND code_range.id = ANY (ARRAY(SELECT id FROM whole))
"""  # noqa: S608 - ours.
