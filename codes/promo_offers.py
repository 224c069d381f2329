"""Promo offers: what a campaign gives to customers, in one sentence, and where and until when. Pure."""

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from babel.dates import format_date
from babel.numbers import format_decimal
from msgspec import Struct

from codes.promo_words import WORDS, counted
from programs.campaign import Campaign, CampaignState, CampaignVersion
from programs.conditions import AmountAtLeast, Condition, ProductIn, QuantityAtLeast, RegionIn, ShopIn
from programs.discounts import AmountOff, Discount, PercentOff, PerItemOff
from programs.facts import ActivityKind
from programs.snapshot import Shop, Snapshot
from referrals.words import Language, Reader, amount

_SHOPS_NAMED_MAX: Final = 4
_SHOPS_LETTERS_MAX: Final = 60
_DISCOUNTS_TOLD_MAX: Final = 2
# More or longer names of goods than these make no sentence.
_GOODS_NAMED_MAX: Final = 2
_GOODS_LETTERS_MAX: Final = 48
# A word of one or two letters stays on the line of the word that it leads.
_SHORT_WORD: Final = re.compile(r"(?<!\w)(\w{1,2}) ")
_TOLD: Final = (ProductIn, ShopIn, RegionIn, AmountAtLeast, QuantityAtLeast)


class PromoOffer(Struct, frozen=True):
    """An offer in words: the figure that is shown large, the sentence, and lines that may be empty."""

    maker: str
    headline: str
    sentence: str
    validity: str
    shops: str
    more_terms: str


def is_running(campaign: Campaign, now: datetime) -> bool:
    """Whether customers are given something, or will be."""
    version = campaign.version_at(now)
    is_for_promo_codes = version.rules.trigger is ActivityKind.PROMO_REDEEMED
    return is_for_promo_codes and campaign.state is CampaignState.ACTIVE and now < version.closes_at


def promo_offer(campaign: Campaign, snapshot: Snapshot, *, language: Language, now: datetime) -> PromoOffer:
    """What a campaign offers at the moment, in one language."""
    return _Teller(campaign.version_at(now), snapshot, campaign.program_id, language).told(now)


class _Teller:
    """Puts one version into the words of one language."""

    def __init__(self, version: CampaignVersion, snapshot: Snapshot, program_id: UUID, language: Language) -> None:
        self._version = version
        self._snapshot = snapshot
        self._program = snapshot.programs[program_id]
        self._language = language
        self._words = WORDS[language]

    def told(self, now: datetime) -> PromoOffer:
        return PromoOffer(
            maker=self._program.name,
            headline=self._headline(),
            sentence=self._sentence(),
            validity=self._validity(now),
            shops=self._shops(),
            more_terms=self._words.more_terms if any(self._untold()) else "",
        )

    def _headline(self) -> str:
        """The one discount, or the highest of several percents; where neither can be said, the word for a code."""
        discounts = self._version.rules.discounts
        if len(discounts) == 1:
            return f"−{self._off(discounts[0])}"
        percents = [discount.basis_points for discount in discounts if isinstance(discount, PercentOff)]
        if discounts and len(percents) == len(discounts):
            return self._words.off_most.format(off=self._percent(max(percents)))
        return self._words.code

    def _sentence(self) -> str:
        discounts = self._version.rules.discounts
        parts = [self._discount(discount) for discount in discounts[:_DISCOUNTS_TOLD_MAX]]
        if len(discounts) > _DISCOUNTS_TOLD_MAX:
            parts.append(self._words.and_more)
        given = ", ".join(parts) or self._words.nothing_off
        told = "".join([given, *self._asked()])
        return _SHORT_WORD.sub("\\1\u00a0", f"{told[0].upper()}{told[1:]}.")

    def _discount(self, discount: Discount) -> str:
        words = self._words
        most = words.capped.format(most=self._money(discount.cap_minor)) if discount.cap_minor else ""
        goods = self._goods(discount.products)
        named = words.off_goods.format(goods=goods) if goods else words.off_some_goods if discount.products else ""
        match discount:
            case PercentOff():
                said = words.off_percent
            case PerItemOff():
                said = words.off_item
            case _:
                said, named = words.off_amount, named or words.off_no_goods
        return said.format(off=self._off(discount), goods=named) + most

    def _off(self, discount: Discount) -> str:
        match discount:
            case PercentOff():
                return self._percent(discount.basis_points)
            case AmountOff() | PerItemOff():
                return self._money(discount.amount_minor)
        raise TypeError(f"{type(discount).__name__} has no words yet")

    def _asked(self) -> Iterator[str]:
        """What an order needs for it, as far as a sentence can say it."""
        words = self._words
        for condition in self._version.conditions:
            match condition:
                case ProductIn():
                    goods = self._goods(condition.products)
                    yield words.with_goods.format(goods=goods) if goods else words.with_some_goods
                case AmountAtLeast(products=products) if not products:
                    yield words.from_amount.format(amount=self._money(condition.at_least))
                case QuantityAtLeast(products=products) if not products:
                    yield counted(words.from_items, condition.at_least, self._language)

    def _untold(self) -> Iterator[bool]:
        """For each condition and limit whether a customer may meet it without having read of it."""
        for condition in self._version.conditions:
            is_told = isinstance(condition, _TOLD) and not (
                isinstance(condition, AmountAtLeast | QuantityAtLeast) and condition.products
            )
            yield not is_told
        yield bool(self._version.rules.limits)

    def _goods(self, products: Collection[UUID]) -> str:
        """The names of a few products; nothing where they are too many or too long to be named."""
        known = [self._snapshot.products[product] for product in products if product in self._snapshot.products]
        names = sorted(one.name_en if self._language == "en" else one.name_ru for one in known)
        told = ", ".join(self._words.quoted.format(name) for name in names)
        is_short = len(names) <= _GOODS_NAMED_MAX and len(told) <= _GOODS_LETTERS_MAX
        return told if is_short and len(known) == len(products) else ""

    def _shops(self) -> str:
        shops = [shop for shop in self._snapshot.shops.values() if self._takes_part(shop)]
        names = sorted({shop.name for shop in shops})
        if not names:
            return ""
        told = ", ".join(self._words.quoted.format(name) for name in names)
        if len(names) <= _SHOPS_NAMED_MAX and len(told) <= _SHOPS_LETTERS_MAX:
            return self._words.in_shops.format(shops=told)
        return counted(self._words.in_some_shops, len(shops), self._language)

    def _takes_part(self, shop: Shop) -> bool:
        return shop.program_id == self._program.id and all(
            lets_in(condition, shop) for condition in self._version.conditions
        )

    def _validity(self, now: datetime) -> str:
        first, last = self._version.rules.eligibility.starts_on, self._version.rules.eligibility.ends_on
        if first and first <= now.astimezone(self._program.zone).date():
            first = None
        if first and last:
            return self._words.between.format(first=self._day(first), last=self._day(last))
        if last:
            return self._words.until.format(last=self._day(last))
        return self._words.from_on.format(first=self._day(first)) if first else ""

    def _day(self, day: date) -> str:
        return format_date(day, "d MMMM y", locale=self._language)

    def _money(self, amount_minor: int) -> str:
        return amount(amount_minor, self._program.currency, Reader(self._language))

    def _percent(self, basis_points: int) -> str:
        number = format_decimal(Decimal(basis_points) / 100, "0.##", locale=self._language)
        return f"{number}\u00a0%" if self._language == "ru" else f"{number}%"


def lets_in(condition: Condition, shop: Shop) -> bool:
    """Whether a condition leaves a shop among those that take part."""
    match condition:
        case ShopIn():
            return shop.id in condition.shops
        case RegionIn():
            return shop.region in condition.regions
    return True
