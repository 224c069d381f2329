"""Job rows: long work that anybody can watch, taken under a lease by one worker at a time."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from core.db import execute, fetch_row, transaction
from core.ids import uuid7
from core.refusals import NotFound

State = Literal["queued", "running", "done", "failed"]

LEASE_SECONDS = 60
ATTEMPTS_MAX = 5
# What broke a try is given time to pass: so long after the first, twice as long after each other.
PAUSE_SECONDS = 2


class Job(msgspec.Struct, frozen=True):
    """A job as its owner sees it; `result` is there when it is done, `error` when it failed."""

    id: UUID
    name: str
    state: State
    percent: int
    params: Any
    result: Any
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class LeaseLost(Exception):
    """Another worker has taken the job over: whoever sees this stops at once and writes nothing more."""


async def enqueue(name: str, params: Any, *, created_by: str, job_id: UUID | None = None) -> UUID:
    """Put a job into its queue; joins the caller's transaction. The sweep finds it if no doorbell does.

    One whose id follows from what it is about is put there once.
    """
    job_id = job_id or uuid7()
    await execute(
        "INSERT INTO job (id, name, params, created_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        job_id,
        name,
        msgspec.json.encode(params).decode(),
        created_by,
    )
    return job_id


async def find(job_id: UUID) -> Job:
    """A job by its id."""
    row = await fetch_row("SELECT * FROM job WHERE id = $1", job_id)
    if row is None:
        raise NotFound
    return _job(row)


async def take() -> tuple[Job, int] | None:
    """The oldest job that waits, or whose worker let its lease run out, with the attempt that fences it."""
    async with transaction() as now:
        await _park_deadly(now)
        row = await fetch_row(
            """UPDATE job SET state = 'running', attempts = attempts + 1,
                      lease_until = $1::timestamptz + make_interval(secs => $2)
               WHERE id = (SELECT id FROM job WHERE state IN ('queued', 'running') AND coalesce(lease_until <= $1, true)
                           ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
               RETURNING *""",
            now,
            LEASE_SECONDS,
        )
    return None if row is None else (_job(row), row["attempts"])


async def _park_deadly(now: datetime) -> None:
    """A job that took its worker with it at every try would do so for ever."""
    await execute(
        """UPDATE job SET state = 'failed', finished_at = $1, error = 'its worker ended without a word at the last try'
           WHERE state = 'running' AND lease_until <= $1 AND attempts >= $2""",
        now,
        ATTEMPTS_MAX,
    )


async def progress(job_id: UUID, attempt: int, percent: int) -> None:
    """Say how far the job is and keep its lease; LeaseLost when another worker has it."""
    await _owned(
        """UPDATE job SET percent = $3, lease_until = now() + make_interval(secs => $4)
           WHERE id = $1 AND attempts = $2 AND state = 'running'""",
        job_id,
        attempt,
        percent,
        LEASE_SECONDS,
    )


async def finish(job_id: UUID, attempt: int, result: Any) -> None:
    """The job is done; may join the transaction that holds its effect."""
    await _owned(
        """UPDATE job SET state = 'done', percent = 100, result = $3, error = NULL, finished_at = now()
           WHERE id = $1 AND attempts = $2 AND state = 'running'""",
        job_id,
        attempt,
        msgspec.json.encode(result).decode(),
    )


async def fail(job_id: UUID, attempt: int, error: str) -> None:
    """The try failed: after a pause back to the queue, or, after the last try, parked as failed with its reason."""
    await _owned(
        """UPDATE job SET state = CASE WHEN attempts < $4 THEN 'queued' ELSE 'failed' END, error = $3,
                  lease_until = now() + make_interval(secs => $5),
                  finished_at = CASE WHEN attempts < $4 THEN NULL ELSE now() END
           WHERE id = $1 AND attempts = $2 AND state = 'running'""",
        job_id,
        attempt,
        error[:2_000],
        ATTEMPTS_MAX,
        PAUSE_SECONDS * 2 ** (attempt - 1),
    )


async def _owned(statement: str, *arguments: Any) -> None:
    if await execute(statement, *arguments) != "UPDATE 1":
        raise LeaseLost


def _job(row: Any) -> Job:
    return Job(
        id=row["id"],
        name=row["name"],
        state=row["state"],
        percent=row["percent"],
        params=msgspec.json.decode(row["params"]),
        result=None if row["result"] is None else msgspec.json.decode(row["result"]),
        error=row["error"],
        created_at=row["created_at"],
        finished_at=row["finished_at"],
    )
