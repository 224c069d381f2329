"""Rehearsals: rules played over a program's latest activities, to know their cost before they pay anybody."""

import asyncio
from collections.abc import Mapping, Sequence
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
from referrals import segments
from referrals.families import ADDED_LINES, with_lines

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
        f"""SELECT facts, {ADDED_LINES.format(first="activity.id")} AS added
            FROM activity WHERE program_id = $1 ORDER BY id DESC LIMIT $2""",  # noqa: S608 - ours.
        program.id,
        activities_max,
    )
    stored = [(row["facts"], row["added"]) for row in rows]
    played = rules or campaign.rules
    found = await segments.everybody(program.id) if played.segments else {}
    # Seconds of thinking at most, and none of the database's: in a thread, so that the others are served meanwhile.
    return await asyncio.to_thread(_play, played, stored, found, program, budget_minor)


def _play(
    rules: Rules,
    stored: Sequence[tuple[str, str | None]],
    found: Mapping[UUID, frozenset[str]],
    program: Program,
    budget_minor: int | None,
) -> DryRun:
    whole = (segments.as_today(with_lines(decode_facts(facts), added), found) for facts, added in stored)
    activities = [facts for facts in whole if facts.part_of is None]
    moments = [facts.accepted_at for facts in activities]
    result = rehearse(rules, activities, zone=program.zone, currency=program.currency, budget_minor=budget_minor)
    return DryRun(min(moments, default=None), max(moments, default=None), result)
