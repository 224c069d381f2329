"""Effects: what a campaign pays, and to whom, in whole minor units.

A new effect is one Struct here, with its tag and one method, and its name in `AnyEffect`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.money import AMOUNT_MINOR_MAX, BASIS_POINTS, AmountMinor, split
from core.text import Key
from programs.conditions import NO_PRODUCTS, AnyIds
from programs.facts import Facts, Line
from programs.measures import Measure, progress
from programs.periods import CalendarPeriod
from programs.standing import Standing

Beneficiary = Literal["agent", "customer", "seller", "partner", "crew"]
Share = Annotated[int, Meta(ge=1, le=1_000_000)]
# What each gets of 10,000 basis points of an amount.
Split = Annotated[
    dict[Literal["agent", "customer", "seller", "partner"], Annotated[int, Meta(ge=1, le=BASIS_POINTS)]],
    Meta(max_length=4),
]


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many minor units of the asset for so many of a currency."""

    asset_minor: AmountMinor
    currency_minor: AmountMinor


class Basis(msgspec.Struct, frozen=True):
    """What an effect is computed from: the lines that count, and how their currencies become the asset."""

    facts: Facts
    lines: Sequence[Line]
    products: frozenset[UUID]
    standing: Standing
    asset: str
    rates: Mapping[str, Rate]


class Effect(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="pay"):
    """What every effect has: whom it pays, on which products, a tier's multiplier, a cap on one activity.

    A `split` takes the place of the beneficiary; the share of one who is not known stays with the campaign.
    """

    beneficiary: Beneficiary = "agent"
    split: Split = {}
    products: AnyIds = NO_PRODUCTS
    tier_basis_points: dict[Key, Share] = {}
    cap_minor: AmountMinor | None = None

    def amount(self, basis: Basis) -> int:
        """Minor units of the asset for this activity, rounded down once, and never more than one amount can be."""
        if self.products:
            lines = [line for line in basis.lines if line.product_id in self.products]
            if not lines:
                return 0
            products = self.products & basis.products or self.products
            basis = msgspec.structs.replace(basis, lines=lines, products=products)
        tier = BASIS_POINTS
        if self.tier_basis_points and basis.facts.tier:
            tier = self.tier_basis_points.get(basis.facts.tier, BASIS_POINTS)
        return min(self.worth(basis, tier), self.cap_minor or AMOUNT_MINOR_MAX)

    def worth(self, basis: Basis, tier: int) -> int:
        """The amount before its cap, with the tier's multiplier in basis points."""
        raise NotImplementedError

    @property
    def needs_standing(self) -> bool:
        return False


class Fixed(Effect, frozen=True, tag="fixed", kw_only=True):
    """The same for each activity."""

    amount_minor: AmountMinor

    def worth(self, basis: Basis, tier: int) -> int:  # noqa: ARG002 - nothing about the purchase matters here.
        return self.amount_minor * tier // BASIS_POINTS


class Percent(Effect, frozen=True, tag="percent", kw_only=True):
    """A share of what the lines cost."""

    basis_points: Annotated[int, Meta(ge=1, le=100_000)]

    def worth(self, basis: Basis, tier: int) -> int:
        value = in_asset(basis.lines, asset=basis.asset, rates=basis.rates)
        return value.minor * self.basis_points * tier // (value.per * BASIS_POINTS * BASIS_POINTS)


class PerItem(Effect, frozen=True, tag="per_item", kw_only=True):
    """So much for each piece, by a price list where there is one."""

    amount_minor: Annotated[int, Meta(ge=0, le=10**15)] = 0
    by_product: Annotated[dict[UUID, AmountMinor], Meta(max_length=10_000)] = {}

    def worth(self, basis: Basis, tier: int) -> int:
        total = sum(line.quantity * self.price_minor(line) for line in basis.lines)
        return total * tier // BASIS_POINTS

    def price_minor(self, line: Line) -> int:
        if line.product_id is None:
            return self.amount_minor
        return self.by_product.get(line.product_id, self.amount_minor)


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From this point of the measure on, a ladder pays this."""

    at: Annotated[int, Meta(ge=0, le=10**15)]
    pays: Annotated[int, Meta(ge=0, le=10**15)]


class Ladder(Effect, frozen=True, tag="ladder", kw_only=True):
    """Pays by how far a measure has come: in this purchase, or in the calendar period around it.

    What is paid is always the difference between the whole ladder's worth with this activity and without it, so the
    sum over a period depends on what was bought in it and never on how the purchases were cut.
    """

    measure: Measure
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=50)]
    # once: minor units for having come so far; each: minor units a piece (or purchase, product, customer);
    # basis_points: of the measured amount.
    unit: Literal["once", "each", "basis_points"]
    # each_step: a step pays for the stretch that begins at it; highest_step: the highest reached pays for all.
    mode: Literal["each_step", "highest_step"] = "each_step"
    window: CalendarPeriod | None = None

    @property
    def needs_standing(self) -> bool:
        return self.window is not None

    def worth(self, basis: Basis, tier: int) -> int:
        before, after = progress(self.measure, basis.facts, basis.standing, window=self.window, products=basis.products)
        rate = self._rate(basis)
        return self._floor(after, rate, tier) - self._floor(before, rate, tier)

    def _floor(self, reached: int, rate: "Ratio", tier: int) -> int:
        return self._climbed(reached) * rate.minor * tier // (rate.per * BASIS_POINTS)

    def _climbed(self, reached: int) -> int:
        passed = [step for step in self.steps if step.at <= reached]
        if not passed:
            return 0
        if self.mode == "highest_step":
            return passed[-1].pays if self.unit == "once" else reached * passed[-1].pays
        if self.unit == "once":
            return sum(step.pays for step in passed)
        ends = [*(step.at for step in passed[1:]), reached]
        return sum((end - step.at) * step.pays for step, end in zip(passed, ends, strict=True))

    def _rate(self, basis: Basis) -> "Ratio":
        """The ladder's own unit in minor units of the asset."""
        if self.unit != "basis_points":
            return Ratio(1, 1)
        rate = rate_of(basis.standing.currency, asset=basis.asset, rates=basis.rates)
        return Ratio(rate.minor, rate.per * BASIS_POINTS)


AnyEffect = Fixed | Percent | PerItem | Ladder


class Ratio(msgspec.Struct, frozen=True, gc=False):
    """So many minor units of the asset, divided by so much; exact, and quicker than a Fraction."""

    minor: int
    per: int


def in_asset(lines: Sequence[Line], *, asset: str, rates: Mapping[str, Rate]) -> Ratio:
    """What lines cost in the asset; a line without a price, or without a rate for its currency, costs nothing here."""
    minor, per = 0, 1
    for line in lines:
        if line.amount_minor and line.currency is not None:
            rate = rate_of(line.currency, asset=asset, rates=rates)
            if rate.per != per:
                minor, per = minor * rate.per, per * rate.per
                minor += line.amount_minor * rate.minor * (per // rate.per)
            else:
                minor += line.amount_minor * rate.minor
    return Ratio(minor, per)


def rate_of(currency: str, *, asset: str, rates: Mapping[str, Rate]) -> Ratio:
    """What one minor unit of a currency is in the asset; nothing where the campaign has no rate for it."""
    if currency == asset:
        return Ratio(1, 1)
    rate = rates.get(currency)
    return Ratio(rate.asset_minor, rate.currency_minor) if rate else Ratio(0, 1)


def shares(effect: Effect, facts: Facts, amount_minor: int) -> list[tuple[UUID, int]]:
    """Who gets how much of an effect's amount; nobody where the beneficiary is unknown."""
    if effect.split:
        return _split_shares(effect, facts, amount_minor)
    if effect.beneficiary == "crew":
        return _crew_shares(facts, amount_minor)
    agent_id = agent_of(effect.beneficiary, facts)
    return [(agent_id, amount_minor)] if agent_id else []


def agent_of(beneficiary: Beneficiary, facts: Facts) -> UUID | None:
    """The one agent whom a beneficiary means, if he is known."""
    match beneficiary:
        case "customer":
            return facts.customer_agent_id
        case "seller":
            return facts.seller_agent_id
        case "partner":
            return facts.partner_agent_id
    return facts.agent_id


def _split_shares(effect: Effect, facts: Facts, amount_minor: int) -> list[tuple[UUID, int]]:
    """By agent, once each, also where one is two of them."""
    roles = sorted(effect.split)
    parts = split(amount_minor, [effect.split[role] for role in roles])
    found: dict[UUID, int] = {}
    for role, part in zip(roles, parts, strict=True):
        agent_id = agent_of(role, facts)
        if agent_id and part:
            found[agent_id] = found.get(agent_id, 0) + part
    return list(found.items())


def _crew_shares(facts: Facts, amount_minor: int) -> list[tuple[UUID, int]]:
    if not facts.crew:
        return [(facts.agent_id, amount_minor)]
    parts = split(amount_minor, [member.share_basis_points for member in facts.crew])
    return [(member.agent_id, part) for member, part in zip(facts.crew, parts, strict=True) if part]
