"""What can be counted of an agent's purchases: before an activity, and with it."""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from programs.facts import Facts
from programs.periods import Window, days_around
from programs.standing import Days, Standing, amount_of, quantity_of


class Measure(StrEnum):
    COUNT = "count"
    QUANTITY = "quantity"
    AMOUNT = "amount"
    DISTINCT_PRODUCTS = "distinct_products"
    DISTINCT_CUSTOMERS = "distinct_customers"


class Progress(NamedTuple):
    """A measure before the activity that is being decided, and with it."""

    before: int
    after: int


def progress(
    measure: Measure, facts: Facts, standing: Standing, *, window: Window | None, products: frozenset[UUID]
) -> Progress:
    """How far the agent has come within the window around this activity; without a window, with this one alone."""
    own = of_purchase(measure, facts, currency=standing.currency, products=products)
    if window is None:
        return Progress(0, own)
    days = days_around(window, facts.occurred_at, standing.zone)
    if measure is Measure.DISTINCT_PRODUCTS or measure is Measure.DISTINCT_CUSTOMERS:
        return _distinct(measure, facts, standing, days=days, products=products)
    counted = _counted(measure, standing, days=days, products=products)
    if facts.is_further_proof:
        # The standing holds this very purchase already, so what came before is what is left without it.
        return Progress(counted - own, counted)
    return Progress(counted, counted + own)


def of_purchase(measure: Measure, facts: Facts, *, currency: str, products: frozenset[UUID]) -> int:
    """The measure of this activity alone."""
    lines = [line for line in facts.lines if line.product_id in products] if products else facts.lines
    if measure is Measure.AMOUNT:
        return amount_of(lines, currency)
    if measure is Measure.QUANTITY:
        return quantity_of(lines)
    if measure is Measure.COUNT:
        return len({line.product_id for line in lines}) if products else min(1, len(lines))
    return len(_products_of(facts, products) if measure is Measure.DISTINCT_PRODUCTS else _customers_of(facts))


def _counted(measure: Measure, standing: Standing, *, days: Days | None, products: frozenset[UUID]) -> int:
    if measure is Measure.COUNT:
        return standing.count(days, products)
    if measure is Measure.QUANTITY:
        return standing.quantity(days, products)
    return standing.amount_minor(days, products)


def _distinct(
    measure: Measure, facts: Facts, standing: Standing, *, days: Days | None, products: frozenset[UUID]
) -> Progress:
    if measure is Measure.DISTINCT_PRODUCTS:
        bought = standing.products(days, products)
        return Progress(len(bought), len(bought | _products_of(facts, products)))
    served = standing.customers(days)
    return Progress(len(served), len(served | _customers_of(facts)))


def _products_of(facts: Facts, products: frozenset[UUID]) -> set[UUID]:
    bought = {line.product_id for line in facts.lines if line.product_id is not None}
    return bought & products if products else bought


def _customers_of(facts: Facts) -> set[str]:
    return {facts.customer_key} if facts.customer_key else set()
