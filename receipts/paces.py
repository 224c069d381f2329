"""Paces: how many receipts of an agent and of a till are looked at within a day; what is beyond it waits its turn."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core.db import fetch_value
from receipts.door import Policy

DAY: Final = timedelta(days=1)
_NTH_LAST = """
SELECT due_at FROM receipt WHERE {whose} = $1 AND state <> 'rejected' AND due_at > $3 ORDER BY due_at DESC
OFFSET $2 LIMIT 1
"""


async def due_at(agent_id: UUID, point: str, policy: Policy, *, now: datetime) -> datetime:
    """When the next receipt of this agent and this till is looked at; joins the transaction that holds both."""
    turns = [
        await _next_turn("agent_id", agent_id, policy.agent_day_max, now=now),
        await _next_turn("point", point, policy.till_day_max, now=now),
    ]
    return max(now, *turns)


async def _next_turn(whose: str, subject: Any, most: int, *, now: datetime) -> datetime:
    """A day after as many others ago as a day holds; those that wait themselves take their turns too."""
    found = await fetch_value(_NTH_LAST.format(whose=whose), subject, most - 1, now - DAY)
    return now if found is None else found + DAY
