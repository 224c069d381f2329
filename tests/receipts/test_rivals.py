"""Rivals: who guesses a stranger's receipt burns nothing, who mistypes his own may correct it, the issuer ends it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.db import fetch_value
from receipts import views
from receipts.rivals import CORRECTIONS_MAX
from receipts.sources import fns
from tests.packs import an_agent, settled, some_agents, wallet
from tests.receipts.purchases import (
    BONUS_MINOR,
    DRIVE,
    an_offer,
    code,
    document,
    hand_in,
    handed_in,
    slugs,
    yesterday,
)
from tests.receipts.sources.asked import PLENTY, turn
from tests.receipts.sources.stand_ins import FnsStandIn, served

AT = yesterday()


async def suspected() -> list[str]:
    """Whom a risk event names."""
    found = await fetch_value("SELECT array_agg(subject) FROM risk_event WHERE kind = 'forged_receipt'")
    return found or []


async def test_a_guess_at_a_tills_number_burns_nobodys_receipt(proven: None) -> None:
    await an_offer()
    guesser, owner = await some_agents(2)
    await handed_in(guesser, code(at=AT, fp=1))

    own = await handed_in(owner, code(at=AT))
    with_goods = await handed_in(owner, document=document(at=AT))
    await settled()

    assert (own.state, own.reason) == ("pending_issuer", "no_items")
    assert (with_goods.state, with_goods.reason) == ("in_review", "contested")
    assert (await wallet(owner)).available_minor == 0
    assert await suspected() == []


async def test_the_issuers_word_ends_the_guess_and_pays_the_owner(proven: None) -> None:
    await an_offer()
    guesser, owner = await some_agents(2)
    guess = await handed_in(guesser, code(at=AT, fp=1))
    await handed_in(owner, code(at=AT))

    with served(FnsStandIn()) as tax:
        tax.know(DRIVE, 9, 77, json.loads(document(at=AT)))
        await turn([fns.source(tax.origin, tax.MASTER, PLENTY, looks=(0.0,))])
    await settled()

    lost = await views.find(guesser, guess.receipt_id)
    assert (lost.state, lost.reason) == ("rejected", "contradicts")
    assert (await wallet(owner)).available_minor == BONUS_MINOR
    assert await suspected() == [f"agent:{guesser}"]


async def test_what_was_paid_or_confirmed_is_not_contested_by_a_guess(proven: None) -> None:
    await an_offer()
    owner, guesser = await some_agents(2)
    await handed_in(owner, document=document(at=AT))

    answer = await hand_in(guesser, code(at=AT, fp=1))

    assert slugs([answer]) == ["receipt_unverified"]
    assert await suspected() == [f"agent:{guesser}"]


@pytest.mark.parametrize("wrong", [{"total": "5000.00"}, {"at": AT - timedelta(hours=1)}, {"fp": 78}])
async def test_who_has_mistyped_his_own_receipt_hands_it_in_once_more(proven: None, wrong: dict[str, Any]) -> None:
    await an_offer()
    agent_id = await an_agent()
    first = await handed_in(agent_id, code(**({"at": AT} | wrong)))

    second = await handed_in(agent_id, code(at=AT))

    before = await views.find(agent_id, first.receipt_id)
    assert (before.state, before.reason) == ("rejected", "corrected")
    assert (second.state, second.reason) == ("pending_issuer", "no_items")
    assert await suspected() == []


async def test_who_corrects_himself_again_and_again_is_guessing(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()

    answers = [await hand_in(agent_id, code(at=AT, total=f"{5_000 + i}.00")) for i in range(CORRECTIONS_MAX + 2)]

    assert slugs(answers) == ["new"] * (CORRECTIONS_MAX + 1) + ["receipt_unverified"]
    assert await suspected() == [f"agent:{agent_id}"]


async def test_an_invented_neighbour_holds_nothing_that_the_issuer_has_confirmed(proven: None) -> None:
    await an_offer()
    guesser, owner = await some_agents(2)
    await handed_in(guesser, code(at=AT + timedelta(hours=9), i=8, fp=1))
    held = await handed_in(owner, code(at=AT))

    with served(FnsStandIn()) as tax:
        tax.know(DRIVE, 9, 77, json.loads(document(at=AT)))
        await turn([fns.source(tax.origin, tax.MASTER, PLENTY, looks=(0.0,))])
    await settled()

    assert (held.state, held.reason) == ("in_review", "out_of_order")
    assert (await wallet(owner)).available_minor == BONUS_MINOR
