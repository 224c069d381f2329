"""Explanation: the answer to "why did I get nothing", condition by condition, built only when somebody asks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from programs.campaign import Campaign, CampaignVersion
from programs.decide import NOTHING_EXHAUSTED, basis_of, decide
from programs.decision import Grant, Refusal
from programs.facts import Facts
from programs.findings import Finding
from programs.reasons import Reason
from programs.standing import Standing


class EffectFinding(msgspec.Struct, frozen=True):
    """What an effect alone came to, before other proofs and campaigns had their say."""

    effect: str
    beneficiary: str
    amount_minor: int


class CampaignFinding(msgspec.Struct, frozen=True, kw_only=True):
    """One campaign's answer: the reason it paid nothing, or its grants, and what led there."""

    campaign_id: UUID
    name: str
    version: int | None = None
    looked_at: datetime | None = None
    reason: Reason | None = None
    conditions: tuple[Finding, ...] = ()
    effects: tuple[EffectFinding, ...] = ()
    grants: tuple[Grant, ...] = ()


class OtherProof(msgspec.Struct, frozen=True, kw_only=True):
    """Another proof of the same purchase: of which kind, whether it was there first, and by what the two were joined.

    `activity_id` is only there for whoever did it. `joined_by` is `gtin+serial`, `order`, `part` (goods of
    the same receipt that were known later) or `person`, and None where a third proof joins them.
    """

    kind: str
    is_earlier: bool
    joined_by: str | None
    activity_id: UUID | None = None


class Explanation(msgspec.Struct, frozen=True):
    """What every campaign said to an activity, and the reason for the whole when nothing was paid.

    Where a purchase has several proofs, grants are what this one adds; what an effect came to before stands beside it.
    """

    activity_id: UUID
    reason: Reason | None
    campaigns: tuple[CampaignFinding, ...]
    purchase: tuple[OtherProof, ...] = ()


def explain(
    facts: Facts,
    campaigns: Iterable[Campaign],
    standing: Standing,
    *,
    exhausted: Mapping[UUID, Reason] = NOTHING_EXHAUSTED,
) -> Explanation:
    """Decide, and show how; the standing has to be the one from before the activity."""
    asked = sorted(campaigns, key=lambda campaign: campaign.place)
    decision = decide(facts, asked, standing, exhausted=exhausted)
    refused = {refusal.campaign_id: refusal for refusal in decision.refusals}
    findings = tuple(
        _finding(facts, campaign, standing, refusal=refused.get(campaign.id), grants=decision.grants)
        for campaign in asked
    )
    return Explanation(facts.activity_id, decision.reason, findings)


def _finding(
    facts: Facts, campaign: Campaign, standing: Standing, *, refusal: Refusal | None, grants: Sequence[Grant]
) -> CampaignFinding:
    reason = refusal.reason if refusal else None
    placed = campaign.version_for(facts)
    if isinstance(placed, Reason):
        return CampaignFinding(campaign_id=campaign.id, name=campaign.name, reason=reason)
    seen = msgspec.structs.replace(facts, occurred_at=placed.moment)
    return CampaignFinding(
        campaign_id=campaign.id,
        name=campaign.name,
        version=placed.version.version,
        looked_at=placed.moment,
        reason=reason,
        conditions=tuple(condition.explain(seen, standing) for condition in placed.version.conditions),
        effects=_effect_findings(seen, placed.version, standing),
        grants=tuple(grant for grant in grants if grant.campaign_id == campaign.id),
    )


def _effect_findings(facts: Facts, version: CampaignVersion, standing: Standing) -> tuple[EffectFinding, ...]:
    """Nothing where a percentage, also one that somebody else was paid, would tell a sum that is kept back."""
    if facts.tells.hides({"amount", "goods"}):
        return ()
    basis = basis_of(facts, version.rules, standing)
    return tuple(
        EffectFinding(str(type(effect).__struct_config__.tag), effect.beneficiary, effect.amount(basis))
        for effect in version.rules.effects_for(facts)
    )
