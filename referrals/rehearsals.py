"""Rehearsals: rules played over a program's latest activities, to know their cost before they pay anybody."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core.db import fetch
from programs.facts import decode_facts
from programs.installation import find_program
from programs.lifecycle import find_campaign
from programs.rehearsal import Rehearsal, rehearse
from programs.rules import Rules, check
from programs.snapshot import Program

ACTIVITIES_MAX = 50_000


class DryRun(msgspec.Struct, frozen=True):
    """What rules would have done, and from when the activities are over which they were played."""

    since: datetime | None
    until: datetime | None
    result: Rehearsal


async def dry_run(campaign_id: UUID, *, rules: Rules | None, budget_minor: int | None, activities_max: int) -> DryRun:
    """Play a campaign's newest rules, or others in their place, over so many of its program's latest activities."""
    campaign = await find_campaign(campaign_id)
    if rules is not None:
        check(rules)
    program = await find_program(campaign.program_id)
    rows = await fetch(
        "SELECT facts FROM activity WHERE program_id = $1 ORDER BY id DESC LIMIT $2", program.id, activities_max
    )
    stored = [row["facts"] for row in rows]
    # Seconds of thinking at most, and none of the database's: in a thread, so that the others are served meanwhile.
    return await asyncio.to_thread(_play, rules or campaign.rules, stored, program, budget_minor)


def _play(rules: Rules, stored: Sequence[str], program: Program, budget_minor: int | None) -> DryRun:
    activities = [decode_facts(one) for one in stored]
    moments = [facts.accepted_at for facts in activities]
    result = rehearse(rules, activities, zone=program.zone, currency=program.currency, budget_minor=budget_minor)
    return DryRun(min(moments, default=None), max(moments, default=None), result)
