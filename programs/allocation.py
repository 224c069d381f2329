"""Allocation: a bonus laid back over the lines that earned it, so that the parts sum exactly."""

from collections.abc import Sequence
from math import lcm

from core.money import split
from programs.decision import Grant
from programs.effects import Effect, PerItem, Ratio, in_asset
from programs.facts import Facts, Line
from programs.rules import Rules


def by_line(grant: Grant, facts: Facts, rules: Rules) -> tuple[int, ...]:
    """The grant's amount over the activity's lines; lines that the effect does not look at get nothing."""
    effect = rules.effects_for(facts)[grant.effect]
    return tuple(split(grant.amount_minor, _weights(effect, facts.lines, rules)))


def _weights(effect: Effect, lines: Sequence[Line], rules: Rules) -> list[int]:
    counted = [_counts(line, effect, rules) for line in lines]
    worths = [_worth(effect, line, rules) for line in lines]
    # Rates make fractions; over their common denominator they are whole weights again.
    common = lcm(*(worth.per for worth in worths))
    weights = [
        worth.minor * (common // worth.per) if counts else 0 for worth, counts in zip(worths, counted, strict=True)
    ]
    if any(weights):
        return weights
    # Nothing has a price: the pieces decide.
    return [line.quantity if counts else 0 for line, counts in zip(lines, counted, strict=True)]


def _counts(line: Line, effect: Effect, rules: Rules) -> bool:
    return all(not chosen or line.product_id in chosen for chosen in (rules.eligibility.products, effect.products))


def _worth(effect: Effect, line: Line, rules: Rules) -> Ratio:
    if isinstance(effect, PerItem):
        return Ratio(line.quantity * effect.price_minor(line), 1)
    return in_asset([line], asset=rules.asset, rates=rules.rates)
