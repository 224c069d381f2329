"""Standing: what an agent has bought in a program up to now, by day and product, carried along through a batch."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.ids import NIL
from programs.facts import Facts, Line

# Stands for the whole purchase where a row asks for a product, so that no key is ever NULL.
WHOLE = NIL


class DayProduct(msgspec.Struct, frozen=True, gc=False):
    """How often, how many and for how much a product was bought on a day of the program's calendar."""

    day: date
    product_id: UUID
    count: int
    quantity: int
    amount_minor: int
    first_at: datetime


class DayCustomer(msgspec.Struct, frozen=True, gc=False):
    """How many purchases of a customer fell on a day."""

    day: date
    customer_key: str
    count: int


class Contribution(msgspec.Struct, frozen=True):
    """What one activity adds to a standing: the rows to be increased."""

    products: tuple[DayProduct, ...] = ()
    customers: tuple[DayCustomer, ...] = ()


class Days(NamedTuple):
    """A stretch of calendar days by their ordinals, both ends included."""

    first: int
    last: int


class _Sum(msgspec.Struct, gc=False):
    count: int
    quantity: int
    amount_minor: int
    first_at: datetime


NOTHING = Contribution()


def contribution(facts: Facts, *, zone: ZoneInfo, currency: str) -> Contribution:
    """One row for the purchase and one for each of its products; amounts in other currencies do not count."""
    lines = facts.lines
    if not lines or facts.is_further_proof:
        return NOTHING
    at = facts.occurred_at
    day = at.astimezone(zone).date()
    whole = DayProduct(day, WHOLE, 1, quantity_of(lines), amount_of(lines, currency), at)
    parts = [
        DayProduct(day, product_id, 1, quantity_of(own), amount_of(own, currency), at)
        for product_id, own in _by_product(lines)
    ]
    customers = (DayCustomer(day, facts.customer_key, 1),) if facts.customer_key else ()
    return Contribution((whole, *parts), customers)


def _by_product(lines: Sequence[Line]) -> Iterable[tuple[UUID, Sequence[Line]]]:
    if len(lines) == 1:
        product_id = lines[0].product_id
        return () if product_id is None else ((product_id, lines),)
    lines_of: dict[UUID, list[Line]] = {}
    for line in lines:
        if line.product_id is not None:
            lines_of.setdefault(line.product_id, []).append(line)
    return lines_of.items()


def quantity_of(lines: Iterable[Line]) -> int:
    return sum([line.quantity for line in lines])


def amount_of(lines: Iterable[Line], currency: str) -> int:
    return sum([line.amount_minor for line in lines if line.amount_minor and line.currency == currency])


class Standing:
    """What was bought before the activity that is being decided; nothing in it depends on the order of adding."""

    __slots__ = ("_customers", "_products", "currency", "zone")

    def __init__(
        self,
        zone: ZoneInfo,
        currency: str,
        products: Iterable[DayProduct] = (),
        customers: Iterable[DayCustomer] = (),
    ) -> None:
        self.zone = zone
        self.currency = currency
        self._products: dict[UUID, dict[int, _Sum]] = {}
        self._customers: dict[int, dict[str, int]] = {}
        self._count(Contribution(tuple(products), tuple(customers)), sign=1)

    def add(self, facts: Facts) -> None:
        """Count an activity that has been decided."""
        self._count(contribution(facts, zone=self.zone, currency=self.currency), sign=1)

    def take_back(self, facts: Facts) -> None:
        """Uncount an activity; the lines that survive a return are added again afterwards."""
        self._count(contribution(facts, zone=self.zone, currency=self.currency), sign=-1)

    def count(self, days: Days | None = None, products: frozenset[UUID] = frozenset()) -> int:
        """Purchases; of named products, how often each of them was bought."""
        return sum([found.count for found in self._found(days, products)])

    def quantity(self, days: Days | None = None, products: frozenset[UUID] = frozenset()) -> int:
        """Pieces bought."""
        return sum([found.quantity for found in self._found(days, products)])

    def amount_minor(self, days: Days | None = None, products: frozenset[UUID] = frozenset()) -> int:
        """Money spent, in the program's currency."""
        return sum([found.amount_minor for found in self._found(days, products)])

    def products(self, days: Days | None = None, among: frozenset[UUID] = frozenset()) -> set[UUID]:
        """The different products bought."""
        chosen = among or self._products.keys() - {WHOLE}
        return {product_id for product_id in chosen if any(sums.count > 0 for sums in self._of(product_id, days))}

    def customers(self, days: Days | None = None) -> set[str]:
        """The different customers served."""
        return {
            key for ordinal in _within(self._customers, days) for key, n in self._customers[ordinal].items() if n > 0
        }

    def has_bought(self, products: frozenset[UUID], *, until: datetime) -> bool:
        """Whether one of the products was bought at that moment or before it."""
        return any(found.count > 0 and found.first_at <= until for found in self._found(None, products))

    def _found(self, days: Days | None, products: frozenset[UUID]) -> Collection[_Sum]:
        if not products:
            return self._of(WHOLE, days)
        return [found for product_id in products for found in self._of(product_id, days)]

    def _of(self, product_id: UUID, days: Days | None) -> Collection[_Sum]:
        by_day = self._products.get(product_id)
        if not by_day:
            return ()
        return by_day.values() if days is None else [by_day[ordinal] for ordinal in _within(by_day, days)]

    def _count(self, change: Contribution, *, sign: int) -> None:
        for row in change.products:
            by_day = self._products.setdefault(row.product_id, {})
            ordinal = row.day.toordinal()
            found = by_day.get(ordinal)
            if found is None or found.count == 0:
                found = by_day[ordinal] = _Sum(0, 0, 0, row.first_at)
            found.count += sign * row.count
            found.quantity += sign * row.quantity
            found.amount_minor += sign * row.amount_minor
            found.first_at = min(found.first_at, row.first_at)
        for customer in change.customers:
            of_day = self._customers.setdefault(customer.day.toordinal(), {})
            of_day[customer.customer_key] = of_day.get(customer.customer_key, 0) + sign * customer.count


def _within(by_day: Mapping[int, object], days: Days | None) -> Iterator[int]:
    """The days that have something, by the shorter way: through the stretch or through what there is."""
    if days is None:
        return iter(by_day)
    if days.last - days.first < len(by_day):
        return (ordinal for ordinal in range(days.first, days.last + 1) if ordinal in by_day)
    return (ordinal for ordinal in by_day if days.first <= ordinal <= days.last)
