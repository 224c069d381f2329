import asyncio

import msgspec
import pytest

from core.db import fetch, fetch_value
from tests.packs import an_agent, some_agents
from tests.programs.stored import a_product
from tests.receipts.purchases import (
    ARTICLE,
    NAME,
    a_line,
    a_marked_line,
    an_offer,
    document,
    handed_in,
)


async def test_the_goods_are_known_by_their_marking_before_their_name(proven: None) -> None:
    offer = await an_offer()

    receipt = await handed_in(await an_agent(), document=document(a_marked_line()))

    assert [(line.product_id, line.matched_by) for line in receipt.lines] == [(offer.product_id, "gtin")]


@pytest.mark.parametrize(
    ("name", "by"), [(f"Котёл ({ARTICLE.lower()})", "article"), (NAME.upper(), "alias"), ("Хлеб", None)]
)
async def test_the_goods_are_known_by_an_article_or_by_the_whole_name(proven: None, name: str, by: str | None) -> None:
    await an_offer()

    receipt = await handed_in(await an_agent(), document=document(a_line(name)))

    assert [line.matched_by for line in receipt.lines] == [by]
    assert receipt.state == ("matched" if by else "in_review")


async def test_only_goods_that_are_paid_in_full_count(proven: None) -> None:
    await an_offer()
    lines = [a_line(), a_line(paymentType=1), a_line(productType=4), a_line("Хлеб")]

    receipt = await handed_in(await an_agent(), document=document(*lines))

    assert [line.pays for line in receipt.lines] == [True, False, False, False]
    facts = msgspec.json.decode(await fetch_value("SELECT facts FROM activity"))
    assert [line["amount_minor"] for line in facts["lines"]] == [550_000]


async def test_a_piece_that_was_sold_before_is_looked_at(proven: None) -> None:
    await an_offer()
    await handed_in(await an_agent(), document=document(a_marked_line()))

    receipt = await handed_in(await an_agent(), document=document(a_marked_line(), i=10))

    assert (receipt.state, receipt.reason) == ("in_review", "sold_before")


async def test_a_piece_on_many_receipts_at_once_pays_for_one(proven: None) -> None:
    await an_offer()
    drives = [f"73844403000080{number}" for number in range(10, 30)]
    agents = await some_agents(20)

    found = await asyncio.gather(
        *(
            handed_in(agent_id, document=document(a_marked_line(), drive=drive))
            for agent_id, drive in zip(agents, drives, strict=True)
        )
    )

    assert sorted(one.state for one in found) == ["in_review"] * 19 + ["matched"]


async def test_a_company_that_buys_is_looked_at(proven: None) -> None:
    await an_offer()

    receipt = await handed_in(await an_agent(), document=document(buyerInn="7707083893"))

    assert (receipt.state, receipt.reason) == ("in_review", "company_buyer")


async def test_nobodys_name_number_or_marking_is_kept(proven: None) -> None:
    await an_offer()

    await handed_in(await an_agent(), document=document(a_marked_line(), buyerInn="500100732259"))

    kept = str([dict(row) for table in ("receipt", "receipt_line") for row in await fetch(f"SELECT * FROM {table}")])
    assert [word for word in ("Иванова", "9990000000", "500100732259", "5LKh") if word in kept] == []


@pytest.mark.parametrize(
    ("partial", "state", "reason"), [("review", "in_review", "unsure_lines"), ("pay", "matched", "unsure_lines")]
)
async def test_what_is_sure_waits_for_what_is_not_unless_the_campaign_pays_it_at_once(
    proven: None, partial: str, state: str, reason: str
) -> None:
    offer = await an_offer(partial_matches=partial)
    for sku in ("2", "3"):
        await a_product(offer.program_id, sku, articles={"KT-28F"})

    receipt = await handed_in(await an_agent(), document=document(a_line(), a_line("Котёл KT-28F")))

    assert (receipt.state, receipt.reason) == (state, reason)
    assert [line.pays for line in receipt.lines] == [True, False]


async def test_what_is_far_from_all_products_keeps_nobody_waiting(proven: None) -> None:
    await an_offer()

    receipt = await handed_in(await an_agent(), document=document(a_line(), a_line("Хлеб"), a_line("Котёл напольный")))

    assert receipt.state == "matched"
