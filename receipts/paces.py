"""Paces: how many receipts of an agent, a till and a shop are looked at in a day; what is beyond waits its turn."""

from datetime import datetime, timedelta
from typing import Any, Final

from core.db import fetch_value
from receipts.door import Policy
from receipts.submissions import Submission
from receipts.tills import place_of

DAY: Final = timedelta(days=1)
_NTH_LAST = """
SELECT due_at FROM receipt WHERE {whose} = $1 AND state <> 'rejected' AND due_at > $3 ORDER BY due_at DESC
OFFSET $2 LIMIT 1
"""


async def due_at(asked: Submission, policy: Policy, *, now: datetime) -> datetime:
    """When this receipt is looked at, after the others of its agent, its till and its shop.

    Joins the transaction that holds agent and till. A shop is known by its tax number, where the receipt says it.
    """
    turns = [
        await _next_turn("agent_id", asked.agent_id, policy.agent_day_max, now=now),
        await _next_turn("point", place_of(asked.receipt).point, policy.till_day_max, now=now),
    ]
    if asked.receipt.seller is not None:
        turns.append(await _next_turn("seller", asked.receipt.seller, policy.shop_day_max, now=now))
    return max(now, *turns)


async def _next_turn(whose: str, subject: Any, most: int, *, now: datetime) -> datetime:
    """A day after as many others ago as a day holds; those that wait themselves take their turns too."""
    found = await fetch_value(_NTH_LAST.format(whose=whose), subject, most - 1, now - DAY)
    return now if found is None else found + DAY
