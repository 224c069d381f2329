"""The decision: facts, campaigns and standing in; who gets what, or why nobody gets anything, out. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from programs.campaign import Campaign, CampaignVersion, moment_of
from programs.decision import Award, Decision, Demand, Grant, Refusal
from programs.effects import Basis, Beneficiary, Effect, agent_of, shares
from programs.facts import Facts
from programs.limits import demands_of
from programs.reasons import Reason
from programs.rules import Rules
from programs.standing import Standing

NOTHING_EXHAUSTED: Mapping[UUID, Reason] = {}


def decide(
    facts: Facts,
    campaigns: Iterable[Campaign],
    standing: Standing,
    *,
    exhausted: Mapping[UUID, Reason] = NOTHING_EXHAUSTED,
) -> Decision:
    """Ask the campaigns in their order; one whose budget or limit turned out to be used up pays nothing."""
    return _together([_asked(facts, campaign, standing, exhausted) for campaign in campaigns], standing)


def decide_again(
    facts: Facts,
    campaigns: Mapping[UUID, Campaign],
    standing: Standing,
    *,
    versions: Mapping[UUID, int],
) -> Decision:
    """Decide by the versions that paid, whatever has become of their campaigns: for the lines that a return leaves."""
    answers = []
    for campaign in sorted((campaigns[campaign_id] for campaign_id in versions), key=lambda one: one.place):
        version = campaign.numbered(versions[campaign.id])
        answers.append(_answer(facts, version, standing, moment=moment_of(facts, version.offline_window)))
    return _together(answers, standing)


def decide_more(
    facts: Facts,
    candidates: Iterable[Campaign],
    campaigns: Mapping[UUID, Campaign],
    standing: Standing,
    *,
    versions: Mapping[UUID, int],
    exhausted: Mapping[UUID, Reason] = NOTHING_EXHAUSTED,
) -> Decision:
    """Decide about more goods as if they had been there at once: by the versions that paid, where some have."""
    paid = {campaign_id: campaigns[campaign_id] for campaign_id in versions}
    answers: list[_Offer | Refusal] = []
    for campaign in sorted(({one.id: one for one in candidates} | paid).values(), key=lambda one: one.place):
        if campaign.id in versions:
            version = campaign.numbered(versions[campaign.id])
            answers.append(_answer(facts, version, standing, moment=moment_of(facts, version.offline_window)))
        else:
            answers.append(_asked(facts, campaign, standing, exhausted))
    return _together(answers, standing)


class _Part(msgspec.Struct, frozen=True, gc=False):
    effect: int
    agent_id: UUID
    amount_minor: int


class _Offer(msgspec.Struct, frozen=True):
    """What one version would pay if it were alone."""

    version: CampaignVersion
    facts: Facts
    parts: list[_Part]


def _asked(facts: Facts, campaign: Campaign, standing: Standing, exhausted: Mapping[UUID, Reason]) -> _Offer | Refusal:
    placed = campaign.version_for(facts)
    if isinstance(placed, Reason):
        return Refusal(campaign.id, None, placed)
    if campaign.id in exhausted:
        return Refusal(campaign.id, placed.version.version, exhausted[campaign.id])
    return _answer(facts, placed.version, standing, moment=placed.moment)


def _answer(facts: Facts, version: CampaignVersion, standing: Standing, *, moment: datetime) -> _Offer | Refusal:
    if moment != facts.occurred_at:
        facts = msgspec.structs.replace(facts, occurred_at=moment)
    reason = _objection(facts, version, standing)
    if reason is None:
        parts = _parts(facts, version.rules, standing)
        if parts:
            return _Offer(version, facts, parts)
        reason = Reason.MIN_AMOUNT
    return Refusal(version.campaign_id, version.version, reason)


def _objection(facts: Facts, version: CampaignVersion, standing: Standing) -> Reason | None:
    for condition in version.conditions:
        if not condition.holds(facts, standing).holds:
            return condition.why_not(facts, standing)
    if facts.goods_returned:
        return Reason.GOODS_RETURNED
    if facts.is_self_purchase and version.rules.self_purchase in {"deny", "discount_only"}:
        return Reason.SELF_PURCHASE
    return None


def _parts(facts: Facts, rules: Rules, standing: Standing) -> list[_Part]:
    basis = basis_of(facts, rules, standing)
    parts = []
    for position, effect in enumerate(rules.effects_for(facts)):
        amount_minor = effect.amount(basis)
        if amount_minor:
            parts += [_Part(position, *share) for share in shares(effect, facts, amount_minor)]
    return parts


def basis_of(facts: Facts, rules: Rules, standing: Standing) -> Basis:
    """What the effects of these rules are computed from."""
    products = rules.eligibility.products
    lines = [line for line in facts.lines if line.product_id in products] if products else facts.lines
    return Basis(facts, lines, products, standing, rules.asset, rules.rates)


def _together(answers: Sequence[_Offer | Refusal], standing: Standing) -> Decision:
    """Let one campaign of each exclusive group pay."""
    awards: list[Award] = []
    refusals: list[Refusal] = []
    groups: set[str] = set()
    for answer in answers:
        if isinstance(answer, Refusal):
            refusals.append(answer)
            continue
        group = answer.version.rules.exclusivity_group
        if group in groups:
            refusals.append(Refusal(answer.version.campaign_id, answer.version.version, Reason.STACKING_CONFLICT))
            continue
        if group is not None:
            groups.add(group)
        awards.append(_award(answer, answer.parts, standing))
    return Decision(tuple(awards), tuple(refusals))


def _award(offer: _Offer, parts: Sequence[_Part], standing: Standing) -> Award:
    version = offer.version
    rules = version.rules
    effects = rules.effects_for(offer.facts)
    grants = tuple(
        Grant(
            campaign_id=version.campaign_id,
            version=version.version,
            effect=part.effect,
            beneficiary=_beneficiary(effects[part.effect], part.agent_id, offer.facts),
            beneficiary_agent_id=part.agent_id,
            asset=rules.asset,
            amount_minor=part.amount_minor,
            wait_seconds=rules.wait_seconds,
            expires_after_days=rules.expires_after_days,
            debt_share_basis_points=rules.debt_share_basis_points,
        )
        for part in parts
    )
    limits = tuple(demands_of(version, offer.facts, standing)) if rules.limits else ()
    demand = Demand(version.campaign_id, rules.asset, sum(part.amount_minor for part in parts), limits)
    return Award(version.campaign_id, version.version, grants, demand)


def _beneficiary(effect: Effect, agent_id: UUID, facts: Facts) -> Beneficiary:
    """As whom an agent is paid: one whom a split names twice is the agent before all."""
    if not effect.split:
        return effect.beneficiary
    return next(role for role in sorted(effect.split) if agent_of(role, facts) == agent_id)
