"""The audit: who with a key did what."""

from typing import Any

import msgspec

from core.db import execute


async def record(who: str, action: str, **facts: Any) -> None:
    """Write down an action of a key's holder; joins the caller's transaction."""
    await execute(
        "INSERT INTO audit_entry (who, action, facts) VALUES ($1, $2, $3)",
        who,
        action,
        msgspec.json.encode(facts).decode(),
    )
