"""Rules: what a version of a campaign asks, pays and limits; data through and through, stored as JSON."""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.money import BASIS_POINTS, AmountMinor, Asset
from core.refusals import Unprocessable
from core.text import Key
from programs.conditions import AnyCondition, Condition, ProductIn, RegionIn, SegmentIn, ShopIn
from programs.discounts import AnyDiscount
from programs.effects import AnyEffect, Effect, Ladder, Percent, PerItem, Rate
from programs.facts import ActivityKind, Facts
from programs.measures import Measure
from programs.periods import Period
from programs.tells import EVERYTHING, Tells
from programs.trust import Trust

DAY_SECONDS = 86_400
NESTING_MAX = 6
NO_WORDS: frozenset[str] = frozenset()

Products = Annotated[frozenset[UUID], Meta(max_length=10_000)]
Keys = Annotated[frozenset[Key], Meta(max_length=1_000)]


class LimitScope(StrEnum):
    """Whose uses a limit counts; the code is a promo code."""

    AGENT = "agent"
    CUSTOMER = "customer"
    SHOP = "shop"
    CODE = "code"
    CAMPAIGN = "campaign"


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How often, or for how much, a campaign pays within a period; a limit on an unknown subject holds nobody back."""

    scope: LimitScope
    period: Period = Period.ALL
    max_count: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    max_minor: AmountMinor | None = None


class Eligibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes part, with what, where and when; what is left empty asks for nothing.

    Dates are whole days of the program's calendar, the last one included.
    """

    segments: Keys = NO_WORDS
    shops: Products = frozenset()
    regions: Keys = NO_WORDS
    products: Products = frozenset()
    starts_on: date | None = None
    ends_on: date | None = None

    def conditions(self) -> Iterator[Condition]:
        if self.products:
            yield ProductIn(self.products)
        if self.segments:
            yield SegmentIn(self.segments)
        if self.shops:
            yield ShopIn(self.shops)
        if self.regions:
            yield RegionIn(self.regions)


class Funding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who pays for a discount: shop and agent so many of 10,000 basis points, the maker the rest.

    The agent pays out of the bonus that he has for the order and never more than that; what is missing the maker pays.
    """

    shop_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 0
    agent_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 0


class Repeat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a purchase by the customer's key alone pays and takes off; without effects it pays what a first one does."""

    effects: Annotated[tuple[AnyEffect, ...], Meta(max_length=50)] = ()
    discounts: Annotated[tuple[AnyDiscount, ...], Meta(max_length=20)] = ()


class Attribution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long a customer's key stays with the agent whose code he came with, and what his purchases pay then."""

    window_days: Annotated[int, Meta(ge=1, le=3660)]
    # Whether each purchase begins the window anew, or the first one alone counts.
    renews: bool = False
    repeat: Repeat = Repeat()


class Offline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who bears a discount that a till gave without a network when a limit or the budget had no room for it any more.

    The maker bears so many a day of each till, the shop the others; the agent's bonus for what the maker bears is paid
    where its own budget has room, or denied.
    """

    maker_bears_per_till_day: Annotated[int, Meta(ge=0, le=1_000)] = 0
    bonus: Literal["deny", "pay"] = "deny"


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of a campaign's rules."""

    trigger: ActivityKind
    asset: Asset
    effects: Annotated[tuple[AnyEffect, ...], Meta(max_length=50)] = ()
    # What a customer is given at the till, out of a budget in the program's currency.
    discounts: Annotated[tuple[AnyDiscount, ...], Meta(max_length=20)] = ()
    funding: Funding = Funding()
    # Without it nobody's customers stay with him.
    attribution: Attribution | None = None
    # What an agent reads of an order that his client made at a till.
    tells: Tells = EVERYTHING
    eligibility: Eligibility = Eligibility()
    conditions: Annotated[tuple[AnyCondition, ...], Meta(max_length=50)] = ()
    limits: Annotated[tuple[Limit, ...], Meta(max_length=20)] = ()
    # How long a bonus waits for a possible return of the goods before it can be spent.
    wait_seconds: Annotated[int, Meta(ge=0, le=400 * DAY_SECONDS)] = 14 * DAY_SECONDS
    expires_after_days: Annotated[int, Meta(ge=1, le=3660)] | None = None
    # For so long the moment at which a phone without a network saw something decides, not the moment it arrived.
    offline_window_days: Annotated[int, Meta(ge=0, le=30)] = 7
    offline: Offline = Offline()
    # Of the campaigns in a group the one with the highest priority pays alone.
    exclusivity_group: Key | None = None
    priority: Annotated[int, Meta(ge=-1000, le=1000)] = 0
    # What a second proof of the same purchase earns: only the difference, or its own bonus in full.
    proofs: Literal["best_of", "stack"] = "best_of"
    # What goods that come back restore: always the budget, and the use of a limit once nothing is left of an order.
    returns_restore: Literal["budget", "budget_and_limits"] = "budget_and_limits"
    self_purchase: Literal["allow", "bonus_only", "discount_only", "deny"] = "bonus_only"
    # What part of a bonus goes to an agent's debt while he has one.
    debt_share_basis_points: Annotated[int, Meta(ge=0, le=10_000)] = 10_000
    # From where on a receipt is proven well enough to be paid for; says nothing about other evidence.
    trust: Trust = Trust.PLAUSIBLE
    # Whether the goods of a receipt that are known for sure wait for a person's word about the others.
    partial_matches: Literal["review", "pay"] = "review"
    rates: Annotated[dict[Asset, Rate], Meta(max_length=20)] = {}
    # The published text that whoever takes part agrees to.
    terms_id: UUID | None = None

    @property
    def product_ids(self) -> frozenset[UUID]:
        """The products that take part or are paid by a price of their own."""
        effects = (*self.effects, *self.repeated.effects)
        priced = (effect.by_product.keys() for effect in effects if isinstance(effect, PerItem))
        parts = (*effects, *self.discounts, *self.repeated.discounts)
        return self.eligibility.products.union(*(part.products for part in parts), *priced)

    @property
    def segments(self) -> frozenset[str]:
        """The segments that they ask for anywhere."""
        conditions = (*self.eligibility.conditions(), *self.conditions)
        parts = (part for condition in conditions for part in condition.everything)
        return frozenset().union(*(part.segments for part in parts if isinstance(part, SegmentIn)))

    @property
    def repeated(self) -> Repeat:
        """What is said of repeat purchases."""
        return self.attribution.repeat if self.attribution else Repeat()

    def effects_for(self, facts: Facts) -> tuple[AnyEffect, ...]:
        """What this activity is paid by."""
        return self.repeated.effects or self.effects if facts.is_repeat else self.effects

    @property
    def shop_ids(self) -> frozenset[UUID]:
        return self.eligibility.shops

    @property
    def terms_ids(self) -> frozenset[UUID]:
        return frozenset({self.terms_id} if self.terms_id else ())


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with a rule, and where it stands."""

    path: str
    problem: str


class RulesRefused(Unprocessable):
    slug = "rules_refused"
    title = "These rules contradict themselves"


def decode_rules(stored: bytes | str) -> Rules:
    """Rules as they were stored."""
    return _decoder.decode(stored)


def encode_rules(rules: Rules) -> str:
    """JSON, the same text for the same rules."""
    return _encoder.encode(rules).decode()


def check(rules: Rules) -> None:
    """Refuse rules whose parts are well formed and yet cannot mean anything together."""
    problems = tuple(_problems(rules))
    if problems:
        raise RulesRefused(detail=problems[0].problem, problems=problems)


def _problems(rules: Rules) -> Iterator[Problem]:
    yield from _eligibility_problems(rules.eligibility)
    counted: set[tuple[LimitScope, Period]] = set()
    for position, limit in enumerate(rules.limits):
        if limit.max_count is None and limit.max_minor is None:
            yield Problem(f"limits[{position}]", "a limit needs max_count, max_minor or both")
        # Uses are counted once for a scope and a period, so two limits on them would count each use twice.
        if (limit.scope, limit.period) in counted:
            yield Problem(f"limits[{position}]", "a limit of this scope and period stands above: put both into one")
        counted.add((limit.scope, limit.period))
    if not rules.effects and not rules.discounts:
        yield Problem("effects", "a campaign pays something or takes something off")
    if rules.discounts and rules.trigger is not ActivityKind.PROMO_REDEEMED:
        yield Problem("discounts", "only at a till there is a price to take something off")
    for position, effect in enumerate(rules.effects):
        yield from _effect_problems(effect, rules, path=f"effects[{position}]")
    for position, effect in enumerate(rules.repeated.effects):
        yield from _effect_problems(effect, rules, path=f"attribution.repeat.effects[{position}]")
    yield from _till_problems(rules)
    if max(map(_depth, rules.conditions), default=0) > NESTING_MAX:
        yield Problem("conditions", f"conditions stand in each other more than {NESTING_MAX} deep")


def _till_problems(rules: Rules) -> Iterator[Problem]:
    if rules.attribution and rules.trigger is not ActivityKind.PROMO_REDEEMED:
        yield Problem("attribution", "only a till tells one customer from another")
    if rules.funding.shop_basis_points + rules.funding.agent_basis_points > BASIS_POINTS:
        yield Problem("funding", "shop and agent pay more than the whole discount")


def _eligibility_problems(eligibility: Eligibility) -> Iterator[Problem]:
    if eligibility.starts_on and eligibility.ends_on and eligibility.ends_on < eligibility.starts_on:
        yield Problem("eligibility.ends_on", "the last day comes before the first")


def _effect_problems(effect: Effect, rules: Rules, *, path: str) -> Iterator[Problem]:
    eligible = rules.eligibility.products
    if eligible and effect.products and eligible.isdisjoint(effect.products):
        yield Problem(f"{path}.products", "none of these products takes part in the campaign")
    if effect.split and sum(effect.split.values()) != BASIS_POINTS:
        yield Problem(f"{path}.split", "the shares are 10,000 basis points together")
    if isinstance(effect, Percent) and rules.trigger is ActivityKind.COURSE_PASSED:
        yield Problem(path, "a course has no price to take a percentage of")
    if isinstance(effect, Ladder):
        yield from _ladder_problems(effect, path=path)


def _ladder_problems(ladder: Ladder, *, path: str) -> Iterator[Problem]:
    points = [step.at for step in ladder.steps]
    if any(later <= earlier for earlier, later in pairwise(points)):
        yield Problem(f"{path}.steps", "each step has to begin above the one before")
    if ladder.mode == "highest_step" and _falls([step.pays for step in ladder.steps]):
        yield Problem(f"{path}.steps", "a step that pays for everything may not pay less than the one before")
    if ladder.unit == "once" and ladder.steps[0].at == 0:
        yield Problem(f"{path}.steps", "everybody has reached 0: a step that is paid once begins at 1 or above")
    if ladder.unit == "basis_points" and ladder.measure is not Measure.AMOUNT:
        yield Problem(f"{path}.unit", "basis points are of an amount")
    if ladder.unit == "each" and ladder.measure is Measure.AMOUNT:
        yield Problem(f"{path}.unit", "an amount has no pieces: pay basis points of it")


def _falls(numbers: Sequence[int]) -> bool:
    return any(later < earlier for earlier, later in pairwise(numbers))


def _depth(condition: Condition) -> int:
    return 1 + max(map(_depth, condition.parts), default=0)


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Rules)
