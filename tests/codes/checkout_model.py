"""What checkout promises, in plain Python and out of its documents: prices, bonuses, room, what returns restore. Pure.

Orders run at the same time, so nobody knows in which order they met a budget or a limit. What is known is when each
began and ended: an order may be given something only if there was room even if all that might have been freed was not,
and refused only if there was none even if all that might have been taken was.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Literal
from uuid import UUID

from referrals.buyers import Buyer

Resource = Hashable
WHOLE = 10_000


@dataclass(frozen=True)
class Bound:
    """A limit: so many orders for each code, customer, shop or agent, or for all of them; in a day, or ever."""

    scope: Literal["code", "customer", "shop", "agent", "campaign"]
    uses_max: int
    daily: bool = False


@dataclass(frozen=True)
class Terms:
    """What a campaign takes off and pays, and where it ends."""

    name: str
    off_basis_points: int = 0
    off_minor: int = 0
    off_minor_max: int | None = None
    bonus_basis_points: int = 0
    bonus_minor: int = 0
    shop_basis_points: int = 0
    bounds: tuple[Bound, ...] = ()
    discounts_max: int = 10**12
    bonuses_max: int = 10**12
    returns_restore_uses: bool = True

    def capacity(self, resource: Resource) -> int:
        """How much of something of its own there is in all."""
        match resource:
            case (_, "discounts"):
                return self.discounts_max
            case (_, "bonuses"):
                return self.bonuses_max
            case (_, "uses", Bound() as bound, *_):
                return bound.uses_max
        raise ValueError(resource)


@dataclass(frozen=True)
class Goods:
    """A line of an order."""

    quantity: int
    amount_minor: int
    least_minor: int = 0
    discountable: bool = True

    @property
    def room_minor(self) -> int:
        return max(0, self.amount_minor - self.least_minor) if self.discountable else 0


@dataclass(frozen=True)
class Basket:
    """An order that a till asks about, with what limits may count it by."""

    ref: str
    terms: Terms
    code: str
    agent: UUID
    shop: UUID
    customer: str | None
    day: str
    goods: tuple[Goods, ...]
    step_minor: int = 1

    @property
    def buyer(self) -> Buyer | None:
        return Buyer(self.customer) if self.customer else None

    @property
    def finals(self) -> list[int]:
        """What each line costs in the end: never below its least, at the till's step, rounded towards the dearer."""
        offs = _offs(self.goods, self.terms)
        wanted = [line.amount_minor - off for line, off in zip(self.goods, offs, strict=True)]
        stepped = [-(-one // self.step_minor) * self.step_minor for one in wanted]
        return [min(line.amount_minor, one) for line, one in zip(self.goods, stepped, strict=True)]

    @property
    def discount_minor(self) -> int:
        return sum(line.amount_minor for line in self.goods) - sum(self.finals)

    @property
    def maker_minor(self) -> int:
        """What of the discount the maker owes the shop; what is no whole kopeck of the shop's share is his."""
        return self.discount_minor - self.discount_minor * self.terms.shop_basis_points // WHOLE

    def uses(self) -> list[Resource]:
        """The limits that count this order, each for its own subject."""
        subjects = {
            "code": self.code,
            "customer": self.customer,
            "shop": self.shop,
            "agent": self.agent,
            "campaign": None,
        }
        return [
            (self.terms.name, "uses", bound, subjects[bound.scope], self.day if bound.daily else None)
            for bound in self.terms.bounds
        ]

    def needs(self) -> dict[Resource, int]:
        """Everything that has to have room before the order is given anything."""
        money = {self.discounts: self.maker_minor, self.bonuses: bonus(self.terms, self.finals)}
        return money | dict.fromkeys(self.uses(), 1)

    @property
    def discounts(self) -> Resource:
        return (self.terms.name, "discounts")

    @property
    def bonuses(self) -> Resource:
        return (self.terms.name, "bonuses")

    def may_be_refused_as(self, reason: str) -> list[Resource]:
        """What has to have been full for this reason."""
        if reason == "budget_exhausted":
            return [self.discounts, self.bonuses]
        scope = reason.removeprefix("limit_")
        return [use for bound, use in zip(self.terms.bounds, self.uses(), strict=True) if bound.scope == scope]

    @property
    def is_nameless(self) -> bool:
        """Whoever cannot be told from others is given nothing where customers are limited."""
        return self.customer is None and any(bound.scope == "customer" for bound in self.terms.bounds)


def bonus(terms: Terms, paid: Sequence[int]) -> int:
    """What the agent has of lines for which so much was paid; nothing of no lines."""
    if not paid:
        return 0
    return terms.bonus_minor or sum(paid) * terms.bonus_basis_points // WHOLE


@dataclass
class Sale:
    """An order that was redeemed, and what of it has not come back."""

    basket: Basket
    left: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.left = [line.quantity for line in self.basket.goods]

    @property
    def state(self) -> str:
        if not any(self.left):
            return "returned"
        return "succeeded" if self.left == [line.quantity for line in self.basket.goods] else "partially_returned"

    def paid(self) -> list[int]:
        """What the goods that are left have cost; all returns together give back all that was paid."""
        return [
            final * left // line.quantity
            for final, left, line in zip(self.basket.finals, self.left, self.basket.goods, strict=True)
        ]

    @property
    def bonus_minor(self) -> int:
        """Decided again for what is left."""
        return bonus(self.basket.terms, [paid for paid, left in zip(self.paid(), self.left, strict=True) if left])

    @property
    def owed_minor(self) -> int:
        """The maker's part shrinks as the whole discount does."""
        basket = self.basket
        whole = basket.discount_minor
        if not whole:
            return 0
        lines = zip(basket.goods, basket.finals, self.left, strict=True)
        now = sum((line.amount_minor - final) * left // line.quantity for line, final, left in lines)
        return basket.maker_minor * now // whole

    def take_back(self, pieces: Mapping[int, int]) -> tuple[int, dict[Resource, int]]:
        """The refund, and the room that is free again."""
        before, bonus_before, owed_before = sum(self.paid()), self.bonus_minor, self.owed_minor
        was_there = any(self.left)
        for place, quantity in pieces.items():
            self.left[place] -= min(quantity, self.left[place])
        freed = {
            self.basket.discounts: owed_before - self.owed_minor,
            self.basket.bonuses: bonus_before - self.bonus_minor,
        }
        if was_there and not any(self.left) and self.basket.terms.returns_restore_uses:
            freed |= dict.fromkeys(self.basket.uses(), 1)
        return before - sum(self.paid()), freed


@dataclass(frozen=True)
class Span:
    """From when to when something happened, by a clock that only counts."""

    began: int
    ended: int


@dataclass(frozen=True)
class Verdict:
    """What an order was told at some moment of a span; no reason means that it was given what it asked for."""

    basket: Basket
    span: Span
    reason: str | None = None


class History:
    """Everything that was taken and freed, and everything that was told meanwhile."""

    def __init__(self) -> None:
        self._taken: dict[Resource, list[tuple[Span, int]]] = defaultdict(list)
        self._freed: dict[Resource, list[tuple[Span, int]]] = defaultdict(list)
        self.verdicts: list[Verdict] = []

    def take(self, needs: Mapping[Resource, int], span: Span) -> None:
        for resource, amount in needs.items():
            self._taken[resource].append((span, amount))

    def free(self, room: Mapping[Resource, int], span: Span) -> None:
        for resource, amount in room.items():
            self._freed[resource].append((span, amount))

    def balance(self, resource: Resource) -> int:
        """What is taken when everything is over."""
        return sum(amount for _, amount in self._taken[resource]) - sum(amount for _, amount in self._freed[resource])

    def resources(self) -> Iterable[Resource]:
        return self._taken.keys()

    def impossible(self) -> list[str]:
        """The verdicts that no order of events explains."""
        flows = {one: _Flow(self._taken[one], self._freed[one]) for one in list(self._taken)}
        return [wrong for verdict in self.verdicts if (wrong := _wrong(verdict, flows))]


def _wrong(verdict: Verdict, flows: Mapping[Resource, "_Flow"]) -> str | None:
    basket, nothing = verdict.basket, _Flow([], [])
    terms, needs = basket.terms, basket.needs()
    if verdict.reason is None:
        for resource, need in needs.items():
            if need and flows.get(resource, nothing).surely(verdict.span) + need > terms.capacity(resource):
                return f"{basket.ref} was given what there was no room for: {resource}"
        return "it was given to somebody who is not named" if basket.is_nameless else None
    if basket.is_nameless and verdict.reason == "limit_customer":
        return None
    for resource in basket.may_be_refused_as(verdict.reason):
        if flows.get(resource, nothing).perhaps(verdict.span) + needs[resource] > terms.capacity(resource):
            return None
    return f"{basket.ref} was refused as {verdict.reason} although there was room"


class _Flow:
    """What was taken of a resource and freed again, ready to be asked about a span."""

    def __init__(self, taken: Sequence[tuple[Span, int]], freed: Sequence[tuple[Span, int]]) -> None:
        self._taken_began, self._taken_ended = _Sums.both(taken)
        self._freed_began, self._freed_ended = _Sums.both(freed)

    def surely(self, span: Span) -> int:
        """The least that can have been taken during the span."""
        return self._taken_ended.before(span.began) - self._freed_began.before(span.ended)

    def perhaps(self, span: Span) -> int:
        """The most that can have been taken during the span."""
        return self._taken_began.before(span.ended) - self._freed_ended.before(span.began)


class _Sums:
    def __init__(self, events: Sequence[tuple[int, int]]) -> None:
        in_order = sorted(events)
        self._moments = [moment for moment, _ in in_order]
        self._sums = [0, *accumulate(amount for _, amount in in_order)]

    @classmethod
    def both(cls, events: Sequence[tuple[Span, int]]) -> "tuple[_Sums, _Sums]":
        """By their beginnings, and by their ends."""
        return cls([(span.began, amount) for span, amount in events]), cls(
            [(span.ended, amount) for span, amount in events]
        )

    def before(self, moment: int) -> int:
        return self._sums[bisect_left(self._moments, moment)]


def _offs(goods: Sequence[Goods], terms: Terms) -> list[int]:
    if terms.off_minor:
        return _spread(terms.off_minor, goods)
    open_amounts = [line.amount_minor if line.room_minor else 0 for line in goods]
    total = sum(open_amounts) * terms.off_basis_points // WHOLE
    if terms.off_minor_max is not None:
        total = min(total, terms.off_minor_max)
    # What a line's least price does not let go is lost.
    return [min(off, line.room_minor) for off, line in zip(_largest_remainder(total, open_amounts), goods, strict=True)]


def _spread(total: int, goods: Sequence[Goods]) -> list[int]:
    """So much off the whole order, or as much of it as its lines let go."""
    offs = [0] * len(goods)
    left = min(total, sum(line.room_minor for line in goods))
    while left:
        weights = [
            max(1, line.amount_minor) if off < line.room_minor else 0 for line, off in zip(goods, offs, strict=True)
        ]
        more = _largest_remainder(left, weights)
        offs = [min(off + part, line.room_minor) for off, part, line in zip(offs, more, goods, strict=True)]
        left = min(total, sum(line.room_minor for line in goods)) - sum(offs)
    return offs


def _largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Parts that sum to the total; the missing minor units go to the largest remainders, the earlier line first."""
    whole = sum(weights)
    if not whole or not total:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda place: (parts[place] * whole - total * weights[place], place))
    for place in remainders[: total - sum(parts)]:
        parts[place] += 1
    return parts
