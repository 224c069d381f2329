"""The audit: who with a key did what."""

from datetime import datetime
from typing import Any

import msgspec

from core.db import execute, fetch


class Action(msgspec.Struct, frozen=True):
    """One action: who did it, a key or a part of the program, and what it was about."""

    id: int
    at: datetime
    who: str
    action: str
    facts: dict[str, Any]


async def record(who: str, action: str, **facts: Any) -> None:
    """Write down an action of a key's holder; joins the caller's transaction."""
    await execute(
        "INSERT INTO audit_entry (who, action, facts) VALUES ($1, $2, $3)",
        who,
        action,
        msgspec.json.encode(facts).decode(),
    )


async def page(*, before: int | None = None, limit: int = 100) -> list[Action]:
    """Actions with an id below `before`, the latest first."""
    rows = await fetch(
        """SELECT id, at, who, action, facts FROM audit_entry
           WHERE $1::bigint IS NULL OR id < $1 ORDER BY id DESC LIMIT $2""",
        before,
        limit,
    )
    return [Action(row["id"], row["at"], row["who"], row["action"], msgspec.json.decode(row["facts"])) for row in rows]
