"""Explanations: why an activity earned what it did, condition by condition, worked out anew when its owner asks."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from core.db import fetch, fetch_value
from core.refusals import NotFound
from programs.explanation import CampaignFinding, Explanation, explain
from programs.facts import Facts, decode_facts
from programs.reasons import Reason
from programs.snapshot import Snapshot, current_snapshot
from programs.standing import Standing

# Who did more than this before sees an explanation by his latest activities alone.
LOOKED_BACK_MAX = 20_000
# What the rules alone cannot know: that somebody else had taken the last of it.
_TAKEN_BY_OTHERS = frozenset(
    {
        Reason.BUDGET_EXHAUSTED,
        Reason.LIMIT_AGENT,
        Reason.LIMIT_CAMPAIGN,
        Reason.LIMIT_CODE,
        Reason.LIMIT_CUSTOMER,
        Reason.LIMIT_SHOP,
    }
)


async def explain_activity(agent_id: UUID, activity_id: UUID) -> Explanation:
    """What every campaign says to an activity of the agent's, by the version of its time and his standing before it."""
    stored = await fetch_value("SELECT facts FROM activity WHERE id = $1 AND agent_id = $2", activity_id, agent_id)
    if stored is None:
        raise NotFound
    facts, snapshot = decode_facts(stored), await current_snapshot()
    found = explain(
        facts,
        snapshot.index.candidates(facts),
        await _standing_before(facts, snapshot),
        exhausted=await _exhausted(activity_id),
    )
    return msgspec.structs.replace(found, campaigns=tuple(_own(finding, agent_id) for finding in found.campaigns))


async def _standing_before(facts: Facts, snapshot: Snapshot) -> Standing:
    """The standing that the activity met, from the activities before it: what is stored has gone on since."""
    standing = snapshot.standing(facts.program_id)
    if not snapshot.index.needs_standing(facts):
        return standing
    rows = await fetch(
        """SELECT facts FROM (
               SELECT facts, accepted_at, id FROM activity
               WHERE agent_id = $1 AND program_id = $2 AND (accepted_at, id) < ($3, $4)
               ORDER BY id DESC LIMIT $5) AS earlier
           ORDER BY accepted_at, id""",
        facts.agent_id,
        facts.program_id,
        facts.accepted_at,
        facts.activity_id,
        LOOKED_BACK_MAX,
    )
    for row in rows:
        standing.add(decode_facts(row["facts"]))
    return standing


async def _exhausted(activity_id: UUID) -> Mapping[UUID, Reason]:
    rows = await fetch(
        """SELECT campaign_id, reason FROM accrual
           WHERE activity_id = $1 AND state = 'denied' AND campaign_id IS NOT NULL AND reason = ANY($2)""",
        activity_id,
        [reason.value for reason in _TAKEN_BY_OTHERS],
    )
    return {row["campaign_id"]: Reason(row["reason"]) for row in rows}


def _own(finding: CampaignFinding, agent_id: UUID) -> CampaignFinding:
    """What others were given for it is theirs to see."""
    own = tuple(grant for grant in finding.grants if grant.beneficiary_agent_id == agent_id)
    return msgspec.structs.replace(finding, grants=own)
