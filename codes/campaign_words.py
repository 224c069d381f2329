"""A campaign in plain words: what its rules give to whom, for what, where and until when, in either language. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec
from babel.dates import format_date
from babel.numbers import format_decimal

from codes.campaign_phrases import PHRASES
from codes.promo_words import counted
from programs.budgets import Budget
from programs.conditions import AmountAtLeast, Condition, CustomersFirstPurchase, NewCustomer, QuantityAtLeast
from programs.discounts import AmountOff, Discount, PercentOff, PerItemOff
from programs.effects import Effect, Fixed, Percent, PerItem
from programs.facts import ActivityKind
from programs.rules import DAY_SECONDS, Limit, Rules
from programs.snapshot import Catalogue, Program, Snapshot
from programs.tells import EVERYTHING
from referrals.words import Language, Reader, amount

_NAMED_MAX: Final = 12


class Told(msgspec.Struct, frozen=True):
    """One thing that a campaign says: what it is about, and the words."""

    about: str
    text: str


def told(
    rules: Rules, budgets: Sequence[Budget], snapshot: Snapshot, program: Program, language: Language
) -> list[Told]:
    """Everything that a campaign says, in the order in which somebody asks."""
    return list(_Teller(rules, snapshot.catalogue, program, language).everything(budgets))


def gives(rules: Rules, program: Program, language: Language) -> list[str]:
    """What it gives, and nothing else; without the names of goods."""
    return list(_Teller(rules, Catalogue({}, {}), program, language).gifts())


class _Teller:
    """Puts rules into the words of one language."""

    def __init__(self, rules: Rules, catalogue: Catalogue, program: Program, language: Language) -> None:
        self._rules, self._catalogue, self._program, self._language = rules, catalogue, program, language
        self._words = PHRASES[language]

    def everything(self, budgets: Sequence[Budget]) -> Iterator[Told]:
        words = self._words
        yield Told(words.who, self._named(words.segments, self._rules.eligibility.segments) or words.everybody)
        yield Told(words.evidence, words.kinds[self._rules.trigger])
        yield Told(words.goods, self._goods(self._rules.eligibility.products) or words.all_goods)
        yield Told(words.to_participant, self._effects())
        if self._rules.trigger is ActivityKind.PROMO_REDEEMED:
            yield Told(words.to_customer, self._discounts())
        yield Told(words.where, self._where())
        yield Told(words.when, self._when())
        if conditions := "; ".join(map(self._condition, self._rules.conditions)):
            yield Told(words.conditions, _sentence(conditions))
        if self._rules.effects:
            yield Told(words.spending, self._waiting())
        if limits := "; ".join(map(self._limit, self._rules.limits)):
            yield Told(words.limits, _sentence(limits))
        if self._rules.discounts:
            yield Told(words.bearers, self._bearers())
        if self._rules.attribution:
            days = counted(words.days, self._rules.attribution.window_days, self._language)
            yield Told(words.window, words.window_days.format(days=days))
        if self._rules.tells != EVERYTHING:
            yield Told(words.reads, self._reads())
        if budgets:
            yield Told(words.budget, self._budgets(budgets))

    def gifts(self) -> Iterator[str]:
        yield self._words.kinds[self._rules.trigger]
        yield self._effects()
        if self._rules.discounts:
            yield self._discounts()

    def _effects(self) -> str:
        return _sentence(" + ".join(map(self._effect, self._rules.effects)) or self._words.no_bonus)

    def _effect(self, effect: Effect) -> str:
        words, asset = self._words, self._rules.asset
        match effect:
            case Percent():
                said = words.bonus_percent.format(percent=self._percent(effect.basis_points))
            case Fixed():
                said = words.bonus_fixed.format(amount=self._money(effect.amount_minor, asset))
            case PerItem() if not effect.by_product:
                said = words.bonus_item.format(amount=self._money(effect.amount_minor, asset))
            case _:
                said = words.bonus_other
        if effect.products:
            said += words.of_some.format(goods=self._goods(effect.products))
        if effect.beneficiary != "agent" or effect.split:
            said += words.to_others
        if effect.cap_minor:
            said += words.capped.format(most=self._money(effect.cap_minor, asset))
        return said

    def _discounts(self) -> str:
        return _sentence(" + ".join(map(self._discount, self._rules.discounts)) or self._words.no_discount)

    def _discount(self, discount: Discount) -> str:
        words, currency = self._words, self._program.currency
        match discount:
            case PercentOff():
                said = words.off_percent.format(percent=self._percent(discount.basis_points))
            case AmountOff():
                said = words.off_amount.format(amount=self._money(discount.amount_minor, currency))
            case PerItemOff():
                said = words.off_item.format(amount=self._money(discount.amount_minor, currency))
            case _:
                raise TypeError(f"{type(discount).__name__} has no words yet")
        if discount.products:
            said += words.of_some.format(goods=self._goods(discount.products))
        return said + (
            words.capped.format(most=self._money(discount.cap_minor, currency)) if discount.cap_minor else ""
        )

    def _where(self) -> str:
        words, eligibility = self._words, self._rules.eligibility
        shops = [self._catalogue.shops[shop].name for shop in eligibility.shops if shop in self._catalogue.shops]
        parts = [self._named(words.shops, shops), self._named(words.regions, eligibility.regions)]
        return "; ".join(part for part in parts if part) or words.everywhere

    def _when(self) -> str:
        words, eligibility = self._words, self._rules.eligibility
        first, last = eligibility.starts_on, eligibility.ends_on
        if first and last:
            return words.between.format(first=self._day(first), last=self._day(last))
        if last:
            return words.until.format(last=self._day(last))
        return words.from_on.format(first=self._day(first)) if first else words.until_ended

    def _condition(self, condition: Condition) -> str:
        words = self._words
        match condition:
            case AmountAtLeast(products=products) if not products:
                return words.from_amount.format(amount=self._money(condition.at_least, self._program.currency))
            case QuantityAtLeast(products=products) if not products:
                return counted(words.from_pieces, condition.at_least, self._language)
            case NewCustomer():
                return words.new_customers
            case CustomersFirstPurchase():
                return words.first_purchase
        return words.other_condition

    def _limit(self, limit: Limit) -> str:
        words = self._words
        most = []
        if limit.max_count is not None:
            most.append(counted(words.times, limit.max_count, self._language))
        if limit.max_minor is not None:
            most.append(self._money(limit.max_minor, self._rules.asset))
        return f"{words.scopes[limit.scope]}: {words.no_more} {', '.join(most)} {words.periods[limit.period]}"

    def _waiting(self) -> str:
        words, days = self._words, self._rules.wait_seconds // DAY_SECONDS
        told = words.after_days.format(days=counted(words.days, days, self._language)) if days else words.at_once
        if self._rules.expires_after_days:
            told += words.expires.format(days=counted(words.days, self._rules.expires_after_days, self._language))
        return _sentence(told)

    def _bearers(self) -> str:
        funding, words = self._rules.funding, self._words
        shares = [
            (words.maker, 10_000 - funding.shop_basis_points - funding.agent_basis_points),
            (words.shop, funding.shop_basis_points),
            (words.participant, funding.agent_basis_points),
        ]
        return ", ".join(f"{name} {self._percent(points)}" for name, points in shares if points)

    def _reads(self) -> str:
        """What the participant is told of a purchase where that is not all of it."""
        tells, words = self._rules.tells, self._words
        sums = {"exact": words.the_sum, "band": words.the_band, "nothing": ""}
        told = (words.the_shop if tells.shop else "", words.the_goods if tells.goods else "", sums[tells.amount])
        return _sentence(", ".join(part for part in told if part) or words.only_the_bonus)

    def _budgets(self, budgets: Sequence[Budget]) -> str:
        return ", ".join(self._money(one.cap_minor, one.asset) for one in budgets)

    def _goods(self, products: Collection[UUID]) -> str:
        known = [self._catalogue.products[product] for product in products if product in self._catalogue.products]
        return self._named("{}", [one.name_ru if self._language == "ru" else one.name_en for one in known])

    def _named(self, pattern: str, names: Collection[str]) -> str:
        """Names one behind the other; of many the first ones and how many more there are."""
        if not names:
            return ""
        ordered = sorted(set(names))
        listed = ", ".join(ordered[:_NAMED_MAX])
        more = len(ordered) - _NAMED_MAX
        return pattern.format(listed + (self._words.and_more.format(count=more) if more > 0 else ""))

    def _day(self, day: date) -> str:
        return format_date(day, "d MMMM y", locale=self._language)

    def _money(self, amount_minor: int, asset: str) -> str:
        return amount(amount_minor, asset, Reader(self._language))

    def _percent(self, basis_points: int) -> str:
        number = format_decimal(Decimal(basis_points) / 100, "0.##", locale=self._language)
        return f"{number}\u00a0%" if self._language == "ru" else f"{number}%"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
