"""Given bonuses: what an agent gives up of a bonus for a discount, at the sale and as goods come back. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from codes.contenders import Contender, Contest
from core.money import percent, split
from programs.decision import Award, Decision, Refusal
from programs.effects import rate_of
from programs.reasons import Reason
from referrals.attributions import Given


def less_given(
    decision: Decision, found: Contest, taken: Sequence[int], *, currency: str
) -> tuple[Decision, list[Given]]:
    """The bonuses without what their agent gives up of them for the discounts of his own codes."""
    shares = {
        one.version.campaign_id: _agents_share(one, off, currency=currency)
        for one, off in zip(found.contenders, taken, strict=True)
        if one.code.agent_id == found.contenders[0].code.agent_id
    }
    awards: list[Award] = []
    refusals, given = list(decision.refusals), list[Given]()
    for award in decision.awards:
        less = _given_of(award, found.contenders[0].code.agent_id, shares[award.campaign_id])
        left = _without(award, less)
        given += less
        if left.grants:
            awards.append(left)
        else:
            refusals.append(Refusal(award.campaign_id, award.version, Reason.GIVEN_AS_DISCOUNT))
    return Decision(tuple(awards), tuple(refusals)), given


def _agents_share(one: Contender, discount_minor: int, *, currency: str) -> int:
    """The agent's share of a discount in the asset of his bonus; nothing where the campaign has no rate for it."""
    rules = one.version.rules
    rate = rate_of(currency, asset=rules.asset, rates=rules.rates)
    return percent(discount_minor, rules.funding.agent_basis_points) * rate.minor // rate.per


def _given_of(award: Award, agent_id: UUID, share_minor: int) -> list[Given]:
    own = [grant for grant in award.grants if grant.beneficiary_agent_id == agent_id]
    amounts = [grant.amount_minor for grant in own]
    # Whatever his bonus does not cover stays with the maker.
    parts = split(min(share_minor, sum(amounts)), amounts)
    return [
        Given(grant.campaign_id, grant.effect, agent_id, grant.amount_minor, part)
        for grant, part in zip(own, parts, strict=True)
        if part
    ]


def _without(award: Award, given: Sequence[Given]) -> Award:
    if not given:
        return award
    parts = {(one.effect, one.agent_id): one.given_minor for one in given}
    less = [(grant, parts.get((grant.effect, grant.beneficiary_agent_id), 0)) for grant in award.grants]
    grants = tuple(
        msgspec.structs.replace(grant, amount_minor=grant.amount_minor - part, given_minor=part)
        for grant, part in less
        if grant.amount_minor > part
    )
    demand = msgspec.structs.replace(award.demand, amount_minor=sum(grant.amount_minor for grant in grants))
    return msgspec.structs.replace(award, grants=grants, demand=demand)


def less_given_again(decision: Decision, given: Sequence[Given]) -> Decision:
    """The bonuses without the part that their agent gave for the discount: as large a part as it was at first.

    What is decided for fewer goods is then never more than it was for more of them, so that a return takes and never
    pays, and every order of returns ends alike.
    """
    by_bonus = {(one.campaign_id, one.effect, one.agent_id): one for one in given}
    return Decision(tuple(award_less_given(award, by_bonus) for award in decision.awards))


def award_less_given(award: Award, given: Mapping[tuple[UUID, int, UUID], Given]) -> Award:
    """What an award is without the part that was given at first of each of its bonuses. Pure."""
    grants = []
    for grant in award.grants:
        one = given.get((grant.campaign_id, grant.effect, grant.beneficiary_agent_id))
        part = grant.amount_minor * one.given_minor // one.gross_minor if one else 0
        grants.append(msgspec.structs.replace(grant, amount_minor=grant.amount_minor - part, given_minor=part))
    return msgspec.structs.replace(award, grants=tuple(grants))
