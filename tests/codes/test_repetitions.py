import asyncio
from collections import Counter
from uuid import UUID

import pytest

from codes import activation, repetitions
from codes.keyring import Keyring
from core.db import fetch, fetch_value
from core.idempotency import IdempotencyMismatch
from tests.packs import (
    Sale,
    a_batch,
    a_sale,
    a_wrong_code,
    an_agent,
    asks,
    claimed,
    one_by_one,
    said,
    scan,
    some_agents,
    verdict_of,
)
from tests.programs.stored import BY


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


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


async def test_the_same_key_for_twenty_codes_at_once_claims_one_of_them(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = await one_by_one(*(asks(agent_id, sale.batch.code(index), key=b"key") for index in range(20)))

    assert Counter(map(said, judged)) == {"new accepted": 1, "idempotency_mismatch": 19}


async def test_two_agents_may_use_the_same_key(sale: Sale) -> None:
    one, other = await some_agents(2)

    judged = await claimed(asks(one, sale.batch.code(0), key=b"key"), asks(other, sale.batch.code(1), key=b"key"))

    assert list(map(said, judged)) == ["new accepted", "new accepted"]


async def refused_of(agent_id: UUID) -> int:
    """How many refusals of an agent are kept."""
    found: int = await fetch_value("SELECT count(*) FROM refused_scan WHERE agent_id = $1", agent_id)
    return found


@pytest.fixture
def five_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each agent five refusals are kept."""
    monkeypatch.setattr(repetitions, "REFUSED_MAX", 5)


@pytest.mark.usefixtures("five_kept")
async def test_of_an_agents_refusals_the_newest_are_kept(sale: Sale) -> None:
    agent_id, owner, other = await some_agents(3)
    await scan(owner, sale.batch.code(0))
    await claimed(*(asks(other, sale.batch.code(0)) for _ in range(3)))
    keys = [f"key {turn}".encode() for turn in range(12)]

    judged = [said(await scan(agent_id, sale.batch.code(0), key=key)) for key in keys]

    kept = await fetch("SELECT client_key FROM refused_scan WHERE agent_id = $1 ORDER BY at", agent_id)
    assert judged == ["already_claimed"] * 12
    assert [row["client_key"] for row in kept] == keys[-5:]
    assert await refused_of(other) == 3


@pytest.mark.usefixtures("five_kept")
async def test_what_was_forgotten_is_judged_anew(sale: Sale) -> None:
    agent_id, owner = await some_agents(2)
    await scan(owner, sale.batch.code(0))

    judged = [said(await scan(agent_id, sale.batch.code(0), key=b"%d" % (turn % 6))) for turn in range(12)]

    assert judged == ["already_claimed"] * 12
    assert await refused_of(agent_id) == 5


@pytest.mark.usefixtures("five_kept")
async def test_however_many_refusals_come_at_once_no_more_are_kept(sale: Sale) -> None:
    owner, *agents = await some_agents(4)
    await scan(owner, sale.batch.code(0))
    batches = [[asks(agent_id, sale.batch.code(0)) for agent_id in agents for _ in range(3)] for _ in range(30)]

    await asyncio.gather(*(claimed(*(batch if turn % 2 else batch[::-1])) for turn, batch in enumerate(batches)))

    assert [await refused_of(agent_id) for agent_id in agents] == [5, 5, 5]
