from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from codes.promo_offers import PromoOffer, is_running, promo_offer
from programs import lifecycle
from programs.campaign import Campaign
from programs.conditions import AmountAtLeast, FirstPurchase, QuantityAtLeast
from programs.discounts import AmountOff, PercentOff, PerItemOff
from programs.facts import ActivityKind
from programs.reasons import Reason
from programs.rules import Eligibility, Limit, LimitScope
from programs.snapshot import Snapshot, current_snapshot
from referrals.words import Language
from tests.codes.tills import a_promo_campaign, a_shop
from tests.programs import made
from tests.programs.stored import BY, a_product, a_program

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2099, 11, 22, tzinfo=UTC)


class Shown(msgspec.Struct, frozen=True):
    """A campaign as it is remembered."""

    campaign: Campaign
    snapshot: Snapshot

    def offer(self, language: Language = "ru") -> PromoOffer:
        """What it offers, with every space alike."""
        offer = promo_offer(self.campaign, self.snapshot, language=language, now=NOW)
        told = (" ".join(part.split()) for part in msgspec.structs.astuple(offer))
        return PromoOffer(*told)


async def shown(program_id: UUID, **rules: Any) -> Shown:
    campaign_id = await a_promo_campaign(program_id, **({"discounts": (PercentOff(basis_points=500),)} | rules))
    snapshot = await current_snapshot(age_seconds_max=0)
    return Shown(snapshot.campaigns[campaign_id], snapshot)


@pytest.mark.parametrize(
    ("seconds", "at_the_till", "on_the_page"),
    [(-1, "not_started", True), (0, None, True), (86_399, None, True), (86_400, "expired", False)],
)
async def test_the_page_goes_with_the_second_in_which_tills_take_no_more(
    seconds: int, at_the_till: str | None, *, on_the_page: bool
) -> None:
    day = Eligibility(starts_on=made.NOON.date(), ends_on=made.NOON.date())
    campaign = made.campaign(made.rules(trigger=ActivityKind.PROMO_REDEEMED, eligibility=day))
    moment = made.NOON.astimezone(made.MOSCOW).replace(hour=0) + timedelta(seconds=seconds)

    decided = campaign.version_for(made.bought(accepted_at=moment, occurred_at=moment))

    # Before its first day the page says from when on it is good.
    assert is_running(campaign, moment) is on_the_page
    assert (decided if isinstance(decided, Reason) else None) == at_the_till


@pytest.mark.parametrize(
    ("discounts", "headline", "ru", "en"),
    [
        ((PercentOff(basis_points=500),), "−5 %", "Скидка 5 %.", "5% off."),
        (
            (PercentOff(basis_points=750, cap_minor=200_000),),
            "−7,5 %",
            "Скидка 7,5 % (не больше 2 000 ₽).",
            "7.5% off (up to 2,000 RUB).",
        ),
        ((AmountOff(amount_minor=50_000),), "−500 ₽", "Скидка 500 ₽ на заказ.", "500 RUB off your order."),
        ((PerItemOff(amount_minor=5_050),), "−50,50 ₽", "Скидка 50,50 ₽ с каждой штуки.", "50.50 RUB off each item."),
        (
            (PercentOff(basis_points=500), PercentOff(basis_points=1_000)),
            "до −10 %",
            "Скидка 5 %, скидка 10 %.",
            "5% off, 10% off.",
        ),
        (
            (PercentOff(basis_points=500), AmountOff(amount_minor=100), AmountOff(amount_minor=200)),
            "Промокод",
            "Скидка 5 %, скидка 1 ₽ на заказ, и другие скидки.",
            "5% off, 1 RUB off your order, and more.",
        ),
    ],
)
async def test_discounts_are_one_sentence_and_one_figure(discounts: Any, headline: str, ru: str, en: str) -> None:
    one = await shown(await a_program(), discounts=discounts)

    assert (one.offer().headline, one.offer().sentence, one.offer("en").sentence) == (headline, ru, en)


async def test_a_campaign_without_a_discount_promises_none() -> None:
    one = await shown(await a_program())
    version = one.campaign.versions[0]
    bare = msgspec.structs.replace(version, rules=msgspec.structs.replace(version.rules, discounts=()))

    offer = Shown(msgspec.structs.replace(one.campaign, versions=(bare,)), one.snapshot).offer()

    assert (offer.headline, offer.sentence) == ("Промокод", "Назовите промокод при покупке.")


async def test_goods_are_named_while_they_are_few() -> None:
    program_id = await a_program()
    product_id = await a_product(program_id)
    others = [await a_product(program_id, f"S-{number}") for number in range(3)]

    named = await shown(program_id, discounts=(PercentOff(basis_points=500, products=frozenset({product_id})),))
    unnamed = await shown(program_id, discounts=(PercentOff(basis_points=500, products=frozenset(others)),))

    assert named.offer().sentence == "Скидка 5 % на «Котёл»."
    assert named.offer("en").sentence == "5% off “Boiler”."
    assert unnamed.offer().sentence == "Скидка 5 % на отдельные товары."
    assert unnamed.offer("en").sentence == "5% off selected goods."


async def test_what_an_order_needs_stands_in_the_sentence() -> None:
    program_id = await a_program()
    product_id = await a_product(program_id)
    eligibility = Eligibility(products=frozenset({product_id}))

    one = await shown(program_id, conditions=(AmountAtLeast(at_least=1_000_000),))
    two = await shown(program_id, conditions=(QuantityAtLeast(at_least=2),), eligibility=eligibility)

    assert one.offer().sentence == "Скидка 5 % при заказе от 10 000 ₽."
    assert one.offer("en").sentence == "5% off on orders of 10,000 RUB or more."
    assert two.offer().sentence == "Скидка 5 %, если в заказе есть «Котёл» при покупке от 2 штук."
    assert [one.offer().more_terms, two.offer().more_terms] == ["", ""]


@pytest.mark.parametrize(
    "rules",
    [
        {"conditions": (FirstPurchase(),)},
        {"conditions": (AmountAtLeast(at_least=1, products=frozenset({uuid4()})),)},
        {"limits": (Limit(LimitScope.CODE, max_count=5),)},
    ],
)
async def test_what_no_sentence_says_is_pointed_to(rules: dict[str, Any]) -> None:
    program_id = await a_program()
    one = await shown(program_id)
    version = msgspec.structs.replace(
        one.campaign.versions[0],
        conditions=rules.get("conditions", ()),
        rules=msgspec.structs.replace(one.campaign.versions[0].rules, **rules),
    )
    changed = Shown(msgspec.structs.replace(one.campaign, versions=(version,)), one.snapshot)

    assert one.offer().more_terms == ""
    assert changed.offer("en").more_terms == "Other terms apply: ask in the shop."


async def test_a_few_shops_are_named_and_many_are_counted() -> None:
    program_id = await a_program()
    shop_id = await a_shop(program_id)
    few = await shown(program_id)
    for _ in range(20):
        await a_shop(program_id)
    await a_shop(await a_program())

    one = await shown(program_id, eligibility=Eligibility(shops=frozenset({shop_id})))

    assert few.offer().shops == one.offer().shops == "Магазины: «Тёплый дом»"


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "ru", "en"),
    [
        (None, None, "", ""),
        (date(2099, 1, 1), None, "", ""),
        (date(2099, 12, 1), None, "Действует с 1 декабря 2099", "Valid from 1 December 2099"),
        (None, date(2099, 12, 31), "Действует до 31 декабря 2099 включительно", "Valid through 31 December 2099"),
        (
            date(2099, 12, 1),
            date(2099, 12, 31),
            "Действует с 1 декабря 2099 до 31 декабря 2099 включительно",
            "Valid from 1 December 2099 through 31 December 2099",
        ),
    ],
)
async def test_it_says_from_when_and_until_when(starts_on: date | None, ends_on: date | None, ru: str, en: str) -> None:
    one = await shown(await a_program(), eligibility=Eligibility(starts_on=starts_on, ends_on=ends_on))

    assert (one.offer().validity, one.offer("en").validity) == (ru, en)


async def test_an_offer_runs_until_its_last_day_and_while_nobody_stops_it() -> None:
    one = await shown(await a_program(), eligibility=Eligibility(ends_on=date(2099, 11, 22)))

    await lifecycle.pause(one.campaign.id, by=BY)
    paused = (await current_snapshot(age_seconds_max=0)).campaigns[one.campaign.id]

    assert is_running(one.campaign, datetime(2099, 11, 22, 20, 59, tzinfo=UTC))
    assert not is_running(one.campaign, datetime(2099, 11, 22, 21, 0, tzinfo=UTC))
    assert not is_running(paused, NOW)
