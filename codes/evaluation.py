"""Evaluation: an order priced by its codes, given to an agent, and his bonus computed from what was paid. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import msgspec

from codes.contenders import Contender, Contest, contest, unpriced
from codes.given_bonuses import less_given
from codes.orders import Asked, CodeAnswer, Evaluated, LinePrice
from core.money import percent
from programs.decide import decide
from programs.decision import Decision, Demand, LimitDemand
from programs.discounts import OrderLine
from programs.facts import Facts
from programs.limits import demands_of
from programs.pricing import Offer, PricedLine, priced
from programs.reasons import Reason
from programs.snapshot import Snapshot
from programs.standing import Standing
from referrals.attributions import Given


def evaluate(
    asked: Asked,
    snapshot: Snapshot,
    standings: Mapping[UUID, Standing],
    *,
    exhausted: Mapping[UUID, Reason],
) -> Evaluated:
    """Price an order by its codes, and decide what its agent earns by the prices that are paid.

    Whoever has the best claim has the order; other codes add discounts where no exclusive group forbids it.
    """
    found = contest(asked, snapshot, standings, exhausted)
    offers = _offers(found)
    lines = priced(_lines(asked), offers, rounding_minor=asked.order.rounding_minor)
    taken = [sum(line.discounts[place] for line in lines) for place in range(len(offers))]
    decision, facts, given = Decision(), None, list[Given]()
    if winner := found.winner:
        facts = asked.facts(winner.code, [line.final_minor for line in lines], is_repeat=winner.is_repeat)
        facts = msgspec.structs.replace(facts, tells=winner.tells)
        decision = _decided(facts, _own(found), snapshot, standings[facts.agent_id])
        decision, given = less_given(decision, found, taken, currency=asked.currency)
    return Evaluated(
        lines=tuple(_price(line, asked_line.ref) for line, asked_line in zip(lines, asked.order.lines, strict=True)),
        codes=tuple(_answers(asked, found, taken)),
        final_minor=sum(line.final_minor for line in lines),
        discount_minor=sum(taken),
        currency=asked.currency,
        discount_form=asked.discount_form,
        shop_minor=sum(_shop_minor(one, off) for one, off in zip(found.contenders, taken, strict=True)),
        code=winner.code if winner else None,
        attributed=found.attributed,
        window_reason=found.window_reason,
        facts=facts,
        decision=decision,
        given=tuple(given),
        discounts=tuple(_discount_demands(asked, found, taken, decision, standings)),
    )


def _offers(found: Contest) -> list[Offer]:
    """What each contender takes off; a window takes nothing off where a code does."""
    alone = len(found.contenders) == 1
    return [
        Offer(one.version.campaign_id, one.discounts if alone or not one.is_repeat else ()) for one in found.contenders
    ]


def _own(found: Contest) -> list[Contender]:
    """What the winner is paid by: his window alone, or all his codes."""
    winner = found.contenders[0]
    if winner.is_repeat:
        return [winner]
    return [one for one in found.contenders if one.code.agent_id == winner.code.agent_id]


def _decided(facts: Facts, own: Sequence[Contender], snapshot: Snapshot, standing: Standing) -> Decision:
    """What the campaigns of the winner's codes pay; each counts its limits for the code that was made for it."""
    parts = [
        decide(
            msgspec.structs.replace(facts, code_id=one.code.id),
            [snapshot.campaigns[one.version.campaign_id]],
            standing,
        )
        for one in own
    ]
    return Decision(
        tuple(award for part in parts for award in part.awards),
        tuple(refusal for part in parts for refusal in part.refusals),
    )


def _lines(asked: Asked) -> list[OrderLine]:
    return [
        OrderLine(
            asked.products.get(line.sku),
            line.sku,
            line.quantity,
            line.amount_minor,
            line.min_amount_minor,
            line.discountable,
        )
        for line in asked.order.lines
    ]


def _discount_demands(
    asked: Asked,
    found: Contest,
    taken: Sequence[int],
    decision: Decision,
    standings: Mapping[UUID, Standing],
) -> Iterator[Demand]:
    """What each campaign's discount asks for; a use is counted once, with the bonus where there is one."""
    counted = {award.campaign_id for award in decision.awards}
    for one, amount_minor in zip(found.contenders, taken, strict=True):
        limits: tuple[LimitDemand, ...] = ()
        if one.version.campaign_id not in counted:
            counted.add(one.version.campaign_id)
            facts = unpriced(asked, one.code, is_repeat=one.is_repeat)
            facts = msgspec.structs.replace(facts, occurred_at=one.moment)
            limits = tuple(demands_of(one.version, facts, standings[one.code.agent_id]))
        maker_minor = amount_minor - _shop_minor(one, amount_minor)
        if maker_minor or limits:
            yield Demand(one.version.campaign_id, asked.currency, maker_minor, limits)


def _shop_minor(one: Contender, discount_minor: int) -> int:
    """What of a discount the shop bears; agent and maker have the rest."""
    return percent(discount_minor, one.version.rules.funding.shop_basis_points)


def _price(line: PricedLine, ref: str) -> LinePrice:
    return LinePrice(ref, line.amount_minor, line.discount_minor, line.final_minor, line.pieces)


def _answers(asked: Asked, found: Contest, taken: Sequence[int]) -> Iterator[CodeAnswer]:
    by_code = {one.code.id: (one, off) for one, off in zip(found.contenders, taken, strict=True) if not one.is_repeat}
    for text in asked.order.shown:
        code = asked.codes.get(text)
        one, off = by_code.get(code.id, (None, 0)) if code and text not in found.reasons else (None, 0)
        if code is None or one is None:
            yield CodeAnswer(text, 0, found.reasons.get(text))
        else:
            withheld = one.is_own_purchase and not one.discounts and one.version.rules.discounts
            yield CodeAnswer(text, off, Reason.SELF_PURCHASE.value if withheld else None, found.outcome(code))
