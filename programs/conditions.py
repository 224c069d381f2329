"""Conditions: what has to be true of an activity, or of what its agent has done, before a campaign pays.

A new condition is one Struct here, with its tag and one method, and its name in `AnyCondition`.
"""

# ruff: noqa: ARG002 - every condition is shown both the facts and the standing, whichever of them it looks at.

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from core.text import Key
from programs.facts import Facts
from programs.findings import Finding, Seen
from programs.measures import Measure, of_purchase, progress
from programs.periods import FOR_EVER, Window
from programs.reasons import Reason
from programs.standing import Standing
from programs.tells import NOTHING_SHOWN, Matter
from programs.trust import Trust

Ids = Annotated[frozenset[UUID], Meta(min_length=1, max_length=10_000)]
AnyIds = Annotated[frozenset[UUID], Meta(max_length=10_000)]
Words = Annotated[frozenset[Key], Meta(min_length=1, max_length=1_000)]
Threshold = Annotated[int, Meta(ge=1, le=10**15)]
IsoWeekday = Annotated[int, Meta(ge=1, le=7)]

NO_PRODUCTS: frozenset[UUID] = frozenset()


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="when"):
    """What every condition can say of itself."""

    reason: ClassVar[Reason] = Reason.NOT_ELIGIBLE_SEGMENT
    # What of a sale can be read off what it saw.
    shows: ClassVar[frozenset[Matter]] = NOTHING_SHOWN

    @property
    def needs_standing(self) -> bool:
        """Whether it looks beyond the activity itself."""
        return False

    @property
    def parts(self) -> tuple["Condition", ...]:
        """The conditions it is made of."""
        return ()

    @property
    def everything(self) -> Iterator["Condition"]:
        """Itself, and all that it is made of."""
        yield self
        for part in self.parts:
            yield from part.everything

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        raise NotImplementedError

    def why_not(self, facts: Facts, standing: Standing) -> Reason:
        """The reason to give when it does not hold."""
        return self.reason

    def explain(self, facts: Facts, standing: Standing) -> Finding:
        seen = self.holds(facts, standing)
        # A condition made of others is shown by its parts, and only its name is left of itself.
        shown = {"when": type(self).__struct_config__.tag} if self.parts else msgspec.to_builtins(self)
        if any(facts.tells.hides(part.shows) for part in self.everything):
            # Which of many thresholds or shops it was would tell as much as what was seen.
            return Finding(shown, seen.holds)
        return Finding(shown, seen.holds, seen.saw, tuple(part.explain(facts, standing) for part in self.parts))


class ProductIn(Condition, frozen=True, tag="product_in"):
    """At least one line is of these products."""

    reason = Reason.NOT_ELIGIBLE_PRODUCT
    shows = frozenset({"goods"})
    products: Ids

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        bought = [line.product_id for line in facts.lines]
        return Seen(not self.products.isdisjoint(bought), bought)


class BatchIn(Condition, frozen=True, tag="batch_in"):
    """The packaging code is from one of these batches."""

    reason = Reason.NOT_ELIGIBLE_PRODUCT
    batches: Annotated[frozenset[int], Meta(min_length=1, max_length=10_000)]

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(facts.batch in self.batches, facts.batch)


class TrustAtLeast(Condition, frozen=True, tag="trust_at_least"):
    """The receipt is proven at least so far; evidence of another kind needs no proof of that kind."""

    reason = Reason.RECEIPT_UNVERIFIED
    trust: Trust

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(facts.trust is None or facts.trust.rank >= self.trust.rank, facts.trust)


class ShopIn(Condition, frozen=True, tag="shop_in"):
    shows = frozenset({"shop"})
    shops: Ids

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(facts.shop_id in self.shops, facts.shop_id)


class RegionIn(Condition, frozen=True, tag="region_in"):
    shows = frozenset({"shop"})
    regions: Words

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(facts.region in self.regions, facts.region)


class TerritoryIn(Condition, frozen=True, tag="territory_in"):
    """The packaging code's goods were meant for one of these territories."""

    reason = Reason.NOT_ELIGIBLE_PRODUCT
    territories: Words

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(facts.territory in self.territories, facts.territory)


class ChannelIn(Condition, frozen=True, tag="channel_in"):
    """The packaging code's goods were meant for one of these channels."""

    reason = Reason.NOT_ELIGIBLE_PRODUCT
    channels: Words

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(facts.channel in self.channels, facts.channel)


class SegmentIn(Condition, frozen=True, tag="segment_in"):
    """The agent is in at least one of these segments."""

    segments: Words

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(not self.segments.isdisjoint(facts.segments), sorted(facts.segments))


class TierIn(Condition, frozen=True, tag="tier_in"):
    tiers: Words

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(facts.tier in self.tiers, facts.tier)


class OnSchedule(Condition, frozen=True, tag="on_schedule"):
    """Weekdays (Monday is 1) and hours by the program's clock; hours may pass midnight, 22 to 6."""

    reason = Reason.NOT_ACTIVE
    weekdays: Annotated[frozenset[IsoWeekday], Meta(min_length=1)] = frozenset(range(1, 8))
    from_hour: Annotated[int, Meta(ge=0, le=23)] = 0
    to_hour: Annotated[int, Meta(ge=1, le=24)] = 24

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        local = facts.occurred_at.astimezone(standing.zone)
        if self.from_hour < self.to_hour:
            in_hours = self.from_hour <= local.hour < self.to_hour
        else:
            in_hours = local.hour >= self.from_hour or local.hour < self.to_hour
        return Seen(in_hours and local.isoweekday() in self.weekdays, local.isoformat())


class AtLeast(Condition, frozen=True):
    """A threshold on this purchase."""

    measure: ClassVar[Measure]
    reason = Reason.MIN_AMOUNT
    at_least: Threshold
    products: AnyIds = NO_PRODUCTS

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return self._reached(of_purchase(self.measure, facts, currency=standing.currency, products=self.products))

    def _reached(self, point: int) -> Seen:
        return Seen(point >= self.at_least, point)


class QuantityAtLeast(AtLeast, frozen=True, tag="quantity_at_least"):
    """Pieces in this purchase."""

    measure = Measure.QUANTITY
    shows = frozenset({"goods"})


class AmountAtLeast(AtLeast, frozen=True, tag="amount_at_least"):
    """Money in this purchase, in minor units of the program's currency."""

    measure = Measure.AMOUNT
    shows = frozenset({"amount"})


class AtLeastOverTime(AtLeast, frozen=True):
    """A threshold on what the agent has done within a window, this activity included."""

    window: Window = FOR_EVER

    @property
    def needs_standing(self) -> bool:
        return True

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return self._reached(self._so_far(self.measure, facts, standing))

    def _so_far(self, measure: Measure, facts: Facts, standing: Standing) -> int:
        return progress(measure, facts, standing, window=self.window, products=self.products).after


class SumAtLeast(AtLeastOverTime, frozen=True, tag="sum_at_least"):
    """Money in minor units of the program's currency, or pieces."""

    shows = frozenset({"amount", "goods"})
    of: Literal["amount", "quantity"] = "amount"

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return self._reached(self._so_far(Measure(self.of), facts, standing))


class CountAtLeast(AtLeastOverTime, frozen=True, tag="count_at_least"):
    """Purchases; where products are named, how often each of them was bought."""

    measure = Measure.COUNT
    shows = frozenset({"goods"})


class DistinctProductsAtLeast(AtLeastOverTime, frozen=True, tag="distinct_products_at_least"):
    measure = Measure.DISTINCT_PRODUCTS
    shows = frozenset({"goods"})


class DistinctCustomersAtLeast(Condition, frozen=True, tag="distinct_customers_at_least"):
    reason = Reason.MIN_AMOUNT
    at_least: Threshold
    window: Window = FOR_EVER

    @property
    def needs_standing(self) -> bool:
        return True

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        served = progress(Measure.DISTINCT_CUSTOMERS, facts, standing, window=self.window, products=NO_PRODUCTS).after
        return Seen(served >= self.at_least, served)


class FirstPurchase(Condition, frozen=True, tag="first_purchase"):
    """The agent has bought nothing in this program before."""

    @property
    def needs_standing(self) -> bool:
        return True

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        earlier = standing.count() - facts.is_further_proof
        return Seen(earlier <= 0, earlier)


class NewCustomer(Condition, frozen=True, tag="new_customer"):
    """The program has never seen the customer, not even in an order that came back; a guest may be anybody.

    A repeat purchase is one of a customer who was new when his agent's window over him began.
    """

    reason = Reason.LIMIT_CUSTOMER

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(facts.is_repeat or facts.customer_orders == 0, facts.customer_orders)


class CustomersFirstPurchase(Condition, frozen=True, tag="customers_first_purchase"):
    """The customer has bought nothing in the program that he kept; a guest may be anybody."""

    reason = Reason.LIMIT_CUSTOMER
    # Whether an order of which everything came back was a purchase all the same.
    counts_returned: bool = False

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        if facts.customer_orders is None:
            return Seen(facts.is_repeat)
        earlier = facts.customer_orders - (0 if self.counts_returned else facts.customer_returned)
        return Seen(facts.is_repeat or earlier == 0, earlier)


class BoughtThen(Condition, frozen=True, tag="bought_then"):
    """Something of the first products was bought before, and now something of the second."""

    reason = Reason.NOT_ELIGIBLE_PRODUCT
    shows = frozenset({"goods"})
    first: Ids
    then: Ids

    @property
    def needs_standing(self) -> bool:
        return True

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        before = standing.has_bought(self.first, until=facts.occurred_at)
        now = any(line.product_id in self.then for line in facts.lines)
        return Seen(before and now, {"first": before, "then": now})


class AllOf(Condition, frozen=True, tag="all_of"):
    conditions: Annotated[tuple["AnyCondition", ...], Meta(min_length=1, max_length=50)]

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.conditions

    @property
    def needs_standing(self) -> bool:
        return any(part.needs_standing for part in self.conditions)

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(all(part.holds(facts, standing).holds for part in self.conditions))

    def why_not(self, facts: Facts, standing: Standing) -> Reason:
        failed = next(part for part in self.conditions if not part.holds(facts, standing).holds)
        return failed.why_not(facts, standing)


class AnyOf(Condition, frozen=True, tag="any_of"):
    conditions: Annotated[tuple["AnyCondition", ...], Meta(min_length=1, max_length=50)]

    @property
    def parts(self) -> tuple[Condition, ...]:
        return self.conditions

    @property
    def needs_standing(self) -> bool:
        return any(part.needs_standing for part in self.conditions)

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(any(part.holds(facts, standing).holds for part in self.conditions))

    def why_not(self, facts: Facts, standing: Standing) -> Reason:
        return self.conditions[0].why_not(facts, standing)


class Not(Condition, frozen=True, tag="not"):
    condition: "AnyCondition"

    @property
    def parts(self) -> tuple[Condition, ...]:
        return (self.condition,)

    @property
    def needs_standing(self) -> bool:
        return self.condition.needs_standing

    def holds(self, facts: Facts, standing: Standing) -> Seen:
        return Seen(not self.condition.holds(facts, standing).holds)

    def why_not(self, facts: Facts, standing: Standing) -> Reason:
        return self.condition.reason


AnyCondition = (
    ProductIn
    | BatchIn
    | TrustAtLeast
    | ShopIn
    | RegionIn
    | TerritoryIn
    | ChannelIn
    | SegmentIn
    | TierIn
    | OnSchedule
    | QuantityAtLeast
    | AmountAtLeast
    | SumAtLeast
    | CountAtLeast
    | DistinctProductsAtLeast
    | DistinctCustomersAtLeast
    | FirstPurchase
    | NewCustomer
    | CustomersFirstPurchase
    | BoughtThen
    | AllOf
    | AnyOf
    | Not
)
