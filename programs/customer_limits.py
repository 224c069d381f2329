"""Limits of customers: whom one still holds, and what becomes of their uses when the customer is forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from core.db import execute, fetch
from programs.campaign import accepts_until
from programs.periods import Period, period_key
from programs.snapshot import Snapshot

# A till that was offline may tell of a sale that is so old, and counts it in the period of that day.
_TOLD_LATE_DAYS_MAX = 31


async def holding(keys: Sequence[str], snapshot: Snapshot, *, now: datetime) -> set[tuple[UUID, str]]:
    """By program those of these customers who would have something twice if a limit forgot them now."""
    rows = await fetch(
        """SELECT campaign_id, subject, period_key FROM limit_use
           WHERE scope = 'customer' AND subject = ANY($1) AND (used_count > 0 OR used_minor > 0)""",
        keys,
    )
    # A day before and after, wherever the program is.
    days = [(now + timedelta(days=1 - ago)).date() for ago in range(_TOLD_LATE_DAYS_MAX + 2)]
    periods = {period_key(period, day) for period in Period for day in days}
    found = set()
    for row in rows:
        campaign = snapshot.campaigns.get(row["campaign_id"])
        if campaign and row["period_key"] in periods and accepts_until(campaign) >= now:
            found.add((campaign.program_id, row["subject"]))
    return found


async def forget(program_ids: Sequence[UUID], keys: Sequence[str]) -> None:
    """Drop what customers of programs have used, in pairs; joins the caller's transaction."""
    await execute(
        """DELETE FROM limit_use USING campaign, unnest($1::uuid[], $2::text[]) AS gone (program_id, key)
           WHERE scope = 'customer' AND subject = gone.key AND campaign.id = campaign_id
             AND campaign.program_id = gone.program_id""",
        program_ids,
        keys,
    )
