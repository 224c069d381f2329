"""Orders: what a till asks for codes, the prices that it gets, and what the agent is paid for it. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from codes.promo_codes import Found
from core.money import percent
from core.refusals import Unprocessable
from core.text import Key
from programs.campaign import CampaignVersion, Placed
from programs.decide import decide
from programs.decision import Decision, Demand, LimitDemand
from programs.discounts import OrderLine
from programs.facts import ActivityKind, Facts, Line
from programs.limits import demands_of
from programs.pledges import merged
from programs.pricing import Offer, Pieces, PricedLine, priced
from programs.reasons import Reason
from programs.rules import LimitScope, Rules
from programs.snapshot import Snapshot
from programs.standing import Standing

LINES_MAX = 500
CODES_MAX = 10

# As it was typed, scanned or pasted: whatever is no code gives nothing, and nothing but a NUL is unreadable.
AskedCode = Annotated[str, Meta(min_length=1, max_length=500, pattern="^[^\\u0000]*(?![\\s\\S])")]


class AskedLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of an order: pieces of one product, by SKU or GTIN, and what they cost after the till's own discounts."""

    ref: Key
    sku: Key
    quantity: Annotated[int, Meta(ge=1, le=100_000)]
    amount_minor: Annotated[int, Meta(ge=0, le=10**12)]
    min_amount_minor: Annotated[int, Meta(ge=0, le=10**12)] = 0
    discountable: bool = True


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order as a till knows it; `rounding_minor` is the step of its prices."""

    order_ref: Key
    codes: Annotated[tuple[AskedCode, ...], Meta(min_length=1, max_length=CODES_MAX)]
    lines: Annotated[tuple[AskedLine, ...], Meta(min_length=1, max_length=LINES_MAX)]
    rounding_minor: Annotated[int, Meta(ge=1, le=100_000)] = 1


class Asked(msgspec.Struct, frozen=True):
    """An order with everything that was looked up for it."""

    order: Order
    id: UUID
    shop_id: UUID
    program_id: UUID
    products: Mapping[str, UUID]
    codes: Mapping[str, Found]
    customer_key: str | None
    occurred_at: datetime
    now: datetime
    currency: str
    region: str | None


class LinePrice(msgspec.Struct, frozen=True):
    """The final price of a line, and the prices of its pieces, which sum to it."""

    ref: str
    amount_minor: int
    discount_minor: int
    final_minor: int
    pieces: tuple[Pieces, ...]


class CodeAnswer(msgspec.Struct, frozen=True):
    """What became of one code: the discount that it gives, or why it gives none."""

    code: str
    discount_minor: int
    reason: str | None = None


class Evaluated(msgspec.Struct, frozen=True):
    """An order as it would be redeemed now; nothing of it is given where every code was refused."""

    lines: tuple[LinePrice, ...]
    codes: tuple[CodeAnswer, ...]
    final_minor: int
    discount_minor: int
    currency: str
    promo_code_id: UUID | None
    agent_id: UUID | None
    facts: Facts | None
    decision: Decision
    # What of the discounts the maker pays, by campaign, with the limits that each use counts for.
    discounts: tuple[Demand, ...]

    @property
    def demands(self) -> tuple[Demand, ...]:
        """Everything that has to have room before the order may be promised anything, once for each budget."""
        return tuple(merged((*self.discounts, *(award.demand for award in self.decision.awards))))


class LineRefsRepeated(Unprocessable):
    """Facts: the `refs` that stand at more than one line."""

    slug = "line_refs_repeated"
    title = "Two lines of the order have one reference"


def refuse_repeated(order: Order) -> None:
    """LineRefsRepeated where a return could not say which of two lines it means."""
    counted = Counter(line.ref for line in order.lines)
    if repeated := [ref for ref, times in counted.items() if times > 1]:
        raise LineRefsRepeated(refs=repeated)


class _Accepted(msgspec.Struct, frozen=True):
    code: Found
    version: CampaignVersion
    # When the order counts as having happened, as the version sees it.
    moment: datetime


def evaluate(
    asked: Asked,
    snapshot: Snapshot,
    standings: Mapping[UUID, Standing],
    *,
    exhausted: Mapping[UUID, Reason],
) -> Evaluated:
    """Price an order by its codes, and decide what its agent earns by the prices that are paid.

    The first code, by the priority of its campaign, wins the order for its agent; others add discounts where no
    exclusive group forbids it.
    """
    accepted, reasons = _accepted(asked, snapshot, standings, exhausted)
    offers = [Offer(one.version.campaign_id, one.version.rules.discounts) for one in accepted]
    lines = priced(_lines(asked), offers, rounding_minor=asked.order.rounding_minor)
    winner = accepted[0] if accepted else None
    facts = _facts(asked, winner.code, lines) if winner else None
    decision = Decision()
    if winner and facts:
        own = [one for one in accepted if one.code.agent_id == facts.agent_id]
        decision = _decided(facts, own, snapshot, standings[facts.agent_id])
    taken = [sum(line.discounts[place] for line in lines) for place in range(len(offers))]
    by_code = {one.code.id: taken[place] for place, one in enumerate(accepted)}
    return Evaluated(
        lines=tuple(_price(line, asked_line.ref) for line, asked_line in zip(lines, asked.order.lines, strict=True)),
        codes=tuple(_answer(text, asked, by_code, reasons) for text in asked.order.codes),
        final_minor=sum(line.final_minor for line in lines),
        discount_minor=sum(taken),
        currency=asked.currency,
        promo_code_id=winner.code.id if winner else None,
        agent_id=winner.code.agent_id if winner else None,
        facts=facts,
        decision=decision,
        discounts=tuple(_discount_demands(asked, accepted, taken, decision, standings)),
    )


def _decided(facts: Facts, own: Sequence[_Accepted], snapshot: Snapshot, standing: Standing) -> Decision:
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


def _accepted(
    asked: Asked, snapshot: Snapshot, standings: Mapping[UUID, Standing], exhausted: Mapping[UUID, Reason]
) -> tuple[list[_Accepted], dict[str, str]]:
    """The codes that count, the first of them the order's; and why the others do not."""
    reasons: dict[str, str] = {}
    held: list[tuple[tuple[int, UUID], _Accepted]] = []
    for text in dict.fromkeys(asked.order.codes):
        code = asked.codes.get(text)
        reason = _not_live(code, asked)
        if reason is None and code is not None:
            campaign = snapshot.campaigns[code.campaign_id]
            placed = _placed(campaign.version_for(_unpriced(asked, code)), code, asked, standings, exhausted)
            if campaign.id in {one.version.campaign_id for _, one in held}:
                reason = Reason.STACKING_CONFLICT
            elif isinstance(placed, Reason):
                reason = placed
            else:
                held.append((campaign.place, _Accepted(code, placed.version, placed.moment)))
        if reason is not None:
            reasons[text] = reason.value
    accepted: list[_Accepted] = []
    groups: set[str] = set()
    for _, one in sorted(held, key=lambda pair: pair[0]):
        group = one.version.rules.exclusivity_group
        if group is not None and group in groups:
            reasons |= {text: Reason.STACKING_CONFLICT.value for text, code in asked.codes.items() if code == one.code}
            continue
        groups |= {group} if group else set()
        accepted.append(one)
    return accepted, reasons


def _not_live(code: Found | None, asked: Asked) -> Reason | None:
    """A code that is unknown, of another program, paused or archived is nothing to a till but not active."""
    live = code is not None and code.state == "active" and code.program_id == asked.program_id
    return None if live else Reason.NOT_ACTIVE


def _placed(
    placed: Placed | Reason,
    code: Found,
    asked: Asked,
    standings: Mapping[UUID, Standing],
    exhausted: Mapping[UUID, Reason],
) -> Placed | Reason:
    """The version whose conditions all hold, or the first objection."""
    if isinstance(placed, Reason):
        return placed
    version = placed.version
    if version.campaign_id in exhausted:
        return exhausted[version.campaign_id]
    facts = _unpriced(asked, code, at=placed.moment)
    for condition in version.conditions:
        if not condition.holds(facts, standings[code.agent_id]).holds:
            return condition.why_not(facts, standings[code.agent_id])
    # Whoever cannot be told from others could use a limit of his own again and again.
    if asked.customer_key is None and _counts_customers(version.rules):
        return Reason.LIMIT_CUSTOMER
    return placed


def _counts_customers(rules: Rules) -> bool:
    return any(limit.scope is LimitScope.CUSTOMER for limit in rules.limits)


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


def _unpriced(asked: Asked, code: Found, *, at: datetime | None = None) -> Facts:
    """The order before any discount: what a campaign's conditions look at."""
    lines = [(line.sku, line.quantity, line.amount_minor) for line in asked.order.lines]
    facts = _facts_of(asked, code, lines)
    return facts if at is None else msgspec.structs.replace(facts, occurred_at=at)


def _facts(asked: Asked, code: Found, lines: Sequence[PricedLine]) -> Facts:
    """The order as it is paid: what a bonus is computed from."""
    paid = [
        (line.sku, line.quantity, result.final_minor) for line, result in zip(asked.order.lines, lines, strict=True)
    ]
    return _facts_of(asked, code, paid)


def _facts_of(asked: Asked, code: Found, lines: Sequence[tuple[str, int, int]]) -> Facts:
    return Facts(
        activity_id=asked.id,
        kind=ActivityKind.PROMO_REDEEMED,
        program_id=asked.program_id,
        agent_id=code.agent_id,
        occurred_at=asked.occurred_at,
        accepted_at=asked.now,
        lines=tuple(
            Line(asked.products.get(sku), sku, quantity, amount_minor, asked.currency)
            for sku, quantity, amount_minor in lines
        ),
        shop_id=asked.shop_id,
        region=asked.region,
        code_id=code.id,
        customer_key=asked.customer_key,
    )


def _discount_demands(
    asked: Asked,
    accepted: Sequence[_Accepted],
    taken: Sequence[int],
    decision: Decision,
    standings: Mapping[UUID, Standing],
) -> Iterator[Demand]:
    """What each campaign's discount asks for; a use is counted once, with the bonus where there is one."""
    awarded = {award.campaign_id for award in decision.awards}
    for one, amount_minor in zip(accepted, taken, strict=True):
        rules = one.version.rules
        limits: tuple[LimitDemand, ...] = ()
        if one.version.campaign_id not in awarded:
            facts = _unpriced(asked, one.code, at=one.moment)
            limits = tuple(demands_of(one.version, facts, standings[one.code.agent_id]))
        maker_minor = amount_minor - percent(amount_minor, rules.funding.shop_basis_points)
        if maker_minor or limits:
            yield Demand(one.version.campaign_id, asked.currency, maker_minor, limits)


def _price(line: PricedLine, ref: str) -> LinePrice:
    return LinePrice(ref, line.amount_minor, line.discount_minor, line.final_minor, line.pieces)


def _answer(text: str, asked: Asked, by_code: Mapping[UUID, int], reasons: Mapping[str, str]) -> CodeAnswer:
    code = asked.codes.get(text)
    return CodeAnswer(text, by_code.get(code.id, 0) if code and text not in reasons else 0, reasons.get(text))
