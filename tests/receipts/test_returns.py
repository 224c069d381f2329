from core.db import execute
from receipts import intake, views
from tests.packs import an_agent, settled, wallet
from tests.receipts.purchases import (
    BONUS_MINOR,
    a_marked_line,
    an_offer,
    document,
    handed_in,
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
