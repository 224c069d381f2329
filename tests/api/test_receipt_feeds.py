"""Receipts that partners push, over HTTP: proven by their bytes, taken once, and no scan needed."""

import asyncio
import json
import time
from uuid import UUID

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.db import execute, fetch_value
from programs.effects import PerItem
from receipts import feed_events, views
from tests.driver import Driver
from tests.packs import an_agent, settled, wallet
from tests.receipts.feeding import a_feed, event, headers, public, push
from tests.receipts.purchases import (
    BONUS_MINOR,
    SELLER,
    a_line,
    a_marked_line,
    an_offer,
    code,
    document,
    hand_in,
    handed_in,
)

pytestmark = pytest.mark.usefixtures("database")
with_books = pytest.mark.usefixtures("proven")


async def outcomes(answer: httpx.Response) -> list[tuple[str, str | None]]:
    return [(one["outcome"], one["slug"]) for one in answer.raise_for_status().json()["receipts"]]


async def test_a_receipt_that_its_feed_has_brought_is_paid_as_soon_as_it_is_scanned(http: httpx.AsyncClient) -> None:
    offer, agent_id = await an_offer(trust="items_confirmed"), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)

    answer = await push(http, feed_id, secret, event(document()))
    receipt = await handed_in(agent_id, code())
    await settled()

    assert await outcomes(answer) == [("kept", None)]
    assert (receipt.state, receipt.trust) == ("matched", "items_confirmed")
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


@with_books
async def test_a_feed_that_brings_it_later_confirms_the_claim_that_waits(http: httpx.AsyncClient) -> None:
    offer, agent_id = await an_offer(trust="items_confirmed"), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)
    receipt = await handed_in(agent_id, code())

    answer = await push(http, feed_id, secret, event(document()))
    await settled()

    assert (receipt.state, await outcomes(answer)) == ("pending_issuer", [("confirmed", None)])
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR
    assert await fetch_value("SELECT state FROM receipt_inquiry") == "answered"


@with_books
async def test_an_agents_promo_code_on_a_pushed_receipt_needs_no_scan_at_all(driver: Driver) -> None:
    campaign = await driver.promo_campaign(1_000_000, 1_000_000)
    agent = await driver.agent()
    text = await driver.promo_new(agent, campaign)
    offer = await an_offer(program_id=UUID(campaign.program_id))
    feed_id, secret = await a_feed(offer.program_id)

    answers = [await push(driver.http, feed_id, secret, event(document(), promo_code=text.lower())) for _ in range(2)]
    await settled()

    assert [await outcomes(answer) for answer in answers] == [[("credited", None)], [("credited", None)]]
    assert (await wallet(UUID(agent.id))).available_minor == BONUS_MINOR


@with_books
async def test_the_same_event_ten_times_at_once_counts_once(http: httpx.AsyncClient) -> None:
    offer, agent_id = await an_offer(), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)
    await handed_in(agent_id, code())
    body = event(document())

    answers = await asyncio.gather(*(push(http, feed_id, secret, body, name="msg_1") for _ in range(10)))
    await settled()

    told = sorted([(await outcomes(answer))[0][0] for answer in answers])
    assert told == ["confirmed", *["known"] * 9]
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_what_is_not_signed_just_now_over_these_very_bytes_has_no_effect(http: httpx.AsyncClient) -> None:
    offer = await an_offer()
    feed_id, secret = await a_feed(offer.program_id)
    body, now = event(document()), time.time()
    proof = headers(secret, body)
    tries = [
        (body, {}),
        (body, headers(secret, body, at=now - 330)),
        (body, headers(secret, body, at=now + 330)),
        (body.replace(b"550000", b"550001", 1), proof),
        (json.dumps(json.loads(body), separators=(",", ":")).encode(), proof),
        (body, headers("whsec_" + "A" * 43 + "=", body)),
        (body, proof | {"webhook-id": "msg_2"}),
        (body, proof | {"webhook-signature": "v1,"}),
        (body, proof | {"webhook-timestamp": "٣"}),
    ]

    answers = [
        await http.post(
            f"/v1/receipt-feeds/{feed_id}",
            content=content,
            headers=httpx.Headers({"content-type": "application/json"} | sent, encoding="utf-8"),
        )
        for content, sent in tries
    ]

    assert {(answer.status_code, answer.json()["slug"]) for answer in answers} == {(401, "feed_unsigned")}
    assert await fetch_value("SELECT count(*) FROM fed_receipt") == 0


async def test_a_feed_that_nobody_knows_or_that_was_stopped_is_told_the_same(driver: Driver) -> None:
    offer = await an_offer()
    feed_id, secret = await a_feed(offer.program_id)
    await driver.owner("PATCH", f"/v1/receipt-feeds/{feed_id}", {"state": "off"})

    stopped = await push(driver.http, feed_id, secret, event(document()))
    unknown = await push(driver.http, UUID(int=7), secret, event(document()))

    assert [(one.status_code, one.json()["facts"]) for one in (stopped, unknown)] == [
        (401, {"problem": "signature"})
    ] * 2


async def test_two_secrets_work_while_one_is_turned_over_and_the_old_one_ends(driver: Driver) -> None:
    offer = await an_offer()
    made = await driver.owner("POST", f"/v1/programs/{offer.program_id}/receipt-feeds", {"name": "Оператор"})
    feed_id, old = UUID(made["feed"]["id"]), made["secret"]
    path = f"/v1/receipt-feeds/{feed_id}/secrets"

    new = (await driver.owner("POST", path, {"overlap_seconds": 600}))["secret"]
    third = await driver.call("POST", path, {}, token=driver.owner_key)
    both = [await push(driver.http, feed_id, one, event(document(i=i))) for i, one in ((9, old), (10, new))]
    await execute("UPDATE feed_secret SET expires_at = now() WHERE expires_at IS NOT NULL")
    over = await push(driver.http, feed_id, old, event(document(i=11)))
    still = await push(driver.http, feed_id, new, event(document(i=12)))

    assert (third.status_code, third.json()["slug"]) == (409, "two_secrets_live")
    assert [one.status_code for one in (*both, over, still)] == [200, 200, 401, 200]
    listed = await driver.owner("GET", f"/v1/programs/{offer.program_id}/receipt-feeds")
    assert [secret["kind"] for secret in listed["feeds"][0]["secrets"]] == ["hmac"]
    assert old not in str(listed)
    assert new not in str(listed)


async def test_a_partner_may_sign_by_a_key_of_its_own(driver: Driver) -> None:
    offer, key = await an_offer(), Ed25519PrivateKey.generate()
    feed_id, shown = await a_feed(offer.program_id, public_key=public(key))

    answer = await push(driver.http, feed_id, key, event(document()))
    strange = await push(driver.http, feed_id, Ed25519PrivateKey.generate(), event(document()))
    path = f"/v1/programs/{offer.program_id}/receipt-feeds"
    wrong = await driver.call("POST", path, {"name": "Х", "public_key": "whpk_AAAA"}, token=driver.owner_key)

    assert (shown, await outcomes(answer), strange.status_code) == ("", [("kept", None)], 401)
    assert (wrong.status_code, wrong.json()["slug"]) == (422, "feed_key_unreadable")


async def test_a_shops_feed_speaks_for_that_shop_alone(http: httpx.AsyncClient) -> None:
    offer = await an_offer()
    feed_id, secret = await a_feed(offer.program_id, sellers=["7736207543"])

    answer = await push(http, feed_id, secret, event(document()))

    assert await outcomes(answer) == [("refused", "seller_not_of_feed")]


async def test_a_code_whose_sum_was_edited_is_refused_and_remembered(http: httpx.AsyncClient) -> None:
    offer, agent_id = await an_offer(), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)
    await push(http, feed_id, secret, event(document()))

    edited = await hand_in(agent_id, code(total="9999.00"))
    true = await handed_in(await an_agent(), code())

    assert getattr(edited, "slug", "") == "receipt_unverified"
    assert await fetch_value("SELECT kind FROM risk_event") == "forged_receipt"
    assert true.state == "matched"


async def test_an_invented_claim_gives_way_to_what_the_feed_brings(http: httpx.AsyncClient) -> None:
    offer, guesser, buyer = await an_offer(), await an_agent(), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)
    invented = await handed_in(guesser, code(fp=1))

    await push(http, feed_id, secret, event(document()))
    true = await handed_in(buyer, code())

    assert (await views.find(guesser, invented.receipt_id)).state == "rejected"
    assert true.state == "matched"


@with_books
async def test_a_return_that_a_feed_tells_takes_the_bonus_back(http: httpx.AsyncClient) -> None:
    offer, agent_id = await an_offer(), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)
    await push(http, feed_id, secret, event(document(a_marked_line())))
    receipt = await handed_in(agent_id, code())

    await push(http, feed_id, secret, event(document(a_marked_line(), i=10, n=2)))
    await feed_events.carry_out_returns()
    undecided = await fetch_value("SELECT carried_out_at FROM fed_receipt WHERE operation = 'return'")
    await settled()
    await feed_events.carry_out_returns()

    assert undecided is None
    assert (await views.find(agent_id, receipt.receipt_id)).state == "reversed"
    assert (await wallet(agent_id)).available_minor == 0


@with_books
async def test_boilers_without_a_marking_come_back_by_the_sale_that_the_return_names(http: httpx.AsyncClient) -> None:
    offer, agent_id = await an_offer(effects=(PerItem(amount_minor=BONUS_MINOR),)), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)
    sold, two = a_line(amount=500_000, quantity=5), a_line(amount=200_000, quantity=2)
    await push(http, feed_id, secret, event(document(sold, a_line("Хлеб", 5_000))))
    receipt = await handed_in(agent_id, code(total="5050.00"))
    await settled()

    await push(http, feed_id, secret, event(document(two, i=10, n=2), sale=code(total="5050.00")))
    await feed_events.carry_out_returns()
    some = await wallet(agent_id)
    rest = a_line(amount=300_000, quantity=3)
    await push(http, feed_id, secret, event(document(rest, i=11, n=2), sale=code(total="5050.00")))
    await feed_events.carry_out_returns()
    await feed_events.carry_out_returns()

    assert some.available_minor == 3 * BONUS_MINOR
    assert (await wallet(agent_id)).available_minor == 0
    assert (await views.find(agent_id, receipt.receipt_id)).state == "reversed"


async def test_a_return_told_before_the_scan_lessens_what_it_earns(http: httpx.AsyncClient) -> None:
    offer, agent_id = await an_offer(effects=(PerItem(amount_minor=BONUS_MINOR),)), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)
    await push(http, feed_id, secret, event(document(a_line(amount=500_000, quantity=5))))
    back = document(a_line(amount=100_000, quantity=1), i=10, n=2)
    await push(http, feed_id, secret, event(back, sale=code(total="5000.00")))
    await feed_events.carry_out_returns()

    await handed_in(agent_id, code(total="5000.00"))
    await settled()

    assert (await wallet(agent_id)).available_minor == 4 * BONUS_MINOR


async def test_goods_that_came_back_before_anybody_scanned_them_pay_nothing(http: httpx.AsyncClient) -> None:
    offer, agent_id = await an_offer(), await an_agent()
    feed_id, secret = await a_feed(offer.program_id)
    documents = document(a_marked_line()), document(a_marked_line(), i=10, n=2)
    await push(http, feed_id, secret, event(*documents))

    receipt = await handed_in(agent_id, code())

    assert (receipt.state, receipt.reason, receipt.lines[0].pays) == ("rejected", "goods_returned", False)
    assert receipt.words.en.startswith("The goods of this receipt were brought back")


async def test_nobodys_name_or_number_in_an_event_is_kept(http: httpx.AsyncClient) -> None:
    offer = await an_offer()
    feed_id, secret = await a_feed(offer.program_id)

    await push(http, feed_id, secret, event(document(a_marked_line(), a_line(), buyerInn="7736207543")))

    kept = str(await fetch_value("SELECT fed_receipt::text FROM fed_receipt"))
    assert SELLER in kept
    assert [word for word in ("Иванова", "79990000000", "7736207543", "5LKh'o") if word in kept] == []


@pytest.mark.parametrize("more", [{"items": []}, {"fiscalSign": "x"}, {"totalSum": 1}])
async def test_a_document_that_does_not_hold_is_not_kept(http: httpx.AsyncClient, more: dict[str, object]) -> None:
    offer = await an_offer()
    feed_id, secret = await a_feed(offer.program_id)

    answer = await push(http, feed_id, secret, event(document(**more)))  # type: ignore[arg-type]

    assert answer.status_code == 400 or await outcomes(answer) == [("refused", "receipt_unverified")]
    assert await fetch_value("SELECT count(*) FROM fed_receipt") == 0
