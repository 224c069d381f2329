"""Explanations: why an activity earned what it did, condition by condition, worked out anew when its owner asks."""

from collections.abc import Collection, Mapping
from functools import reduce
from uuid import UUID

import msgspec

from core.db import fetch, fetch_value
from core.refusals import NotFound
from programs.campaign import Campaign
from programs.decision import Grant
from programs.explanation import CampaignFinding, Explanation, explain
from programs.facts import ActivityKind, Facts, decode_facts
from programs.reasons import Reason
from programs.snapshot import Snapshot, current_snapshot
from programs.standing import Standing
from programs.tells import Tells
from referrals import families
from referrals.attributions import given_for
from referrals.other_proofs import added_by, other_proofs
from referrals.purchases import Key
from referrals.standings import Replay

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
        Reason.PURCHASE_PAID,
    }
)


async def explain_activity(agent_id: UUID, activity_id: UUID) -> Explanation:
    """What every campaign says to an activity of the agent's, by the version of its time and his standing before it."""
    stored = await fetch_value("SELECT facts FROM activity WHERE id = $1 AND agent_id = $2", activity_id, agent_id)
    if stored is None:
        raise NotFound
    facts, snapshot = await families.whole_of(decode_facts(stored)), await current_snapshot()
    found = explain(
        msgspec.structs.replace(facts, tells=await _tells(facts, snapshot)),
        await _asked(facts, snapshot),
        await _standing_before(facts, snapshot),
        exhausted=await _exhausted(activity_id),
    )
    given = {(one.campaign_id, one.effect, one.agent_id): one.given_minor for one in await given_for(activity_id)}
    added = await added_by(activity_id)
    if facts.activity_id != activity_id:
        # Of goods that were added everything counts that was there, and they are told what they have added.
        added = {_key(grant): added.get(_key(grant), 0) for one in found.campaigns for grant in one.grants}
    campaigns = tuple(_own(finding, agent_id, given, added) for finding in found.campaigns)
    others = await other_proofs(agent_id, activity_id)
    return msgspec.structs.replace(found, activity_id=activity_id, campaigns=campaigns, purchase=others)


async def _asked(facts: Facts, snapshot: Snapshot) -> Collection[Campaign]:
    """The campaigns that had a say: of an order with a promo code those alone that its agent's codes are made for."""
    candidates = snapshot.index.candidates(facts)
    if facts.kind is not ActivityKind.PROMO_REDEEMED:
        return candidates
    rows = await fetch(
        """SELECT campaign_id FROM attribution WHERE activity_id = $1
           UNION SELECT campaign_id FROM accrual WHERE activity_id = $1""",
        facts.activity_id,
    )
    own = {row["campaign_id"] for row in rows}
    return [campaign for campaign in candidates if campaign.id in own]


async def _standing_before(facts: Facts, snapshot: Snapshot) -> Standing:
    """The standing that the activity met, from the activities before it: what is stored has gone on since."""
    standing = snapshot.standing(facts.program_id)
    if not snapshot.index.needs_standing(facts):
        return standing
    rows = await fetch(
        """SELECT id, facts, lines FROM (
               (SELECT id, facts, NULL::json AS lines, accepted_at AS at FROM activity
                WHERE agent_id = $1 AND program_id = $2 AND (accepted_at, id) < ($3, $4)
                ORDER BY id DESC LIMIT $5)
               UNION ALL
               SELECT activity_id, NULL, lines, at FROM activity_return
               WHERE agent_id = $1 AND program_id = $2 AND at < $3) AS earlier
           ORDER BY at, id""",
        facts.agent_id,
        facts.program_id,
        facts.accepted_at,
        facts.activity_id,
        LOOKED_BACK_MAX,
    )
    replay = Replay(snapshot)
    for row in rows:
        replay.play(row)
    return replay.standing_of(facts)


async def _tells(facts: Facts, snapshot: Snapshot) -> Tells:
    """What may be said of the activity; of a sum over earlier ones no more than of each of them, nor of what is left.

    Whoever knows what two sums come to together, and one of them, knows the other.
    """
    if not snapshot.index.needs_standing(facts):
        return facts.tells
    rows = await fetch(
        """SELECT DISTINCT facts ->> 'tells' AS tells FROM activity
           WHERE agent_id = $1 AND program_id = $2 AND (accepted_at, id) < ($3, $4)
             AND facts ->> 'tells' IS NOT NULL""",
        facts.agent_id,
        facts.program_id,
        facts.accepted_at,
        facts.activity_id,
    )
    return reduce(Tells.narrowed, (_tells_decoder.decode(row["tells"]) for row in rows), facts.tells)


async def _exhausted(activity_id: UUID) -> Mapping[UUID, Reason]:
    rows = await fetch(
        """SELECT campaign_id, reason FROM accrual
           WHERE activity_id = $1 AND state = 'denied' AND campaign_id IS NOT NULL AND reason = ANY($2)""",
        activity_id,
        [reason.value for reason in _TAKEN_BY_OTHERS],
    )
    return {row["campaign_id"]: Reason(row["reason"]) for row in rows}


def _own(
    finding: CampaignFinding, agent_id: UUID, given: Mapping[Key, int], added: Mapping[Key, int]
) -> CampaignFinding:
    """What others were given for it is theirs to see; his own without what he gave of it for the discount."""
    own = tuple(_less(grant, given, added) for grant in finding.grants if grant.beneficiary_agent_id == agent_id)
    return msgspec.structs.replace(finding, grants=own)


def _less(grant: Grant, given: Mapping[Key, int], added: Mapping[Key, int]) -> Grant:
    key = _key(grant)
    part = given.get(key, 0)
    if part:
        grant = msgspec.structs.replace(grant, amount_minor=grant.amount_minor - part, given_minor=part)
    if key in added:
        grant = msgspec.structs.replace(grant, amount_minor=added[key], worth_minor=grant.amount_minor)
    return grant


def _key(grant: Grant) -> Key:
    return grant.campaign_id, grant.effect, grant.beneficiary_agent_id


_tells_decoder = msgspec.json.Decoder(Tells)
