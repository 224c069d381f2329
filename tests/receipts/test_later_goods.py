"""Goods of a receipt that turn out after the rest was paid: the difference is paid, once, as if all had been known."""

import asyncio
from typing import Any
from uuid import UUID

import msgspec
import pytest

from core.access import SecondPersonNeeded
from core.db import execute, fetch, fetch_value
from programs.budgets import top_up
from programs.conditions import AmountAtLeast, FirstPurchase
from programs.effects import Fixed, Ladder, Percent, Rate, Step
from programs.facts import ActivityKind
from programs.measures import Measure
from programs.periods import CalendarPeriod, Period
from programs.rules import Limit, LimitScope
from receipts import feed_events, later_goods, reviews, views
from receipts.feed_events import Brought
from receipts.feeds import Feed
from receipts.fiscal import russia_documents
from receipts.matching import name_hash
from receipts.reviews import ReceiptBeingPaid, ReceiptDecided
from referrals.activities import drive_again, drive_campaign_again
from referrals.explanations import explain_activity
from tests.invariants import broken_invariants
from tests.packs import ASSET, BONUS_MINOR, PLENTY_MINOR, a_sale, accepted, an_agent, settled, spent, told, wallet
from tests.programs.stored import BY, a_campaign, a_product
from tests.receipts.feeding import a_feed
from tests.receipts.purchases import GTIN, SELLER, TRIALS, Offer, a_line, an_offer, document, handed_in

pytestmark = pytest.mark.usefixtures("proven")

UNSURE = "Котёл KT-28F"
SURE_MINOR, UNSURE_MINOR = 550_000, 350_001
PERCENT = {"effects": (Percent(basis_points=333),), "rates": {"RUB": Rate(asset_minor=1, currency_minor=1)}}
WHOLE = (SURE_MINOR + UNSURE_MINOR) * 333 // 10_000
IN_PART = SURE_MINOR * 333 // 10_000


class Bought(msgspec.Struct, frozen=True):
    """A receipt of two goods, of which one was paid for and the other may be either of two products."""

    offer: Offer
    agent_id: UUID
    receipt_id: UUID
    other_id: UUID

    async def name(self, place: int = 1) -> None:
        await reviews.accept(self.receipt_id, {place: self.other_id}, note="", by=BY)

    async def available(self) -> int:
        return (await wallet(self.agent_id)).available_minor


async def bought(line: dict[str, Any] | None = None, *, wait: bool = False, **rules: Any) -> Bought:
    offer = await an_offer(partial_matches="pay", **(PERCENT | rules))
    other_id = await a_product(offer.program_id, "2", articles={"KT-28F"})
    await a_product(offer.program_id, "3", articles={"KT-28F"})
    agent_id = await an_agent()
    receipt = await handed_in(agent_id, document=document(a_line(), line or a_line(UNSURE, UNSURE_MINOR)))
    assert (receipt.state, receipt.reason) == ("matched", "unsure_lines")
    if not wait:
        await settled()
    return Bought(offer, agent_id, receipt.receipt_id, other_id)


def unsure(serial: str, amount: int) -> dict[str, Any]:
    """A marked piece whose number nobody knows and whose name fits two products."""
    gtin = "04600000099996"
    marked = {"gs1m": {"gtin": gtin, "sernum": serial, "rawProductCode": f"01{gtin}21{serial}"}}
    return a_line(UNSURE, amount, productCodeNew=marked, productType=33)


async def test_what_a_person_names_later_is_paid_to_the_kopeck_of_what_all_of_it_comes_to() -> None:
    one = await bought()
    before = await one.available()

    await one.name()

    assert (before, await one.available()) == (IN_PART, WHOLE)
    assert await spent(one.offer.campaign_id) == WHOLE
    assert [kind for kind, _ in await told(one.agent_id)].count("credited") == 2
    assert await broken_invariants() == []


async def test_thirty_reviewers_at_once_pay_once_and_the_next_is_told_that_it_is_decided() -> None:
    one = await bought()

    found = await asyncio.gather(*(one.name() for _ in range(30)), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in found) == ["NoneType"] + ["ReceiptDecided"] * 29
    assert await one.available() == WHOLE
    with pytest.raises(ReceiptDecided):
        await one.name()
    with pytest.raises(ReceiptDecided):
        await reviews.reject(one.receipt_id, note="?", by=BY)
    assert await broken_invariants() == []


STAIRS = Ladder(
    measure=Measure.AMOUNT, steps=(Step(at=1, pays=100), Step(at=600_000, pays=1_000)), unit="once", mode="highest_step"
)
MONTH = Ladder(
    measure=Measure.QUANTITY,
    steps=(Step(at=1, pays=10), Step(at=2, pays=300)),
    unit="each",
    window=CalendarPeriod(Period.MONTH),
)
AGENT_ONCE = (Limit(LimitScope.AGENT, max_count=1),)
RULES: dict[str, dict[str, Any]] = {
    "percent": {},
    "fixed": {"effects": (Fixed(amount_minor=100),)},
    "stairs": {"effects": (STAIRS,)},
    "stairs of a month": {"effects": (MONTH,)},
    "two effects": {"effects": (STAIRS, Percent(basis_points=777))},
    "from an amount on": {"conditions": (AmountAtLeast(at_least=600_000),)},
    "first purchase": {"conditions": (FirstPurchase(),)},
    "once": {"limits": AGENT_ONCE},
    "from an amount on, once": {"limits": AGENT_ONCE, "conditions": (AmountAtLeast(at_least=600_000),)},
}


async def known_at_once(**rules: Any) -> tuple[Offer, UUID]:
    """The same receipt where both goods are known from the start."""
    offer = await an_offer(**(PERCENT | rules))
    await a_product(offer.program_id, "2", articles={"KT-28F"})
    agent_id = await an_agent()
    await handed_in(
        agent_id,
        document=document(a_line(), a_line(UNSURE, UNSURE_MINOR), drive="7384440300009999"),
        program_id=offer.program_id,
    )
    await settled()
    return offer, agent_id


async def uses(campaign_id: UUID) -> list[tuple[int, int]]:
    rows = await fetch("SELECT used_count, used_minor FROM limit_use WHERE campaign_id = $1", campaign_id)
    return [(row["used_count"], row["used_minor"]) for row in rows]


async def standing(agent_id: UUID) -> list[tuple[int, int, int]]:
    rows = await fetch(
        "SELECT times, quantity, amount_minor FROM standing_product WHERE agent_id = $1 AND times > 0 ORDER BY 1, 2, 3",
        agent_id,
    )
    return [(row["times"], row["quantity"], row["amount_minor"]) for row in rows]


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
async def test_it_ends_as_if_all_of_it_had_been_known_from_the_start(rules: dict[str, Any]) -> None:
    one = await bought(**rules)

    await one.name()

    offer, agent_id = await known_at_once(**rules)
    assert await one.available() == (await wallet(agent_id)).available_minor > 0
    assert await spent(one.offer.campaign_id) == await spent(offer.campaign_id)
    assert await uses(one.offer.campaign_id) == await uses(offer.campaign_id)
    assert await standing(one.agent_id) == await standing(agent_id)


async def test_a_campaign_that_more_goods_put_first_takes_the_place_of_the_one_that_had_paid() -> None:
    one = await bought(exclusivity_group="one", wait=True)
    large = await a_campaign(
        one.offer.program_id,
        budget_minor=PLENTY_MINOR,
        trigger=ActivityKind.RECEIPT_MATCHED,
        asset=ASSET,
        effects=(Fixed(amount_minor=77),),
        conditions=(AmountAtLeast(at_least=600_000),),
        exclusivity_group="one",
        partial_matches="pay",
        priority=10,
        wait_seconds=0,
    )
    # It was there when the receipt came.
    await execute("UPDATE activity SET accepted_at = now(), occurred_at = now()")
    await execute("UPDATE activity SET facts = jsonb_set(facts::jsonb, '{accepted_at}', to_jsonb(now()))::json")
    await execute("UPDATE activity SET facts = jsonb_set(facts::jsonb, '{occurred_at}', to_jsonb(now()))::json")
    await settled()

    await one.name()

    assert (await spent(one.offer.campaign_id), await spent(large), await one.available()) == (0, 77, 77)
    assert ("clawed_back", IN_PART) in await told(one.agent_id)


async def test_what_has_no_room_waits_with_its_reason_and_is_paid_when_there_is_room() -> None:
    one = await bought(budget_minor=IN_PART)
    await one.name()
    denied = await told(one.agent_id)

    await top_up(one.offer.campaign_id, asset=ASSET, amount_minor=WHOLE - IN_PART, by=BY)
    await drive_campaign_again(one.offer.campaign_id)
    await settled()
    await drive_campaign_again(one.offer.campaign_id)
    await settled()

    assert denied[-1] == ("denied", "budget_exhausted")
    assert await one.available() == await spent(one.offer.campaign_id) == WHOLE
    assert await broken_invariants() == []


async def test_a_limit_has_no_room_for_the_rest_and_leaves_what_was_paid() -> None:
    one = await bought(limits=(Limit(LimitScope.AGENT, max_minor=WHOLE - 1),))

    await one.name()

    assert await one.available() == IN_PART
    assert (await told(one.agent_id))[-1] == ("denied", "limit_agent")


async def test_what_is_named_while_the_rules_are_asked_about_the_rest_is_told_to_them_afterwards() -> None:
    one = await bought(wait=True)
    await one.name()
    await later_goods.carry_out_due()
    await settled()
    in_part = await one.available()

    await execute("UPDATE receipt SET hear_at = now()")
    await later_goods.carry_out_due()
    await later_goods.carry_out_due()

    assert (in_part, await one.available()) == (IN_PART, WHOLE)


async def test_a_receipt_that_is_refused_after_a_part_was_paid_gives_it_back_and_owns_nothing() -> None:
    one = await bought()

    view = await reviews.reject(one.receipt_id, note="нарисован", by=BY)

    assert (view.state, await one.available(), await spent(one.offer.campaign_id)) == ("rejected", 0, 0)
    assert [kind for kind, _ in await told(one.agent_id)][-2:] == ["clawed_back", "denied"]
    assert await standing(one.agent_id) == []
    other = await an_agent()
    await handed_in(other, document=document(a_line(), a_line(UNSURE, UNSURE_MINOR)))
    await settled()
    assert (await wallet(other)).available_minor == IN_PART
    assert await broken_invariants() == []


async def test_what_a_budget_denied_is_not_paid_any_more_once_the_receipt_was_refused() -> None:
    one = await bought(budget_minor=1)
    await reviews.reject(one.receipt_id, note="нарисован", by=BY)
    await top_up(one.offer.campaign_id, asset=ASSET, amount_minor=WHOLE, by=BY)

    await drive_campaign_again(one.offer.campaign_id)
    await drive_again(one.receipt_id)
    await settled()

    assert await one.available() == 0


async def test_a_receipt_is_not_refused_while_the_rules_are_asked_about_it() -> None:
    one = await bought(wait=True)

    with pytest.raises(ReceiptBeingPaid):
        await reviews.reject(one.receipt_id, note="?", by=BY)
    await settled()

    assert await one.available() == IN_PART


async def test_a_reviewer_who_names_nothing_has_judged_the_rest() -> None:
    one = await bought()
    waiting = await reviews.waiting(None, limit=10)

    await reviews.accept(one.receipt_id, {}, note="чужой", by=BY)

    assert [(two.receipt.receipt_id, two.receipt.state) for two in waiting] == [(one.receipt_id, "credited")]
    assert await reviews.waiting(None, limit=10) == []
    view = await views.find(one.agent_id, one.receipt_id)
    assert (view.reason, [line.waits for line in view.lines], await one.available()) == ("", [False, False], IN_PART)
    # Whoever was right in an appeal about it is paid all the same.
    await one.name()
    assert await one.available() == WHOLE


async def test_a_name_that_is_taught_by_another_receipt_pays_wherever_it_was_unsure() -> None:
    one = await bought()
    other = await an_agent()
    another = await handed_in(
        other, document=document(a_line(UNSURE, UNSURE_MINOR), a_line("Хлеб", 100), drive="7384440300008888")
    )
    assert another.state == "in_review"

    await reviews.accept(another.receipt_id, {0: one.other_id}, note="", by=BY)
    await later_goods.carry_out_due()
    await later_goods.carry_out_due()

    assert await one.available() == WHOLE
    view = await views.find(one.agent_id, one.receipt_id)
    assert (view.reason, [line.matched_by for line in view.lines]) == ("", ["article", "alias"])
    assert await fetch_value("SELECT count(*) FROM receipt_alias WHERE applied_at IS NULL") == 0


async def test_the_lines_tell_what_waits_and_by_which_activity_each_was_paid() -> None:
    one = await bought()
    before = await views.find(one.agent_id, one.receipt_id)

    await one.name()

    after = await views.find(one.agent_id, one.receipt_id)
    added = await fetch_value("SELECT activity_id FROM activity_addition")
    assert (before.state, after.state) == ("credited", "credited")
    assert ("человек" in before.words.ru, "человек" in after.words.ru) == (True, False)
    assert [line.waits for line in before.lines] == [False, True]
    assert [line.waits for line in after.lines] == [False, False]
    assert [line.activity_id for line in after.lines] == [one.receipt_id, added]


async def test_an_issuer_who_tells_later_what_the_goods_are_pays_the_difference() -> None:
    one = await bought()
    feed = Feed((await a_feed(one.offer.program_id))[0], one.offer.program_id, frozenset())
    gtin = {"gs1m": {"gtin": GTIN, "sernum": "x", "rawProductCode": f"01{GTIN}21x"}}
    said = document(a_line(), a_line(UNSURE, UNSURE_MINOR, productCodeNew=gtin, productType=33))
    brought = [Brought(receipt) for receipt in russia_documents.parse(said)]

    answers = [await feed_events.take(feed, brought, policy=TRIALS) for _ in range(2)]

    assert [answer.outcome for [answer] in answers] == ["confirmed", "known"]
    assert await one.available() == WHOLE
    view = await views.find(one.agent_id, one.receipt_id)
    assert [line.matched_by for line in view.lines] == ["article", "gtin"]


async def test_what_a_reviewer_names_as_the_goods_of_a_scan_is_paid_less_what_the_scan_was() -> None:
    sale = await a_sale()
    one = await bought(program_id=sale.program_id)
    [scan_id] = await accepted(one.agent_id, sale.batch.code(0))
    await settled()
    before = await one.available()

    await reviews.accept(one.receipt_id, {1: one.other_id}, note="", by=BY, same_purchase_as=scan_id)

    assert (before, await one.available()) == (IN_PART + BONUS_MINOR, WHOLE)


async def test_goods_that_turned_out_later_come_back_with_what_they_had_added() -> None:
    one = await bought(unsure("three", UNSURE_MINOR))
    await reviews.accept(one.receipt_id, {1: one.other_id}, note="", by=BY)
    assert await one.available() == WHOLE
    back = await handed_in(one.agent_id, document=document(unsure("three", UNSURE_MINOR), i=20, fp=20, n=2))

    assert (back.state, await one.available()) == ("returned", IN_PART)


async def test_goods_that_stand_on_another_receipt_wait_for_a_person_although_their_name_is_known() -> None:
    one = await bought(unsure("three", UNSURE_MINOR))
    other = document(a_line(), unsure("three", UNSURE_MINOR), drive="7384440300008888")
    assert (await handed_in(await an_agent(), document=other)).reason == "sold_before"
    await execute(
        """INSERT INTO receipt_alias (id, program_id, seller, name_hash, name, product_id, taught_by)
           VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, 'test')""",
        one.offer.program_id,
        SELLER,
        name_hash(UNSURE),
        UNSURE,
        one.other_id,
    )

    await later_goods.carry_out_due()

    view = await views.find(one.agent_id, one.receipt_id)
    assert (view.reason, await one.available()) == ("unsure_lines", IN_PART)


async def test_why_it_added_so_much_is_told_with_what_all_of_it_came_to() -> None:
    one = await bought()
    await one.name()
    added = await fetch_value("SELECT activity_id FROM activity_addition")

    found = await explain_activity(one.agent_id, added)

    [grant] = [grant for campaign in found.campaigns for grant in campaign.grants]
    assert (found.activity_id, grant.amount_minor, grant.worth_minor) == (added, WHOLE - IN_PART, WHOLE)
    assert [(proof.activity_id, proof.joined_by) for proof in found.purchase] == [(one.receipt_id, "part")]


async def test_two_people_accept_the_rest_of_a_large_receipt_too() -> None:
    one = await bought()

    async def accept(products: dict[int, UUID], *, by: str) -> None:
        await reviews.accept(one.receipt_id, products, note="", by=by, second_person_minor=1)

    await accept({1: one.other_id}, by="staff:one")
    before = await one.available()
    with pytest.raises(SecondPersonNeeded):
        await accept({}, by="staff:one")
    await accept({}, by="staff:two")

    assert (before, await one.available()) == (IN_PART, WHOLE)
    assert await fetch_value("SELECT count(*) FROM receipt_proposal") == 0
