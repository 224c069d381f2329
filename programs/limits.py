"""Limits: which uses of its limits a version of a campaign would count for an activity. Pure."""

from collections.abc import Iterator
from uuid import UUID

from programs.campaign import CampaignVersion
from programs.decision import LimitDemand
from programs.facts import Facts
from programs.periods import period_key
from programs.rules import LimitScope
from programs.standing import Standing


def demands_of(version: CampaignVersion, facts: Facts, standing: Standing) -> Iterator[LimitDemand]:
    """One use of each limit whose subject is known."""
    campaign_id = version.campaign_id
    day = facts.occurred_at.astimezone(standing.zone).date()
    for limit in version.rules.limits:
        subject = _subject(limit.scope, facts, campaign_id)
        if subject is not None:
            key = period_key(limit.period, day)
            yield LimitDemand(campaign_id, limit.scope, str(subject), key, limit.max_count, limit.max_minor)


def _subject(scope: LimitScope, facts: Facts, campaign_id: UUID) -> UUID | str | None:
    match scope:
        case LimitScope.AGENT:
            return facts.agent_id
        case LimitScope.CUSTOMER:
            return facts.customer_key
        case LimitScope.SHOP:
            return facts.shop_id
        case LimitScope.CODE:
            return facts.code_id
        case LimitScope.CAMPAIGN:
            return campaign_id
