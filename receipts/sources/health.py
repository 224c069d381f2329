"""Health: which source may be asked now, shared by all workers: its budgets, and a breaker for one that is down."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from core.db import execute, fetch, fetch_value
from receipts.sources.frame import ALIVE, Answer, Budget, Outcome, Source

FAILURES_MAX: Final = 5
# Whoever looks whether a source is back is alone for so long; the others wait for what he finds.
PROBE_SECONDS: Final = 60
_CLOSED_SECONDS_MAX: Final = 3_600

_ADMIT = """
INSERT INTO item_source AS s (name) VALUES ($1)
ON CONFLICT (name) DO UPDATE SET
    open_until = CASE WHEN s.failures >= $2 THEN now() + make_interval(secs => $3) ELSE s.open_until END
WHERE coalesce(s.open_until <= now(), true)
RETURNING name
"""
_SPEND = """
INSERT INTO item_source AS s (name, minute, minute_count, day, day_count)
VALUES ($1, date_trunc('minute', now()), 1, date_trunc('day', now()), 1)
ON CONFLICT (name) DO UPDATE SET
    minute = excluded.minute,
    minute_count = CASE WHEN s.minute = excluded.minute THEN s.minute_count + 1 ELSE 1 END,
    day = excluded.day,
    day_count = CASE WHEN s.day = excluded.day THEN s.day_count + 1 ELSE 1 END
WHERE (s.minute IS DISTINCT FROM excluded.minute OR s.minute_count < $2)
  AND (s.day IS DISTINCT FROM excluded.day OR s.day_count < $3)
RETURNING name
"""
_FAILED = """
UPDATE item_source SET failures = failures + 1, failed_at = now(), failure = $2, open_until = CASE
    WHEN $3::int IS NOT NULL THEN now() + make_interval(secs => $3)
    WHEN failures + 1 >= $4
        THEN now() + make_interval(secs => least($6::int, $5::int * 2 ^ least(failures + 1 - $4, 12))::int)
    ELSE open_until END
WHERE name = $1
"""
_ANSWERED = "UPDATE item_source SET failures = 0, open_until = NULL, answered_at = now() WHERE name = $1"


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """A source as support sees it: whether it is asked now, what it has been sent, what it last broke with."""

    name: str
    failures: int
    open_until: datetime | None
    minute_count: int
    day_count: int
    answered_at: datetime | None
    failed_at: datetime | None
    failure: str


async def free(sources: Sequence[Source]) -> list[Source]:
    """The sources that may be asked now, in their order: none that is left alone or has had its budget."""
    rows = await fetch(
        """SELECT s.name FROM unnest($1::text[], $2::int[], $3::int[]) AS asked (name, minute_max, day_max)
           JOIN item_source s ON s.name = asked.name
           WHERE s.open_until > now() OR (s.minute = date_trunc('minute', now()) AND s.minute_count >= minute_max)
              OR (s.day = date_trunc('day', now()) AND s.day_count >= day_max)""",
        [source.name for source in sources],
        [source.budget.minute for source in sources],
        [source.budget.day for source in sources],
    )
    closed = {row["name"] for row in rows}
    return [source for source in sources if source.name not in closed]


async def admit(name: str) -> datetime | None:
    """None where a source may be asked, and else when it may; one that was down is asked by one at first."""
    if await fetch_value(_ADMIT, name, FAILURES_MAX, PROBE_SECONDS) is not None:
        return None
    closed: datetime | None = await fetch_value("SELECT open_until FROM item_source WHERE name = $1", name)
    return closed


async def spend(name: str, budget: Budget) -> bool:
    """Take one request out of a source's budgets of the minute and of the day, if both have one left."""
    return await fetch_value(_SPEND, name, budget.minute, budget.day) is not None


async def free_at(name: str, budget: Budget) -> datetime | None:
    """When a source's spent budget is whole again: in the next minute, or on the next day."""
    at: datetime | None = await fetch_value(
        """SELECT CASE WHEN day = date_trunc('day', now()) AND day_count >= $2 THEN day + interval '1 day'
                       ELSE date_trunc('minute', now()) + interval '1 minute' END
           FROM item_source WHERE name = $1""",
        name,
        budget.day,
    )
    return at


async def report(name: str, answer: Answer, *, pause_seconds: int) -> None:
    """Remember how a source did; after some failures in a row it is left alone, each time for longer."""
    # A receipt that comes back with another sum may be the fault of whoever edited its code.
    alive = answer.outcome in ALIVE or (answer.outcome is Outcome.WRONG_RECEIPT and answer.detail != "identity")
    if alive:
        await execute(_ANSWERED, name)
        return
    said = f"{answer.outcome.value} {answer.detail}"[:200]
    later = answer.retry_after_seconds
    await execute(_FAILED, name, said, later, FAILURES_MAX, pause_seconds, _CLOSED_SECONDS_MAX)


async def states() -> list[SourceState]:
    """Every source that was ever asked."""
    rows: list[Any] = await fetch(
        """SELECT name, failures, CASE WHEN open_until > now() THEN open_until END AS open_until,
                  CASE WHEN minute = date_trunc('minute', now()) THEN minute_count ELSE 0 END AS minute_count,
                  CASE WHEN day = date_trunc('day', now()) THEN day_count ELSE 0 END AS day_count,
                  answered_at, failed_at, failure
           FROM item_source ORDER BY name"""
    )
    return [SourceState(**dict(row)) for row in rows]
