"""The outbox: news recorded in the transaction that made it, told afterwards by the relay."""

from collections.abc import Sequence
from typing import Any

import msgspec

from core.db import execute, fetch

# SQL that records what a query tells, in rows of a topic and a payload.
RECORD = "INSERT INTO outbox (topic, payload)"


class News(msgspec.Struct, frozen=True):
    """One piece of news: a topic such as 'journal' and its payload."""

    id: int
    topic: str
    payload: Any


async def record(topic: str, payload: Any) -> None:
    """Record news; joins the caller's transaction."""
    await execute(
        f"{RECORD} VALUES ($1, $2)",
        topic,
        msgspec.json.encode(payload).decode(),
    )


async def take(limit: int) -> list[News]:
    """The oldest news that no other relay holds, removed; joins the caller's transaction."""
    rows = await fetch(
        """DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
           RETURNING id, topic, payload""",
        limit,
    )
    news = [News(row["id"], row["topic"], msgspec.json.decode(row["payload"])) for row in rows]
    return sorted(news, key=lambda item: item.id)


async def lag_seconds() -> float:
    """The age of the oldest untold news."""
    rows: Sequence[Any] = await fetch("SELECT extract(epoch FROM now() - min(created_at))::float8 AS age FROM outbox")
    return rows[0]["age"] or 0.0
