import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
import redis.asyncio

from codes import activation
from codes.claims import NotAccepted, ScanRequest
from codes.keyring import Keyring
from codes.packaging_code import Role
from codes.scans import Judged, claim
from core.db import execute, fetch, fetch_row, fetch_value
from core.guesses import forget_old
from core.idempotency import IdempotencyMismatch
from core.limits import RateLimited
from core.settings import Settings
from tests.interruptions import interruptions
from tests.packs import (
    BONUS_MINOR,
    Sale,
    a_batch,
    a_sale,
    a_wrong_code,
    an_agent,
    asks,
    said,
    scan,
    settled,
    some_agents,
    told,
    verdict_of,
    wallet,
)
from tests.programs.stored import BY


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


async def claimed(*requests: ScanRequest, ring: Keyring | None = None) -> list[Judged]:
    return await claim(requests, keyring=ring or Keyring())


async def one_by_one(*requests: ScanRequest, processes: int = 3) -> list[Judged]:
    """Each in a transaction of its own, all at once, by several processes' keyrings."""
    rings = [Keyring() for _ in range(processes)]
    judged = await asyncio.gather(
        *(claim([request], keyring=rings[place % processes]) for place, request in enumerate(requests))
    )
    return [one for [one] in judged]


async def suspend(sale: Sale) -> None:
    await activation.change_range(sale.batch.id, first=0, stop=None, state="suspended", reason="", by=BY)


# A code is claimed once.


async def test_a_claim_is_accepted_and_tells_what_to_expect(sale: Sale) -> None:
    agent_id = await an_agent()

    verdict = verdict_of(await scan(agent_id, sale.batch.code(0)))

    expected = verdict.scan.expected
    row = await fetch_row("SELECT id, agent_id, accepted_at FROM scan")
    assert said(verdict) == "new accepted"
    assert expected is not None
    assert (expected.amount_minor, expected.asset, expected.guaranteed) == (BONUS_MINOR, "BON", False)
    assert expected.available_at == verdict.scan.received_at
    assert tuple(row or ()) == (verdict.scan.scan_id, agent_id, verdict.scan.received_at)


async def test_the_same_agent_again_is_told_that_it_is_his_and_what_he_was_told_first(sale: Sale) -> None:
    agent_id = await an_agent()
    first = verdict_of(await scan(agent_id, sale.batch.code(0)))

    again = verdict_of(await scan(agent_id, sale.batch.code(0)))

    assert said(again) == "already_yours accepted"
    assert again.scan == first.scan


async def test_another_agent_is_told_that_somebody_was_first(sale: Sale) -> None:
    one, other = await some_agents(2)
    await scan(one, sale.batch.code(0))

    assert said(await scan(other, sale.batch.code(0))) == "already_claimed"
    assert await fetch_value("SELECT count(*) FROM scan") == 1


async def test_thirty_agents_at_once_claim_one_code_and_one_of_them_is_paid(sale: Sale) -> None:
    agents = await some_agents(30)

    judged = await one_by_one(*(asks(agent_id, sale.batch.code(0)) for agent_id in agents))

    await settled()
    [winner] = [agent_id for agent_id, one in zip(agents, judged, strict=True) if said(one) == "new accepted"]
    assert Counter(map(said, judged)) == {"new accepted": 1, "already_claimed": 29}
    assert [(await wallet(agent_id)).available_minor for agent_id in agents] == [
        BONUS_MINOR if agent_id == winner else 0 for agent_id in agents
    ]


async def test_one_agent_thirty_times_at_once_claims_a_code_once_and_gets_one_answer(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = await one_by_one(*(asks(agent_id, sale.batch.code(0)) for _ in range(30)))

    await settled()
    assert Counter(map(said, judged)) == {"new accepted": 1, "already_yours accepted": 29}
    assert len({verdict_of(one).scan.scan_id for one in judged}) == 1
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_one_code_many_times_in_a_batch_belongs_to_the_first_in_it(sale: Sale) -> None:
    one, other = await some_agents(2)
    code = sale.batch.code(0)

    judged = await claimed(asks(one, code), asks(other, code), asks(one, code), asks(other, sale.batch.code(1)))

    assert list(map(said, judged)) == [
        "new accepted",
        "already_claimed",
        "already_yours accepted",
        "new accepted",
    ]


async def test_batches_that_want_the_same_codes_in_another_order_do_not_wait_for_each_other_in_a_circle(
    sale: Sale,
) -> None:
    one, other = await some_agents(2)
    codes = sale.batch.codes(20)

    there, back = await asyncio.gather(
        claimed(*(asks(one, code) for code in codes)),
        claimed(*(asks(other, code) for code in reversed(codes))),
    )

    outcomes = Counter(map(said, [*there, *back]))
    assert outcomes == {"new accepted": 20, "already_claimed": 20}


async def test_an_outer_code_is_never_paid_and_is_no_guess(sale: Sale) -> None:
    agent_id = await an_agent()

    assert said(await scan(agent_id, sale.batch.code(0, Role.OUTER))) == "not_accepted"

    assert await fetch("SELECT FROM guess") == []
    assert said(await scan(agent_id, sale.batch.code(0))) == "new accepted"


async def test_an_outer_code_tells_nothing_of_its_inner_twin_that_was_claimed(sale: Sale) -> None:
    agent_id = await an_agent()
    await scan(agent_id, sale.batch.code(0))

    assert said(await scan(agent_id, sale.batch.code(0, Role.OUTER))) == "not_accepted"


@pytest.mark.parametrize("state", ["expired", "suspended", "recalled", "voided", "leaked", "closing"])
async def test_codes_that_are_not_to_be_paid_get_the_one_neutral_answer(sale: Sale, state: str) -> None:
    agent_id = await an_agent()
    await execute("UPDATE code_range SET state = $1", state)
    await execute("UPDATE code_revision SET revision = revision + 1")

    judged = await scan(agent_id, sale.batch.code(0))

    unknown = await scan(agent_id, a_wrong_code(sale.batch))
    assert isinstance(judged, NotAccepted)
    assert isinstance(unknown, NotAccepted)
    assert (unknown.facts, unknown.detail) == (judged.facts, judged.detail) == ({}, "")


async def test_the_codes_beside_a_recalled_range_are_paid(sale: Sale) -> None:
    agent_id = await an_agent()
    await activation.change_range(sale.batch.id, first=5, stop=6, state="recalled", reason="", by=BY)

    judged = await claimed(*(asks(agent_id, sale.batch.code(index)) for index in (4, 5, 6)))

    assert list(map(said, judged)) == ["new accepted", "not_accepted", "new accepted"]


async def test_the_codes_of_one_series_in_several_batches_are_told_apart(sale: Sale) -> None:
    agent_id = await an_agent()
    other = await a_batch(sale.program_id, sale.product_id)

    judged = await claimed(asks(agent_id, sale.batch.code(0)), asks(agent_id, other.code(0)))

    assert list(map(said, judged)) == ["new accepted", "new accepted"]
    causes = {row["cause"] for row in await fetch("SELECT cause FROM activity")}
    assert causes == {f"code:{sale.batch.number}:0", f"code:{other.number}:0"}


async def test_a_claim_that_is_cut_anywhere_has_happened_or_not(sale: Sale) -> None:
    agent_id, ring = await an_agent(), Keyring()
    requests = [
        asks(agent_id, sale.batch.code(0), key=b"right"),
        asks(agent_id, a_wrong_code(sale.batch), key=b"wrong"),
        asks(agent_id, sale.batch.code(1, Role.OUTER), key=b"outer"),
    ]

    cuts = [await is_whole() async for _ in interruptions(lambda: claim(requests, keyring=ring))]

    assert len(cuts) > 10
    assert all(cuts)
    assert await fetch_value("SELECT max(failures) FROM guess") == 1
    assert list(map(said, await claim(requests, keyring=ring))) == ["replayed accepted", "not_accepted", "not_accepted"]


async def is_whole() -> bool:
    """Whether all of a claim's rows are there, or none of them."""
    counts = await fetch_row(
        """SELECT (SELECT count(*) FROM scan), (SELECT count(*) FROM activity), (SELECT count(*) FROM activity_queue),
                  (SELECT count(*) FROM purchase_key), (SELECT count(*) FROM refused_scan) / 2"""
    )
    return len(set(counts or (0, 1))) == 1


# A request that comes again gets the answer that it got.


async def test_a_request_that_comes_again_gets_the_same_answer(sale: Sale) -> None:
    agent_id, ring = await an_agent(), Keyring()
    request = asks(agent_id, sale.batch.code(0), key=b"once")
    [first] = await claimed(request, ring=ring)

    again = [judged for _ in range(3) for judged in await claimed(request, ring=ring)]

    assert {said(one) for one in again} == {"replayed accepted"}
    assert all(verdict_of(one).scan == verdict_of(first).scan for one in again)
    assert await fetch_value("SELECT count(*) FROM activity") == 1


async def test_a_request_that_comes_thirty_times_at_once_is_one_claim(sale: Sale) -> None:
    request = asks(await an_agent(), sale.batch.code(0), key=b"once")

    judged = await one_by_one(*[request] * 30)

    assert Counter(map(said, judged)) == {"new accepted": 1, "replayed accepted": 29}


async def test_a_request_that_comes_twice_in_a_batch_is_one_claim_or_one_guess(sale: Sale) -> None:
    agent_id = await an_agent()
    right = asks(agent_id, sale.batch.code(0), key=b"right")
    wrong = asks(agent_id, a_wrong_code(sale.batch), key=b"wrong")

    judged = await claimed(right, wrong, right, wrong)

    assert list(map(said, judged)) == ["new accepted", "not_accepted", "replayed accepted", "not_accepted"]
    assert await fetch_value("SELECT max(failures) FROM guess") == 1


async def test_a_claim_is_repeated_although_guesses_have_silenced_its_agent(sale: Sale) -> None:
    agent_id = await an_agent()
    request = asks(agent_id, sale.batch.code(0), key=b"once")
    await claimed(request)
    await claimed(*(asks(agent_id, a_wrong_code(sale.batch)) for _ in range(25)))

    assert list(map(said, await claimed(request))) == ["replayed accepted"]


async def test_a_claim_is_repeated_although_its_codes_are_recalled_since(sale: Sale) -> None:
    request = asks(await an_agent(), sale.batch.code(0), key=b"once")
    await claimed(request)
    await activation.change_range(sale.batch.id, first=0, stop=None, state="recalled", reason="", by=BY)

    assert list(map(said, await claimed(request))) == ["replayed accepted"]


async def test_a_refused_request_that_comes_again_is_refused_again_and_is_no_second_guess(sale: Sale) -> None:
    one, other = await some_agents(2)
    await scan(other, sale.batch.code(0))
    guess = asks(one, a_wrong_code(sale.batch), key=b"guess")
    late = asks(one, sale.batch.code(0), key=b"late")

    judged = [await claimed(guess, late) for _ in range(3)]

    assert [list(map(said, each)) for each in judged] == [["not_accepted", "already_claimed"]] * 3
    assert await fetch_value("SELECT max(failures) FROM guess") == 1


async def test_a_code_that_was_refused_stands_nowhere_in_the_clear(sale: Sale) -> None:
    code = a_wrong_code(sale.batch)

    await scan(await an_agent(), code)

    kept: bytes = await fetch_value("SELECT text_hash FROM refused_scan")
    assert code.encode() not in kept


@pytest.mark.parametrize("second", ["another code", "a wrong code", "a held code", "somebody else's code"])
@pytest.mark.parametrize("first", ["accepted", "held", "refused"])
async def test_the_same_key_with_another_code_is_refused_and_does_nothing(sale: Sale, first: str, second: str) -> None:
    agent_id, stranger = await some_agents(2)
    closed = await a_batch(sale.program_id, sale.product_id, on_sale=False)
    await scan(stranger, sale.batch.code(9))
    codes = {"accepted": sale.batch.code(0), "held": closed.code(0), "refused": a_wrong_code(sale.batch)}
    others = {
        "another code": sale.batch.code(1),
        "a wrong code": a_wrong_code(closed),
        "a held code": closed.code(1),
        "somebody else's code": sale.batch.code(9),
    }
    [before] = await claimed(asks(agent_id, codes[first], key=b"key"))
    guesses = await fetch_value("SELECT coalesce(max(failures), 0) FROM guess")

    [judged] = await claimed(asks(agent_id, others[second], key=b"key"))

    [again] = await claimed(asks(agent_id, codes[first], key=b"key"))
    assert isinstance(judged, IdempotencyMismatch)
    assert said(again).replace("replayed", "new") == said(before)
    assert await claims_of(agent_id) == (0 if first == "refused" else 1)
    assert await fetch_value("SELECT coalesce(max(failures), 0) FROM guess") == guesses


async def claims_of(agent_id: UUID) -> int:
    """How many codes an agent has claimed or waits for."""
    found: int = await fetch_value(
        """SELECT (SELECT count(*) FROM scan WHERE agent_id = $1)
                + (SELECT count(*) FROM held_scan WHERE agent_id = $1)""",
        agent_id,
    )
    return found


async def test_the_same_key_for_two_codes_in_a_batch_counts_for_the_first_of_them(sale: Sale) -> None:
    agent_id = await an_agent()
    high, low = sorted(sale.batch.codes(2), reverse=True)

    judged = await claimed(asks(agent_id, high, key=b"key"), asks(agent_id, low, key=b"key"))

    assert list(map(said, judged)) == ["new accepted", "idempotency_mismatch"]


async def test_two_agents_may_use_the_same_key(sale: Sale) -> None:
    one, other = await some_agents(2)

    judged = await claimed(asks(one, sale.batch.code(0), key=b"key"), asks(other, sale.batch.code(1), key=b"key"))

    assert list(map(said, judged)) == ["new accepted", "new accepted"]


# Guesses are counted.


async def test_after_the_last_guess_that_is_allowed_nothing_is_looked_at(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = [await scan(agent_id, a_wrong_code(sale.batch), most=3) for _ in range(5)]

    silenced = await scan(agent_id, sale.batch.code(0), most=3)
    assert list(map(said, judged)) == ["not_accepted"] * 3 + ["rate_limited"] * 2
    assert isinstance(silenced, RateLimited)
    assert 0 < (silenced.retry_after_seconds or 0) <= 3601


async def test_within_a_batch_too_nothing_is_looked_at_after_a_guess_too_many(sale: Sale) -> None:
    agent_id, other = await some_agents(2)
    wrong, right = a_wrong_code(sale.batch), sale.batch.code(0)

    judged = await claimed(
        *(asks(agent_id, wrong, most=3) for _ in range(5)),
        asks(agent_id, right, most=3),
        asks(other, right, most=3),
    )

    assert list(map(said, judged)) == ["not_accepted"] * 3 + ["rate_limited"] * 3 + ["new accepted"]


async def test_guesses_within_what_is_allowed_silence_nobody(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = await claimed(
        *(asks(agent_id, a_wrong_code(sale.batch)) for _ in range(3)), asks(agent_id, sale.batch.code(0))
    )

    assert list(map(said, judged)) == ["not_accepted"] * 3 + ["new accepted"]


async def test_guesses_of_many_agents_silence_their_network_and_no_other(sale: Sale) -> None:
    agents = await some_agents(4)
    wrong = a_wrong_code(sale.batch)

    judged = [await scan(agent_id, wrong, network_most=3) for agent_id in agents]

    silenced = await scan(await an_agent(), sale.batch.code(0), network_most=3)
    elsewhere = await scan(await an_agent(), sale.batch.code(0), network=b"elsewhere", network_most=3)
    assert list(map(said, judged)) == ["not_accepted"] * 3 + ["rate_limited"]
    assert (said(silenced), said(elsewhere)) == ("rate_limited", "new accepted")


async def test_two_hundred_guesses_at_once_are_counted_exactly(sale: Sale) -> None:
    agents = await some_agents(20)
    wrong = a_wrong_code(sale.batch)
    requests = [asks(agents[place % 20], wrong, most=4, network_most=50) for place in range(200)]

    judged = await asyncio.gather(*(claimed(*requests[place : place + 5]) for place in range(0, 200, 5)))

    outcomes = Counter(said(one) for each in judged for one in each)
    by_agent = Counter(
        request.agent_id
        for request, one in zip(requests, (one for each in judged for one in each), strict=True)
        if said(one) == "not_accepted"
    )
    assert outcomes["not_accepted"] <= 50
    assert outcomes["not_accepted"] + outcomes["rate_limited"] == 200
    assert max(by_agent.values()) <= 4
    assert await fetch_value("SELECT failures FROM guess WHERE subject = $1", b"network") == 50


async def test_guesses_are_remembered_although_valkey_forgets_everything(sale: Sale, settings: Settings) -> None:
    agent_id = await an_agent()
    await claimed(*(asks(agent_id, a_wrong_code(sale.batch), most=3) for _ in range(3)))

    async with redis.asyncio.Redis.from_url(settings.redis_url) as valkey:
        await valkey.flushall()

    assert said(await scan(agent_id, sale.batch.code(0), most=3)) == "rate_limited"


async def test_guesses_count_for_the_hour_of_the_clock_and_are_forgotten(sale: Sale) -> None:
    agent_id = await an_agent()
    await claimed(*(asks(agent_id, a_wrong_code(sale.batch), most=3) for _ in range(3)))
    await execute("UPDATE guess SET hour = hour - interval '3 hours'")

    assert said(await scan(agent_id, sale.batch.code(0), most=3)) == "new accepted"

    await forget_old()
    assert await fetch("SELECT FROM guess") == []


# A phone without a network tells when it was.


@pytest.mark.parametrize(
    ("told_hours", "taken_hours"),
    [(-1, -1), (-48, -24), (2, 0), (None, 0)],
    ids=["since it is on sale", "before it was on sale", "ahead of us", "nothing"],
)
async def test_a_phones_time_is_believed_no_further_than_the_codes_were_on_sale_and_never_ahead(
    sale: Sale, told_hours: int | None, taken_hours: int
) -> None:
    await execute("UPDATE code_range SET since = since - interval '24 hours'")
    await execute("UPDATE code_revision SET revision = revision + 1")
    now = await fetch_value("SELECT now()")
    scanned_at = None if told_hours is None else now + timedelta(hours=told_hours)

    verdict = verdict_of(await scan(await an_agent(), sale.batch.code(0), scanned_at=scanned_at))

    occurred = await fetch_value("SELECT scanned_at FROM scan")
    assert abs(occurred - (verdict.scan.received_at + timedelta(hours=taken_hours))) < timedelta(seconds=30)
    assert occurred <= verdict.scan.received_at


async def test_a_scan_from_before_the_campaign_is_not_paid_by_it(sale: Sale) -> None:
    agent_id = await an_agent()
    await execute("UPDATE code_range SET since = since - interval '24 hours'")
    await execute("UPDATE code_revision SET revision = revision + 1")
    yesterday = await fetch_value("SELECT now() - interval '20 hours'")

    await scan(agent_id, sale.batch.code(0), scanned_at=yesterday)

    await settled()
    assert await told(agent_id) == [("denied", "not_started")]


async def test_a_scan_from_beyond_the_offline_window_counts_as_of_its_arrival(proven: None) -> None:
    sale = await a_sale(offline_window_days=1)
    agent_id = await an_agent()
    await execute("UPDATE code_range SET since = since - interval '9 days'")
    await execute("UPDATE code_revision SET revision = revision + 1")
    long_ago = await fetch_value("SELECT now() - interval '8 days'")

    await scan(agent_id, sale.batch.code(0), scanned_at=long_ago)

    await settled()
    assert (await wallet(agent_id)).available_minor == BONUS_MINOR


async def test_ownership_goes_by_arrival_whatever_the_phones_say(sale: Sale) -> None:
    one, other = await some_agents(2)
    now = await fetch_value("SELECT now()")
    await scan(one, sale.batch.code(0), scanned_at=now)

    judged = await scan(other, sale.batch.code(0), scanned_at=now - timedelta(days=2))

    assert said(judged) == "already_claimed"


async def test_codes_of_several_programs_in_one_batch_are_paid_by_their_own(sale: Sale) -> None:
    agent_id = await an_agent()
    other = await a_sale()

    await claimed(asks(agent_id, sale.batch.code(0)), asks(agent_id, other.batch.code(0)))

    await settled()
    paid: list[UUID] = [row["campaign_id"] for row in await fetch("SELECT campaign_id FROM accrual")]
    assert set(paid) == {sale.campaign_id, other.campaign_id}


async def test_a_claim_while_its_range_is_suspended_is_lost_to_nobody(sale: Sale) -> None:
    one, other = await some_agents(2)
    await suspend(sale)
    await scan(one, sale.batch.code(0))
    await activation.change_range(sale.batch.id, first=0, stop=None, state="active", reason="", by=BY)

    assert said(await scan(other, sale.batch.code(0))) == "new accepted"
