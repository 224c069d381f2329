import asyncio
from datetime import date
from uuid import UUID

import pytest

from codes import settlement_disputes, settlement_payments, settlements
from codes.order_returns import Return, ReturnedLine, take_back
from codes.settlement_disputes import ALONE_MINOR_MAX, DisputeAnswer, NewDispute, SettlementDisputeAnswered
from codes.settlement_payments import NewPayment, NothingOwed, NotPaid, Reversal, SettlementPaid
from codes.settlements import MonthNotOver, NothingToSettle, Settlement, close, close_due, lines
from core.access import SecondPersonNeeded
from core.db import fetch_value
from core.settings import Settings
from programs.rules import Funding
from tests.codes.months import a_month_passes
from tests.codes.tills import Till, a_till, an_order, owed, redeemed

pytestmark = pytest.mark.usefixtures("proven")

BANK = NewPayment(date(2026, 11, 3), "PP-17")


async def a_month(settings: Settings, till: Till, *, months: int = 1) -> Settlement:
    """A closed month with an order of three pieces of which one came back."""
    order = an_order(till.code, ref="A-1", quantity=3)
    await redeemed(till, order)
    await take_back(Return("A-1", "R-1", (ReturnedLine("1", 1),)), shop_id=till.shop_id)
    return await close(till.shop_id, await a_month_passes(settings, months=months), by="key:f")


async def movement(shop_id: UUID, found: Settlement) -> int:
    """What the shop's account did within the statement's month."""
    moved: int = await fetch_value(
        """SELECT coalesce(sum(CASE WHEN a.id = credit_account_id THEN amount_minor ELSE -amount_minor END), 0)::bigint
           FROM transfer t JOIN account a ON a.id IN (debit_account_id, credit_account_id)
           WHERE a.kind = 'shop_payable' AND a.owner_id = $1 AND t.created_at >= $2 AND t.created_at < $3""",
        shop_id,
        found.starts_at,
        found.ends_at,
    )
    return moved


async def test_a_statement_is_what_the_month_did_to_the_shops_account(settings: Settings) -> None:
    till = await a_till(funding=Funding(shop_basis_points=4_000))
    found = await a_month(settings, till)

    told = await lines(found.id)

    assert (found.goods_minor, found.discount_minor, found.shop_minor) == (66_666, 3_333, 1_334)
    assert (found.sold_minor, found.returned_minor, found.closing_minor) == (3_000, -1_001, 1_999)
    assert found.closing_minor == await movement(till.shop_id, found) == await owed(till.shop_id)
    assert [(one.kind, one.ref, one.told, one.owed_minor) for one in told] == [
        ("sale", "A-1", "K-24 × 3", 3_000),
        ("return", "A-1", "R-1", -1_001),
    ]


async def test_a_sale_that_the_shop_pays_alone_stands_in_its_statement(settings: Settings) -> None:
    till = await a_till(funding=Funding(shop_basis_points=10_000))
    await redeemed(till, an_order(till.code))

    found = await close(till.shop_id, await a_month_passes(settings), by="key:f")

    assert (found.lines, found.discount_minor, found.shop_minor, found.closing_minor) == (1, 5_000, 5_000, 0)


async def test_what_comes_back_after_a_month_was_closed_stands_in_the_next_one(settings: Settings) -> None:
    till = await a_till()
    before = await a_month(settings, till, months=2)
    await take_back(Return("A-1", "R-2"), shop_id=till.shop_id)

    after = await close(till.shop_id, await a_month_passes(settings), by="key:f")

    assert (before.closing_minor, after.opening_minor, after.returned_minor) == (3_333, 3_333, -3_333)
    assert (after.closing_minor, after.returned_minor) == (0, await movement(till.shop_id, after))
    assert await settlements.find(before.id) == before


async def test_thirty_who_close_a_month_at_once_close_it_once(settings: Settings) -> None:
    till = await a_till()
    await redeemed(till, an_order(till.code))
    month = await a_month_passes(settings)

    found = await asyncio.gather(*(close(till.shop_id, month, by="key:f") for _ in range(30)))

    assert len({one.id for one in found}) == 1
    assert await fetch_value("SELECT count(*) FROM settlement") == 1


async def test_the_chore_closes_what_is_over_and_leaves_what_is_not(settings: Settings) -> None:
    till, other = await a_till(), await a_till()
    await redeemed(till, an_order(till.code))
    await a_month_passes(settings)
    await redeemed(other, an_order(other.code))

    await close_due()
    await close_due()

    assert [one.shop_id for one in await settlements.page()] == [till.shop_id]


async def test_a_month_is_closed_when_it_is_over_and_something_happened_in_it(settings: Settings) -> None:
    till = await a_till()
    this_month = await fetch_value("SELECT to_char(now() AT TIME ZONE 'Europe/Moscow', 'YYYY-MM')")

    with pytest.raises(MonthNotOver):
        await close(till.shop_id, this_month, by="key:f")
    with pytest.raises(NothingToSettle):
        await close(till.shop_id, "2020-01", by="key:f")


async def test_a_statement_is_paid_once_however_many_mark_it_at_once(settings: Settings) -> None:
    till = await a_till()
    found = await a_month(settings, till)

    paid = await asyncio.gather(*(settlement_payments.pay(found.id, BANK, by="key:f") for _ in range(30)))

    assert {(one.id, one.amount_minor) for one in paid} == {(paid[0].id, found.closing_minor)}
    assert await owed(till.shop_id) == 0
    with pytest.raises(SettlementPaid):
        await settlement_payments.pay(found.id, NewPayment(BANK.paid_on, "PP-18"), by="key:f")


async def test_a_payment_that_is_taken_back_is_owed_again_and_may_be_made_anew(settings: Settings) -> None:
    till = await a_till()
    found = await a_month(settings, till)
    await settlement_payments.pay(found.id, BANK, by="key:f")

    undone = await settlement_payments.take_back(found.id, Reversal("wrong shop"), by="key:g")

    assert (undone.reversed_by, await owed(till.shop_id)) == ("key:g", found.closing_minor)
    with pytest.raises(NotPaid):
        await settlement_payments.take_back(found.id, Reversal("again"), by="key:g")
    await settlement_payments.pay(found.id, BANK, by="key:f")
    assert await owed(till.shop_id) == 0


async def test_a_statement_of_which_everything_came_back_has_nothing_to_be_paid(settings: Settings) -> None:
    till = await a_till()
    await redeemed(till, an_order(till.code, ref="A-1"))
    await take_back(Return("A-1", "R-1"), shop_id=till.shop_id)
    found = await close(till.shop_id, await a_month_passes(settings), by="key:f")

    with pytest.raises(NothingOwed):
        await settlement_payments.pay(found.id, BANK, by="key:f")


async def test_an_upheld_dispute_corrects_what_is_owed_once(settings: Settings) -> None:
    till = await a_till()
    found = await a_month(settings, till)
    dispute = await settlement_disputes.open_dispute(found.id, NewDispute("A-9", 500, "is missing"), by="key:s")
    upheld = DisputeAnswer("upheld", "You are right", 500)

    answers = await asyncio.gather(
        *(settlement_disputes.answer(dispute.id, upheld, by="key:f") for _ in range(5)), return_exceptions=True
    )

    assert [type(one) for one in answers].count(SettlementDisputeAnswered) == 4
    assert await owed(till.shop_id) == found.closing_minor + 500


async def test_a_large_correction_waits_for_a_second_person(settings: Settings) -> None:
    till = await a_till()
    found = await a_month(settings, till)
    dispute = await settlement_disputes.open_dispute(found.id, NewDispute("A-1", 0, "is wrong"), by="key:s")
    large = DisputeAnswer("upheld", "Yes", -ALONE_MINOR_MAX - 1)

    proposed = await settlement_disputes.answer(dispute.id, large, by="key:f")

    assert (proposed.state, await owed(till.shop_id)) == ("proposed", found.closing_minor)
    with pytest.raises(SecondPersonNeeded):
        await settlement_disputes.approve(dispute.id, by="key:f")
    assert (await settlement_disputes.approve(dispute.id, by="key:g")).state == "upheld"
    assert await owed(till.shop_id) == found.closing_minor + large.correction_minor


async def test_open_disputes_payments_and_corrections_stand_in_the_next_statement(settings: Settings) -> None:
    till = await a_till()
    await redeemed(till, an_order(till.code, ref="A-1"))
    first = await close(till.shop_id, await a_month_passes(settings, months=2), by="key:f")
    await settlement_payments.pay(first.id, BANK, by="key:f")
    for ref, reason in (("A-7", "is missing"), ("A-8", "is less")):
        await settlement_disputes.open_dispute(first.id, NewDispute(ref, 700, reason), by="key:s")
    corrected = (await settlement_disputes.of_settlement(first.id))[1]
    await settlement_disputes.answer(corrected.id, DisputeAnswer("upheld", "Yes", 700), by="key:f")

    second = await close(till.shop_id, await a_month_passes(settings), by="key:f")

    assert sorted((one.kind, one.ref, one.owed_minor) for one in await lines(second.id)) == [
        ("correction", "A-8", 700),
        ("dispute", "A-7", 0),
        ("payment", "PP-17", -5_000),
    ]
    assert (second.opening_minor, second.closing_minor) == (5_000, 700)
