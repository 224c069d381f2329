"""The asking as agents and support see it: over days, through every mood of the services, never believing blindly."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from core.db import execute, fetch, fetch_row, fetch_value, transaction
from programs.installation import ProgramChange, update_program
from programs.trust import Trust
from receipts import asking, inquiries, views
from receipts.sources import fns, health, proverkacheka
from receipts.sources.frame import Answer, Budget, Outcome, Question, Source
from receipts.sources.wire import Wire
from receipts.views import ReceiptView
from tests.packs import an_agent, settled, wallet
from tests.receipts.purchases import (
    BONUS_MINOR,
    DRIVE,
    TRIALS,
    Offer,
    a_line,
    a_marked_line,
    an_offer,
    code,
    document,
    hand_in,
    handed_in,
)
from tests.receipts.sources.asked import PACE, PLENTY, turn, turns
from tests.receipts.sources.stand_ins import FnsStandIn, ProverkachekaStandIn, served

pytestmark = pytest.mark.usefixtures("database")
with_books = pytest.mark.usefixtures("proven")


@pytest.fixture
def tax() -> Iterator[FnsStandIn]:
    with served(FnsStandIn()) as service:
        yield service


def the_source(service: FnsStandIn, budget: Budget = PLENTY) -> Source:
    return fns.source(service.origin, FnsStandIn.MASTER, budget, looks=(0.0,))


def know(service: FnsStandIn | ProverkachekaStandIn, *lines: dict[str, Any], **more: Any) -> None:
    service.know(DRIVE, more.get("i", 9), more.get("fp", 77), json.loads(document(*lines, **more)))


async def a_waiting_receipt(**rules: Any) -> tuple[UUID, ReceiptView]:
    """A receipt whose goods nobody knows yet, and its agent."""
    await an_offer(**rules)
    agent_id = await an_agent()
    return agent_id, await handed_in(agent_id, code())


@with_books
async def test_a_receipt_is_paid_after_its_source_was_down_then_slow(tax: FnsStandIn) -> None:
    agent_id, receipt = await a_waiting_receipt()
    source = the_source(tax)
    know(tax)

    tax.fault = "down"
    await turn([source])
    down = await views.find(agent_id, receipt.receipt_id)
    tax.fault, tax.processing = None, 1
    await turn([source])
    slow = await views.find(agent_id, receipt.receipt_id)
    await turn([source])
    await settled()
    paid = await views.find(agent_id, receipt.receipt_id)

    assert (down.state, slow.state, paid.state, paid.trust) == (
        "pending_issuer",
        "pending_issuer",
        "credited",
        Trust.ITEMS_CONFIRMED,
    )
    assert "не" not in paid.words.ru
    assert down.words.ru.startswith("Ответа от налоговой службы пока нет, спросим ещё раз ")
    assert slow.words.en.startswith("The tax service is working on it, we come back for the answer on ")
    assert down.asks_again_at is not None
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR
    assert [(one.source, one.outcome) for one in await inquiries.attempts(receipt.receipt_id)] == [
        ("fns", "found"),
        ("fns", "pending"),
        ("fns", "unavailable"),
    ]


@pytest.mark.parametrize("fault", ["broken", "garbage", "huge"])
async def test_no_fault_of_a_source_pays_or_burns_anything(tax: FnsStandIn, fault: str) -> None:
    agent_id, receipt = await a_waiting_receipt()
    know(tax)
    tax.fault = fault

    await turns(3, [the_source(tax)])
    await settled()

    assert (await views.find(agent_id, receipt.receipt_id)).state == "pending_issuer"
    assert (await wallet(agent_id)).available_minor == 0


async def test_another_receipt_than_the_asked_one_is_never_paid_and_ends_with_a_person(tax: FnsStandIn) -> None:
    agent_id, receipt = await a_waiting_receipt()
    know(tax, totalSum=550_010)

    await turns(asking.TIMES_MAX, [the_source(tax)])
    await settled()

    seen = await views.find(agent_id, receipt.receipt_id)
    assert (seen.state, seen.reason, seen.lines) == ("in_review", "wrong_receipt", [])
    assert (await wallet(agent_id)).available_minor == 0


async def test_a_receipt_that_the_issuer_denies_again_and_again_owns_nothing(tax: FnsStandIn) -> None:
    agent_id, receipt = await a_waiting_receipt()
    tax.code = 406

    await turns(asking.TIMES_MAX + 1, [the_source(tax)])
    doubted = await views.find(agent_id, receipt.receipt_id)
    await execute("UPDATE receipt_inquiry SET opened_at = opened_at - interval '3 days'")
    await turns(1, [the_source(tax)])
    denied = await views.find(agent_id, receipt.receipt_id)

    assert (doubted.state, denied.state, denied.reason) == ("pending_issuer", "rejected", "issuer_denies")
    assert await fetch_value("SELECT kind FROM risk_event") == "forged_receipt"
    again = await handed_in(await an_agent(), code(fp=78))
    assert again.state == "pending_issuer"


async def test_who_is_never_answered_is_looked_at_by_a_person(tax: FnsStandIn) -> None:
    agent_id, receipt = await a_waiting_receipt()
    await execute("UPDATE receipt_inquiry SET opened_at = now() - interval '36 days'")

    await turn([the_source(tax)])

    seen = await views.find(agent_id, receipt.receipt_id)
    assert (seen.state, seen.reason) == ("in_review", "issuer_silent")
    assert await turn([the_source(tax)]) == 0


async def test_each_pause_is_longer_than_the_one_before_by_the_databases_clock(tax: FnsStandIn) -> None:
    await a_waiting_receipt()
    pauses = []

    for _ in range(3):
        await turn([the_source(tax)])
        pauses.append(await fetch_value("SELECT extract(epoch FROM due_at - now())::float8 FROM receipt_inquiry"))

    assert pauses[0] < pauses[1] < pauses[2]
    assert pauses[2] >= 1_500


@with_books
async def test_a_receipt_that_is_genuine_and_never_gets_its_goods_ends_with_a_person_and_with_its_agents_file(
    tax: FnsStandIn,
) -> None:
    agent_id, waiting = await a_waiting_receipt()
    know(tax, items=[], totalSum=550_000)
    await turn([the_source(tax)])
    confirmed = await views.find(agent_id, waiting.receipt_id)
    await execute("UPDATE receipt_inquiry SET opened_at = now() - interval '40 days'")

    await turn([the_source(tax)])
    silent = await views.find(agent_id, waiting.receipt_id)
    completed = await handed_in(agent_id, document=document())

    assert (confirmed.state, confirmed.trust) == ("verified", "issuer_confirmed")
    assert (silent.state, silent.reason) == ("in_review", "issuer_silent")
    assert completed.state == "matched"


@with_books
async def test_the_issuers_goods_take_the_place_of_an_export(tax: FnsStandIn) -> None:
    await an_offer(trust=Trust.ITEMS_CONFIRMED)
    agent_id = await an_agent()
    own = await handed_in(agent_id, document=document(a_line(), a_line("Хлеб", 50_000)))
    know(tax, a_line(), a_line("Хлеб ржаной", 50_000))

    await turn([the_source(tax)])
    await settled()

    paid = await views.find(agent_id, own.receipt_id)
    assert (own.state, own.reason) == ("pending_issuer", "unproven")
    assert (paid.state, [line.name for line in paid.lines][1]) == ("credited", "Хлеб ржаной")


@with_books
async def test_a_scanned_return_takes_the_bonus_back_once_the_issuer_has_told_its_goods(tax: FnsStandIn) -> None:
    await an_offer()
    agent_id = await an_agent()
    await handed_in(agent_id, document=document(a_marked_line()))
    await settled()
    returned = await handed_in(agent_id, code(i=12, fp=99, n=2))
    know(tax, a_marked_line(), i=12, fp=99, n=2)

    await turn([the_source(tax)])

    assert (await views.find(agent_id, returned.receipt_id)).state == "returned"
    assert (await wallet(agent_id)).available_minor == 0


@with_books
async def test_thirty_workers_at_once_ask_once(tax: FnsStandIn) -> None:
    agent_id, _ = await a_waiting_receipt()
    know(tax)

    taken = await asyncio.gather(*(asking.ask_due([the_source(tax)], PACE) for _ in range(30)))
    await settled()

    assert sorted(taken)[-2:] == [0, 1]
    assert len(tax.messages) == 1
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_a_worker_that_was_killed_is_followed_by_another_and_cannot_speak_any_more(tax: FnsStandIn) -> None:
    agent_id, receipt = await a_waiting_receipt()
    know(tax)
    [killed] = await inquiries.take(["ru"], limit=1)
    asked = await views.find(agent_id, receipt.receipt_id)

    await turn([the_source(tax)])
    await inquiries.wait(killed, due_at=killed.opened_at)

    assert asked.state == "checking"
    assert (await views.find(agent_id, receipt.receipt_id)).state == "matched"
    assert await fetch_value("SELECT state FROM receipt_inquiry") == "answered"


async def test_no_transaction_is_open_while_a_source_is_asked(tax: FnsStandIn) -> None:
    agent_id, receipt = await a_waiting_receipt()
    know(tax)
    source = the_source(tax)

    async def ask(question: Question, wire: Wire) -> Answer:
        # One inside another would be refused.
        async with transaction():
            pass
        return await source.ask(question, wire)

    await turn([msgspec.structs.replace(source, ask=ask)])

    assert (await views.find(agent_id, receipt.receipt_id)).state == "matched"


async def test_a_client_that_breaks_is_a_source_that_gave_no_answer() -> None:
    agent_id, receipt = await a_waiting_receipt()

    async def ask(question: Question, wire: Wire) -> Answer:
        raise ZeroDivisionError

    await turn([Source(name="x", format="ru", origin="http://x", budget=PLENTY, answers=fns.answers, ask=ask)])

    [attempt] = await inquiries.attempts(receipt.receipt_id)
    assert (attempt.outcome, attempt.detail) == ("unavailable", "ZeroDivisionError")
    assert (await views.find(agent_id, receipt.receipt_id)).state == "pending_issuer"


async def test_a_second_source_is_asked_where_the_first_one_fails(tax: FnsStandIn) -> None:
    agent_id, receipt = await a_waiting_receipt()
    tax.fault = "down"

    with served(ProverkachekaStandIn()) as middleman:
        know(middleman)
        other = proverkacheka.source(middleman.origin, ProverkachekaStandIn.TOKEN, PLENTY)
        await turn([the_source(tax), other])

    assert (await views.find(agent_id, receipt.receipt_id)).state == "matched"


async def test_without_any_source_nobody_is_called_and_nothing_is_lost(tax: FnsStandIn) -> None:
    agent_id, receipt = await a_waiting_receipt()
    know(tax)

    nobody = await turn([])
    await turn([the_source(tax)])

    assert nobody == 0
    assert (await views.find(agent_id, receipt.receipt_id)).state == "matched"


async def test_a_budget_holds_for_all_workers_together() -> None:
    spent = await asyncio.gather(*(health.spend("fns", Budget(1_000, 7)) for _ in range(30)))

    assert sum(spent) == 7


async def test_a_spent_budget_costs_a_receipt_nothing_but_time(tax: FnsStandIn) -> None:
    _, receipt = await a_waiting_receipt()

    await turn([the_source(tax, Budget(1_000, 1))])

    left = await fetch_row("SELECT asked, state, due_at > now() AS later FROM receipt_inquiry")
    assert left is not None
    assert (left["asked"], left["state"], left["later"]) == (0, "open", True)
    assert len(tax.requests) == 1
    assert await inquiries.attempts(receipt.receipt_id) == []
    assert await turn([the_source(tax, Budget(1_000, 1))]) == 0


async def test_an_answer_that_is_in_the_works_for_ever_does_not_eat_the_budget(tax: FnsStandIn) -> None:
    await a_waiting_receipt()
    tax.processing = 1_000
    pauses = []

    for _ in range(6):
        await turn([the_source(tax)])
        pauses.append(await fetch_value("SELECT extract(epoch FROM due_at - now())::int FROM receipt_inquiry"))

    assert [pause >= 60 for pause in pauses] == [False, True] * 3
    assert pauses[1] < pauses[3] < pauses[5]


async def test_a_source_that_is_down_is_left_alone_and_then_tried_by_one() -> None:
    down = Answer(outcome=Outcome.UNAVAILABLE, detail="HTTP 503")
    for _ in range(health.FAILURES_MAX):
        assert await health.admit("fns") is None
        await health.report("fns", down, pause_seconds=60)

    closed = await health.admit("fns")
    await execute("UPDATE item_source SET open_until = now()")
    probes = [await health.admit("fns") for _ in range(5)]
    await health.report("fns", Answer(outcome=Outcome.NOT_FOUND), pause_seconds=60)
    healed = await health.admit("fns")

    assert closed is not None
    assert [probe is None for probe in probes] == [True, False, False, False, False]
    assert healed is None


async def test_a_source_that_asks_for_patience_gets_it(tax: FnsStandIn) -> None:
    await a_waiting_receipt()
    tax.fault = "limited"

    await turns(2, [the_source(tax)])

    [state] = await health.states()
    assert state.open_until is not None
    assert len(tax.requests) == 1


async def test_edited_sums_do_not_make_a_source_look_broken() -> None:
    for _ in range(health.FAILURES_MAX):
        await health.report("fns", Answer(outcome=Outcome.WRONG_RECEIPT, detail="total"), pause_seconds=60)

    assert await health.admit("fns") is None


@pytest.mark.parametrize(("setting", "state"), [("pay", "matched"), ("review", "in_review"), ("refuse", "rejected")])
async def test_a_company_that_buys_is_treated_as_the_program_says(tax: FnsStandIn, setting: str, state: str) -> None:
    offer: Offer = await an_offer()
    await update_program(offer.program_id, ProgramChange(company_receipts=setting), by="test")  # type: ignore[arg-type]
    agent_id = await an_agent()
    receipt = await handed_in(agent_id, code())
    know(tax, buyerInn="7736207543", buyer="ООО Ромашка")

    await turn([the_source(tax)])

    assert (await views.find(agent_id, receipt.receipt_id)).state == state


async def test_nobodys_name_or_number_that_a_source_told_is_kept(tax: FnsStandIn) -> None:
    await a_waiting_receipt()
    know(tax, buyerInn="7736207543")

    await turn([the_source(tax)])

    kept = str([dict(row) for row in await _everything()])
    assert [word for word in ("Иванова", "79990000000", "7736207543") if word in kept] == []


async def _everything() -> list[Any]:
    tables = ("receipt", "receipt_line", "receipt_inquiry", "receipt_attempt", "item_source", "journal_entry")
    return [row for table in tables for row in await fetch(f"SELECT {table}::text AS row FROM {table}")]


async def test_a_claim_that_its_agent_completed_himself_is_asked_about_no_more(tax: FnsStandIn) -> None:
    agent_id, _ = await a_waiting_receipt()
    await hand_in(agent_id, document=document(), policy=TRIALS)

    await turn([the_source(tax)])

    assert await fetch_value("SELECT state FROM receipt_inquiry") == "dropped"
    assert tax.requests == []
