import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.db import execute, fetch_value
from core.refusals import DomainError
from programs.trust import Trust
from receipts import intake, signers, views
from receipts.door import Policy
from receipts.fiscal.certificates import point_of
from receipts.intake import Taken
from receipts.submissions import read
from receipts.tills import Signer
from referrals import risks
from referrals.risks import RiskKind, RiskState
from tests.packs import an_agent, settled, some_agents, told, wallet
from tests.receipts.made import SERIAL, austrian, austrian_key, b64, raw_document
from tests.receipts.purchases import (
    BONUS_MINOR,
    DRIVE,
    TRIALS,
    a_line,
    an_offer,
    code,
    document,
    hand_in,
    handed_in,
    slugs,
    yesterday,
)

AT = yesterday()


def spellings() -> list[dict[str, Any]]:
    """One receipt in ten ways."""
    day, minute = f"{AT:%Y%m%d}", f"{AT:%H%M}"
    parts = [f"fn={DRIVE}", "i=9", "fp=77", "n=1", "s=5500.00", f"t={day}T{minute}"]
    link = "&".join(parts)
    fields = {"fn": DRIVE, "i": "9", "fp": "77", "n": "1", "s": "5500,00", "t": f"{day}T{minute}"}
    texts = [
        code(at=AT),
        link,
        link.replace("&", "&amp;"),
        f"https://check.ofd.ru/rec/{DRIVE}/9/77?{link}",
        f"  {link}\r\n",
        link.replace("T", "t"),
        link.replace("fp=77", "fp=0000000077"),
        link.replace("s=5500.00", "s=5500"),
    ]
    return [*({"text": text} for text in texts), {"fields": fields}, {"document": document(at=AT)}]


async def test_a_receipt_with_its_goods_pays_once(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()

    receipt = await handed_in(agent_id, document=document())
    await settled()

    assert (receipt.state, receipt.trust) == ("matched", Trust.PLAUSIBLE)
    assert [(line.matched_by, line.pays) for line in receipt.lines] == [("article", True)]
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR
    assert (await views.find(agent_id, receipt.receipt_id)).state == "credited"


@pytest.mark.parametrize("kind", ["document", "text"])
async def test_however_many_claim_a_receipt_at_once_one_has_it(proven: None, kind: str) -> None:
    await an_offer()
    said: dict[str, Any] = {"document": document(at=AT)} if kind == "document" else {"text": code(at=AT)}

    answers = await asyncio.gather(*(hand_in(agent_id, **said) for agent_id in await some_agents(50)))

    assert slugs(answers) == ["new"] + ["receipt_duplicate"] * 49
    assert await fetch_value("SELECT count(*) FROM receipt") == 1


async def test_ten_spellings_are_one_receipt(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()

    answers = [await hand_in(agent_id, **said) for said in spellings()]
    await settled()

    assert [one.outcome for one in answers if isinstance(one, Taken)] == ["new"] + ["already_yours"] * 8 + ["completed"]
    assert await fetch_value("SELECT count(DISTINCT identity) FROM receipt") == 1
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_a_code_waits_for_its_goods_and_says_so(proven: None) -> None:
    await an_offer()

    receipt = await handed_in(await an_agent(), code())

    assert (receipt.state, receipt.reason, receipt.lines) == ("pending_issuer", "no_items", [])
    assert "Ждём состав" in receipt.words.ru
    assert "waits for its goods" in receipt.words.en


async def test_a_strangers_document_does_not_complete_a_claim(proven: None) -> None:
    await an_offer()
    await handed_in(await an_agent(), code(at=AT))

    answer = await hand_in(await an_agent(), document=document(at=AT))

    assert slugs([answer]) == ["receipt_duplicate"]


async def test_the_same_request_again_gets_the_same_receipt_and_another_with_its_key_none(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()

    first = await hand_in(agent_id, code(at=AT), key=b"1")
    again = await hand_in(agent_id, code(at=AT), key=b"1")
    other = await hand_in(agent_id, code(at=AT, i=10), key=b"1")

    assert slugs([first, again, other]) == ["idempotency_mismatch", "new", "replayed"]


async def test_a_provisional_claim_yields_to_whoever_proves_the_receipt_better(proven: None) -> None:
    await an_offer(trust=Trust.ISSUER_CONFIRMED)
    guesser, owner = await some_agents(2)
    first = await handed_in(guesser, code(at=AT))
    await execute("UPDATE receipt SET trust = 'parsed' WHERE id = $1", first.receipt_id)

    second = await handed_in(owner, document=document(at=AT))

    assert first.provisional
    assert (second.state, second.reason) == ("pending_issuer", "unproven")
    lost = await views.find(guesser, first.receipt_id)
    assert (lost.state, lost.reason) == ("rejected", "receipt_duplicate")
    assert await told(guesser) == [("denied", "receipt_duplicate")]


async def test_among_equals_the_first_keeps_even_a_provisional_claim(proven: None) -> None:
    await an_offer(trust=Trust.ISSUER_CONFIRMED)
    await handed_in(await an_agent(), code(at=AT))

    answer = await hand_in(await an_agent(), document=document(at=AT))

    assert slugs([answer]) == ["receipt_duplicate"]


async def test_a_campaign_pays_for_no_receipt_that_is_proven_less_than_it_asks(proven: None) -> None:
    offer = await an_offer(trust=Trust.ISSUER_CONFIRMED)
    agent_id = await an_agent()

    receipt = await handed_in(agent_id, document=document(), program_id=offer.program_id)
    await settled()

    assert (receipt.state, receipt.provisional) == ("pending_issuer", True)
    assert await fetch_value("SELECT count(*) FROM activity") == 0


@pytest.mark.parametrize(
    ("said", "slug"),
    [
        ({"text": code(at=yesterday(hours=24 * 30))}, "receipt_too_old"),
        ({"text": code(at=yesterday() + timedelta(days=3))}, "receipt_in_future"),
        ({"text": code(drive="9999078900001234")}, "receipt_of_test_device"),
        ({"text": code(n=3)}, "receipt_not_a_sale"),
        ({"document": document(a_line(paymentType=1, productType=10))}, "receipt_not_settled"),
        ({"document": document(totalSum=1)}, "receipt_unverified"),
    ],
)
async def test_what_no_receipt_may_be_is_refused_and_leaves_nothing(
    proven: None, said: dict[str, Any], slug: str
) -> None:
    await an_offer()

    answer = await hand_in(await an_agent(), **said, policy=Policy())

    assert slugs([answer]) == [slug]
    assert await fetch_value("SELECT count(*) FROM receipt") == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"fields": {"fn": DRIVE, "i": "9", "fp": "77", "n": "1", "s": "5500", "t": "yesterday"}}, "t"),
        ({"fields": {"fn": "12", "i": "9", "fp": "77", "n": "1", "s": "5500", "t": "20260320T1000"}}, "fn"),
        ({"fields": {"fn": DRIVE, "i": "0", "fp": "77", "n": "1", "s": "5500", "t": "20260320T1000"}}, "i"),
        ({"fields": {"fn": DRIVE, "i": "9", "fp": "4294967296", "n": "1", "s": "5500", "t": "20260320T1000"}}, "fp"),
        ({"fields": {"fn": DRIVE, "i": "9", "fp": "77", "n": "5", "s": "5500", "t": "20260320T1000"}}, "n"),
        ({"fields": {"fn": DRIVE, "i": "9", "fp": "77", "n": "1", "t": "20260320T1000"}}, "s"),
        ({"fields": {"enums": "806.50"}}, "enums"),
        ({"text": "https://example.org/"}, "text"),
        ({"document": "AAAA"}, None),
        ({"document": "[" + ",".join([document(), document(i=10)]) + "]"}, "document"),
        ({"text": "a", "document": "b"}, None),
    ],
)
def test_the_field_that_is_wrong_is_named(said: dict[str, Any], field: str | None) -> None:
    with pytest.raises(DomainError) as refused:
        read(**said, agent_id=uuid4(), client_key=b"")

    assert refused.value.facts.get("field") == field


@pytest.mark.parametrize(
    "changes",
    [{"fp": 78}, {"total": "9500.00"}, {"at": AT + timedelta(minutes=7)}, {"n": 2}],
    ids=["fp", "total", "at", "n"],
)
async def test_what_contradicts_a_known_receipt_is_refused_and_suspected(proven: None, changes: dict[str, Any]) -> None:
    await an_offer()
    honest, forger = await some_agents(2)
    first = await handed_in(honest, document=document(at=AT))

    answer = await hand_in(forger, code(**({"at": AT} | changes)), key=b"1")
    again = await hand_in(forger, code(**({"at": AT} | changes)), key=b"1")

    assert slugs([answer, again]) == ["receipt_unverified"] * 2
    assert (await views.find(honest, first.receipt_id)).state == "matched"
    [event] = await risks.page(state=RiskState.open, limit=10)
    assert (event.kind, event.agent_id, event.times) == (RiskKind.forged_receipt, forger, 1)


@pytest.mark.parametrize(("i", "reason"), [(9, "no_items"), (11, "out_of_order")])
async def test_a_number_that_belongs_to_another_time_of_the_till_is_looked_at(
    proven: None, i: int, reason: str
) -> None:
    await an_offer()
    await handed_in(await an_agent(), code(at=AT, i=8))
    await handed_in(await an_agent(), code(at=AT + timedelta(hours=2), i=10))

    receipt = await handed_in(await an_agent(), code(at=AT + timedelta(hours=1), i=i))

    assert receipt.reason == reason


@pytest.mark.parametrize(
    ("agents", "policy"),
    [(1, Policy(agent_day_max=1)), (2, Policy(till_day_max=1)), (2, Policy(shop_day_max=1))],
    ids=["an agent's day", "a till's day", "a shop's day"],
)
async def test_what_is_beyond_a_days_pace_waits_its_turn_and_is_paid(proven: None, agents: int, policy: Policy) -> None:
    await an_offer()
    whose = await some_agents(agents)
    await handed_in(whose[0], document=document(at=AT), policy=policy)

    waits = await handed_in(whose[-1], document=document(at=AT, i=10), policy=policy)
    await intake.carry_out_due()
    before = await views.find(whose[-1], waits.receipt_id)
    await execute("UPDATE receipt SET due_at = now() WHERE id = $1", waits.receipt_id)
    await intake.carry_out_due()

    assert (before.state, (await views.find(whose[-1], waits.receipt_id)).state) == ("deferred", "matched")
    assert before.due_at is not None
    assert before.due_at - before.received_at > timedelta(hours=23)


async def test_those_who_wait_take_turns(proven: None) -> None:
    await an_offer()
    agent_id = await an_agent()
    policy = Policy(agent_day_max=1)

    due = [(await handed_in(agent_id, code(at=AT, i=i), policy=policy)).due_at for i in range(1, 4)]

    assert due[0] is None
    assert due[1] is not None
    assert due[2] is not None
    assert due[2] - due[1] == timedelta(days=1)


async def test_a_raw_document_is_as_good_as_one_in_json(proven: None) -> None:
    await an_offer()

    asked = read(document=b64(raw_document()), agent_id=await an_agent(), client_key=b"1")

    assert asked.receipt.numbers["i"] == "96304"
    assert asked.is_document


async def test_the_key_of_a_till_is_remembered_from_its_first_use(proven: None) -> None:
    await an_offer()
    key, policy = austrian_key(), Policy(takes_trials=True, age_days_max=100_000)
    receipts = [austrian(key, number=number) for number in (1, 2)]
    forged = austrian(austrian_key(), number=3)

    for text in receipts:
        await handed_in(await an_agent(), text, policy=policy)
    last = await handed_in(await an_agent(), austrian(key, number=4), policy=policy)
    answer = await hand_in(await an_agent(), forged, policy=policy)

    assert last.trust == Trust.SIGNED_FIRST_USE
    assert slugs([answer]) == ["receipt_unverified"]
    assert await fetch_value("SELECT cardinality(points) FROM fiscal_key") == 1


async def test_trials_are_taken_where_things_are_tried_out(proven: None) -> None:
    await an_offer()

    receipt = await handed_in(await an_agent(), code(drive="9999078900001234"), policy=TRIALS)

    assert receipt.state == "pending_issuer"


async def test_a_pinned_key_proves_more_and_no_other_counts(proven: None) -> None:
    await an_offer()
    key, policy = austrian_key(), Policy(age_days_max=100_000)
    await signers.pin(Signer("at", SERIAL), point_of(key.public_key()), by="key:test")

    receipt = await handed_in(await an_agent(), austrian(key), policy=policy)
    answer = await hand_in(await an_agent(), austrian(austrian_key(), number=2), policy=policy)

    assert receipt.trust == Trust.SIGNED
    assert slugs([answer]) == ["receipt_unverified"]
