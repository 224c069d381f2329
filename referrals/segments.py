"""Segments: groups of a program's agents, by the maker's word or their own joining, and who is in which now."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from core import audit
from core.db import execute, fetch, fetch_value, transaction
from core.ids import uuid7
from core.refusals import NotFound
from programs.campaign import CampaignState
from programs.facts import Facts
from programs.installation import find_program
from programs.snapshot import Snapshot, current_snapshot
from referrals.standings import Owner

_GOING_ON: Final = frozenset({CampaignState.ACTIVE, CampaignState.PAUSED})
NO_SEGMENTS: Final[frozenset[str]] = frozenset()

Segments = Mapping[Owner, frozenset[str]]


class Segment(msgspec.Struct, frozen=True):
    """A group of a program: how many are in it, and how many campaigns that are not over ask for it."""

    segment: str
    members: int
    campaigns: int


class Member(msgspec.Struct, frozen=True):
    """An agent who is in a segment: since when, and who put him in; a word is named by its id."""

    agent_id: UUID
    alias: str
    alias_en: str
    added_at: datetime
    added_by: str


class Membership(msgspec.Struct, frozen=True):
    """A segment that an agent is in, as he sees it; `until` is when he was taken out of one that he was in."""

    program_id: UUID
    segment: str
    since: datetime
    until: datetime | None = None


class PutIn(msgspec.Struct, frozen=True):
    """How many are newly in a segment, and which of those who were named are no agents."""

    added: int
    unknown: list[str]


async def put_in(program_id: UUID, segment: str, agent_ids: Sequence[UUID], *, by: str) -> PutIn:
    """Put agents into a segment, those who were taken out of it before as well; one who is in it stays so. NotFound."""
    async with transaction():
        await find_program(program_id)
        wanted = sorted(set(agent_ids))
        rows = await fetch("SELECT id FROM agent WHERE id = ANY($1) AND closed_at IS NULL", wanted)
        known = sorted(row["id"] for row in rows)
        added = await fetch(
            """INSERT INTO segment_member AS m (id, program_id, segment, agent_id, added_by)
               SELECT t.id, $1, $2, t.agent_id, $5 FROM unnest($3::uuid[], $4::uuid[]) AS t (id, agent_id)
               ON CONFLICT (program_id, segment, agent_id) DO UPDATE
                   SET added_at = now(), added_by = excluded.added_by, removed_at = NULL
                   WHERE m.removed_at IS NOT NULL
               RETURNING agent_id""",
            program_id,
            segment,
            [uuid7() for _ in known],
            known,
            by,
        )
        if added:
            agents = sorted(row["agent_id"] for row in added)
            await audit.record(by, "segment.put_in", program_id=program_id, segment=segment, agents=agents)
    return PutIn(len(added), [str(agent_id) for agent_id in wanted if agent_id not in set(known)])


async def take_out(program_id: UUID, segment: str, agent_id: UUID, *, by: str) -> None:
    """Take an agent out of a segment; he comes back by the maker's word alone. NotFound."""
    async with transaction():
        taken = await fetch_value(
            """UPDATE segment_member SET removed_at = now()
               WHERE program_id = $1 AND segment = $2 AND agent_id = $3 AND removed_at IS NULL RETURNING id""",
            program_id,
            segment,
            agent_id,
        )
        if taken is None:
            raise NotFound
        await audit.record(by, "segment.take_out", program_id=program_id, segment=segment, agents=[agent_id])


async def segments(program_id: UUID) -> list[Segment]:
    """The segments of a program that somebody is in, that a word was made for, or that a campaign asks for."""
    await find_program(program_id)
    asked = await _asked(program_id)
    rows = await fetch(
        """SELECT segment, count(agent_id) AS members FROM (
               SELECT segment, agent_id FROM segment_member WHERE program_id = $1 AND removed_at IS NULL
               UNION ALL SELECT segment, NULL FROM segment_word WHERE program_id = $1) AS t
           GROUP BY segment""",
        program_id,
    )
    counted = dict.fromkeys(asked, 0) | {row["segment"]: row["members"] for row in rows}
    return [Segment(segment, counted[segment], asked[segment]) for segment in sorted(counted)]


async def _asked(program_id: UUID) -> Counter[str]:
    """How many campaigns ask for each segment by the rules that they have now."""
    snapshot = await current_snapshot(age_seconds_max=0)
    now = await fetch_value("SELECT now()")
    running = (
        campaign
        for campaign in snapshot.campaigns.values()
        if campaign.program_id == program_id and campaign.state in _GOING_ON
    )
    versions = [campaign.version_at(now) for campaign in running]
    return Counter(segment for one in versions if now < one.closes_at for segment in one.rules.segments)


async def members(program_id: UUID, segment: str, *, after: UUID | None = None, limit: int = 100) -> list[Member]:
    """Who is in a segment, by the agents' ids."""
    await find_program(program_id)
    rows = await fetch(
        """SELECT m.agent_id, alias, alias_en, added_at, added_by
           FROM segment_member m JOIN agent ON agent.id = m.agent_id
           WHERE program_id = $1 AND segment = $2 AND removed_at IS NULL AND ($3::uuid IS NULL OR m.agent_id > $3)
           ORDER BY m.agent_id LIMIT $4""",
        program_id,
        segment,
        after,
        limit,
    )
    return [Member(**row) for row in rows]


async def memberships(agent_id: UUID, *, ended: bool = False) -> list[Membership]:
    """The segments that an agent is in; with those that he was taken out of, if they are asked for."""
    rows = await fetch(
        """SELECT program_id, segment, added_at AS since, removed_at AS until FROM segment_member
           WHERE agent_id = $1 AND ($2 OR removed_at IS NULL) ORDER BY program_id, segment""",
        agent_id,
        ended,
    )
    return [Membership(**row) for row in rows]


async def forget(agent_id: UUID) -> None:
    """An agent is in no segment any more, and never was; joins the caller's transaction."""
    await execute("DELETE FROM segment_member WHERE agent_id = $1", agent_id)


async def segments_of(owners: Iterable[Owner], snapshot: Snapshot) -> Segments:
    """What agents are in now; where no campaign of a program looks at that, nobody is asked about it."""
    asking = snapshot.index.asks_segments
    asked = {owner for owner in owners if owner.program_id in asking} if asking else set()
    if not asked:
        return {}
    rows = await fetch(
        """SELECT agent_id, program_id, array_agg(segment::text) AS segments FROM segment_member
           WHERE agent_id = ANY($1) AND removed_at IS NULL GROUP BY agent_id, program_id""",
        sorted({owner.agent_id for owner in asked}),
    )
    found = {Owner(row["agent_id"], row["program_id"]): frozenset(row["segments"]) for row in rows}
    return {owner: found.get(owner, NO_SEGMENTS) for owner in asked}


async def seen(facts: Facts, snapshot: Snapshot) -> Facts:
    """The facts with the segments that their agent is in now."""
    owner = Owner(facts.agent_id, facts.program_id)
    found = (await segments_of([owner], snapshot)).get(owner, NO_SEGMENTS)
    return msgspec.structs.replace(facts, segments=found) if found else facts


async def everybody(program_id: UUID) -> dict[UUID, frozenset[str]]:
    """Whoever is in a segment of a program now, for rules that are only played."""
    rows = await fetch(
        """SELECT agent_id, array_agg(segment::text) AS segments FROM segment_member
           WHERE program_id = $1 AND removed_at IS NULL GROUP BY agent_id""",
        program_id,
    )
    return {row["agent_id"]: frozenset(row["segments"]) for row in rows}


def as_today(facts: Facts, found: Mapping[UUID, frozenset[str]]) -> Facts:
    """Facts of the past with the segments of today beside those of then: a group is made before its campaign."""
    today = found.get(facts.agent_id)
    return msgspec.structs.replace(facts, segments=facts.segments | today) if today else facts
