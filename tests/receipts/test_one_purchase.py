"""A scan, an order at a till and the receipt of the same goods, as each of the rooms takes them in."""

from typing import Any
from uuid import UUID

import pytest

from codes import order_returns
from codes.claims import ScanRequest
from codes.identities import said as what_is_said
from codes.keyring import Keyring
from codes.scans import claim
from core.db import execute, fetch_value
from core.ids import uuid7
from programs.effects import Fixed, Percent
from programs.facts import ActivityKind
from receipts import intake, reviews
from tests.codes.files import imported, marking, on_sale
from tests.codes.tills import Till, a_till, an_order, redeemed
from tests.packs import ASSET, PLENTY_MINOR, a_code_campaign, an_agent, settled, wallet
from tests.programs.stored import BY, a_campaign, a_product
from tests.receipts.purchases import ARTICLE, GTIN, a_line, a_marked_line, document, handed_in, yesterday

SERIALS = ["5LKh'oAAAAAAA", "6MKh'oBBBBBBB"]
SCAN_MINOR, RECEIPT_MINOR, ORDER_MINOR = 100, 150, 3_000


@pytest.fixture
async def till(proven: None) -> Till:
    """A till, a product with markings on sale, and a campaign for each way to prove that it was bought."""
    till = await a_till(effects=(Percent(basis_points=300),), discounts=(), discount_budget_minor=0)
    await a_product(till.program_id, sku="M-1", gtins={GTIN}, articles={ARTICLE})
    await a_code_campaign(till.program_id, effects=(Fixed(amount_minor=SCAN_MINOR),))
    await a_campaign(
        till.program_id,
        budget_minor=PLENTY_MINOR,
        trigger=ActivityKind.RECEIPT_MATCHED,
        asset=ASSET,
        effects=(Fixed(amount_minor=RECEIPT_MINOR),),
        wait_seconds=0,
    )
    done = await imported(till.program_id, [marking(serial, gtin=GTIN) for serial in SERIALS])
    await on_sale(done)
    return till


async def scanned(agent_id: UUID, serial: str) -> None:
    read = what_is_said(marking(serial, gtin=GTIN))
    asked = ScanRequest(
        readings=read.readings,
        agent_id=agent_id,
        client_key=uuid7().bytes,
        scanned_at=None,
        subjects=((agent_id.bytes, 20),),
        misspelled=read.misspelled,
        identities=read.identities,
    )
    await claim([asked], keyring=Keyring())


async def available(agent_id: UUID) -> int:
    return (await wallet(agent_id)).available_minor


async def printed(till: Till, order_ref: str) -> dict[str, Any]:
    """What the till prints of the order."""
    code = await fetch_value("SELECT code FROM shop WHERE id = $1", till.shop_id)
    return {"properties": {"propertyName": "order", "propertyValue": f"{code}/{order_ref}"}}


async def test_a_scan_and_a_receipt_of_one_marked_piece_pay_the_better_of_both(till: Till) -> None:
    agent_id = await an_agent()

    await scanned(agent_id, SERIALS[0])
    await settled()
    await handed_in(agent_id, document=document(a_marked_line(SERIALS[0])))
    await settled()

    assert await available(agent_id) == RECEIPT_MINOR


async def test_the_return_of_a_marked_piece_takes_scan_and_receipt_back_together(till: Till) -> None:
    agent_id = await an_agent()
    await scanned(agent_id, SERIALS[0])
    await handed_in(agent_id, document=document(a_marked_line(SERIALS[0])))
    await settled()

    back = await handed_in(agent_id, document=document(a_marked_line(SERIALS[0]), i=10, n=2))

    assert back.state == "returned"
    assert await available(agent_id) == 0


async def test_a_piece_that_was_only_scanned_comes_back_too(till: Till) -> None:
    agent_id = await an_agent()
    await scanned(agent_id, SERIALS[0])
    await settled()

    back = await handed_in(agent_id, document=document(a_marked_line(SERIALS[0]), i=10, n=2))

    assert back.state == "returned"
    assert await available(agent_id) == 0


async def test_an_order_and_the_receipt_that_prints_it_pay_the_better_of_both(till: Till) -> None:
    order = an_order(till.code)
    await redeemed(till, order)

    await handed_in(till.agent_id, document=document(a_marked_line(SERIALS[0]), **await printed(till, order.order_ref)))
    await settled()

    assert await available(till.agent_id) == ORDER_MINOR


async def test_an_order_that_comes_back_leaves_its_receipt_nothing(till: Till) -> None:
    order = an_order(till.code)
    await handed_in(till.agent_id, document=document(a_marked_line(SERIALS[0]), **await printed(till, order.order_ref)))
    await settled()
    await redeemed(till, order)
    assert await available(till.agent_id) == ORDER_MINOR

    await order_returns.take_back(order_returns.Return(order.order_ref, "R"), shop_id=till.shop_id)

    assert await available(till.agent_id) == 0


async def test_a_piece_that_a_person_finds_sold_again_takes_its_first_bonus_back(till: Till) -> None:
    first, second = await an_agent(), await an_agent()
    await scanned(first, SERIALS[0])
    await handed_in(first, document=document(a_marked_line(SERIALS[0]), at=yesterday(hours=5)))
    await settled()
    again = await handed_in(second, document=document(a_marked_line(SERIALS[0]), i=11))
    assert (again.state, again.reason) == ("in_review", "sold_before")

    await reviews.accept(again.receipt_id, {}, note="", by=BY)
    await settled()

    assert (await available(first), await available(second)) == (0, RECEIPT_MINOR)


async def test_a_piece_that_the_issuer_says_was_sold_again_takes_its_first_bonus_back(till: Till) -> None:
    first, second = await an_agent(), await an_agent()
    await handed_in(first, document=document(a_marked_line(SERIALS[0]), at=yesterday(hours=5)))
    await settled()
    again = await handed_in(second, document=document(a_marked_line(SERIALS[0]), i=11))
    await execute(
        "UPDATE receipt SET trust = 'issuer_confirmed', state = 'deferred', reason = '' WHERE id = $1", again.receipt_id
    )

    await intake.carry_out_due()
    await settled()

    assert (await available(first), await available(second)) == (0, RECEIPT_MINOR)
    # No feed and no source has said so here.
    await execute("UPDATE receipt SET trust = 'plausible' WHERE id = $1", again.receipt_id)


async def test_a_reviewer_says_that_unmarked_goods_are_those_that_were_scanned(till: Till) -> None:
    agent_id = await an_agent()
    await scanned(agent_id, SERIALS[0])
    await settled()
    receipt = await handed_in(agent_id, document=document(a_line(), buyerInn="7707083893"))
    scan_id = await fetch_value("SELECT id FROM activity WHERE kind = 'code_scanned'")

    await reviews.accept(receipt.receipt_id, {}, note="", by=BY, same_purchase_as=scan_id)
    await settled()

    assert await available(agent_id) == RECEIPT_MINOR


async def test_nobody_reads_an_order_off_what_was_kept_of_its_receipt(till: Till) -> None:
    order = an_order(till.code)

    await handed_in(till.agent_id, document=document(**await printed(till, order.order_ref)))

    kept = await fetch_value("SELECT receipt::text FROM receipt")
    assert order.order_ref not in kept
    assert "order:" in kept
