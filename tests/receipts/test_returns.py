from functools import partial

import pytest

from core.access import SecondPersonNeeded
from core.db import execute, fetch_value
from programs.effects import PerItem
from receipts import intake, returned_by_word, views
from receipts.returned_by_word import accept_return
from receipts.reviews import LineRefused, ReceiptDecided
from tests.packs import an_agent, settled, wallet
from tests.receipts.purchases import (
    BONUS_MINOR,
    a_line,
    a_marked_line,
    an_offer,
    document,
    handed_in,
    yesterday,
)


async def test_goods_that_come_back_take_their_bonus_with_them_and_may_be_sold_again(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    sold = await handed_in(agent_id, document=document(a_marked_line()))
    await settled()

    back = await handed_in(agent_id, document=document(a_marked_line(), i=10, n=2))
    again = await handed_in(await an_agent(), document=document(a_marked_line(), i=11))

    assert back.state == "returned"
    assert (await views.find(agent_id, sold.receipt_id)).state == "reversed"
    assert (await wallet(agent_id)).available_minor == 0
    assert again.state == "matched"


async def test_a_return_waits_until_what_it_takes_back_is_decided(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    await handed_in(agent_id, document=document(a_marked_line()))

    back = await handed_in(agent_id, document=document(a_marked_line(), i=10, n=2))
    await settled()
    await execute("UPDATE receipt SET due_at = now() WHERE id = $1", back.receipt_id)
    await intake.carry_out_due()

    assert back.state == "deferred"
    assert (await views.find(agent_id, back.receipt_id)).state == "returned"
    assert (await wallet(agent_id)).available_minor == 0


async def test_a_strangers_export_of_a_return_takes_nothing_back(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    await handed_in(agent_id, document=document(a_marked_line()))
    await settled()

    back = await handed_in(await an_agent(), document=document(a_marked_line(), i=10, n=2))

    assert (back.state, back.reason) == ("in_review", "not_yours")
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_goods_without_a_marking_come_back_by_a_persons_word(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    await handed_in(agent_id, document=document())

    back = await handed_in(agent_id, document=document(i=10, n=2))

    assert (back.state, back.reason) == ("in_review", "original_unknown")


async def test_a_return_that_came_before_its_sale_takes_the_bonus_back_as_soon_as_that_is_paid(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    at = yesterday()
    early = await handed_in(agent_id, document=document(a_marked_line(), at=at, i=10, n=2))

    await handed_in(agent_id, document=document(a_marked_line(), at=at))
    await settled()
    await intake.carry_out_due()

    assert (early.state, early.reason) == ("in_review", "original_unknown")
    assert (await views.find(agent_id, early.receipt_id)).state == "returned"
    assert (await wallet(agent_id)).available_minor == 0


async def test_a_person_says_by_which_sale_unmarked_goods_were_bought_and_only_those_come_back(proven: None) -> None:
    offer = await an_offer(effects=(PerItem(amount_minor=BONUS_MINOR),))
    agent_id = await an_agent()
    sold = await handed_in(agent_id, document=document(a_line(quantity=3, sum=900_000, price=300_000)))
    await settled()
    back = await handed_in(agent_id, document=document(a_line(quantity=1, sum=300_000, price=300_000), i=10, n=2))

    [sale] = await returned_by_word.sales_for(back.receipt_id)
    sale_id = sale.receipt.receipt_id
    taken = await accept_return(back.receipt_id, sale_id, note="", by="test", program_id=offer.program_id)

    assert (sale_id, sale.names) == (sold.receipt_id, [sold.lines[0].name])
    assert (taken.state, (await views.find(agent_id, sold.receipt_id)).state) == ("returned", "credited")
    assert (await wallet(agent_id)).available_minor == 2 * BONUS_MINOR
    with pytest.raises(ReceiptDecided):
        await accept_return(back.receipt_id, sale_id, note="", by="test")


async def test_a_return_of_a_large_sum_is_taken_back_when_two_people_say_so(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    sold = await handed_in(agent_id, document=document())
    await settled()
    back = await handed_in(agent_id, document=document(i=10, n=2))
    accept = partial(accept_return, back.receipt_id, sold.receipt_id, note="", second_person_minor=back.total_minor)

    proposed = await accept(by="first")
    with pytest.raises(SecondPersonNeeded):
        await accept(by="first")
    kept = (await wallet(agent_id)).available_minor
    taken = await accept(by="second")

    assert (proposed.state, kept) == ("in_review", BONUS_MINOR)
    assert (taken.state, (await wallet(agent_id)).available_minor) == ("returned", 0)
    assert await fetch_value("SELECT count(*) FROM receipt_proposal") == 0


async def test_a_return_of_a_small_sum_needs_one_person_alone(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    sold = await handed_in(agent_id, document=document())
    await settled()
    back = await handed_in(agent_id, document=document(i=10, n=2))
    above = back.total_minor + 1

    taken = await accept_return(back.receipt_id, sold.receipt_id, note="", by="one", second_person_minor=above)

    assert taken.state == "returned"


async def test_a_return_is_taken_off_no_receipt_that_does_not_hold_its_goods(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    other = await handed_in(agent_id, document=document(a_marked_line()))
    await settled()
    back = await handed_in(agent_id, document=document(i=10, n=2))

    with pytest.raises(LineRefused) as refused:
        await accept_return(back.receipt_id, other.receipt_id, note="", by="test")

    assert refused.value.facts == {"problem": "not_of_this_sale"}
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR
