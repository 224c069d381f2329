import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codes import activation
from codes.alphabet import ALPHABET, check_symbol, checks
from codes.claims import NotAccepted
from codes.keyring import Keyring
from codes.packaging_code import Role
from codes.readings import CheckFailed, spellings
from codes.repair import candidates, the_only
from core.db import fetch, fetch_value
from tests.packs import (
    Batch,
    Sale,
    a_sale,
    an_agent,
    asks,
    claimed,
    said,
    scan,
    settled,
    some_agents,
    verdict_of,
    wallet,
)
from tests.programs.stored import BY

CASES = 2_000


@pytest.fixture
async def sale(proven: None) -> Sale:
    return await a_sale()


def with_a_symbol_wrong(code: str, place: int = 5) -> str:
    wrong = ALPHABET[(ALPHABET.index(code[place]) + 7) % 32]
    return code[:place] + wrong + code[place + 1 :]


def with_neighbours_swapped(code: str) -> str:
    place = next(place for place, (left, right) in enumerate(pairwise(code)) if left != right)
    return code[:place] + code[place + 1] + code[place] + code[place + 2 :]


def far_from_any(batch: Batch) -> str:
    """A text whose check symbol does not fit, and that is no code's neighbour."""
    return with_a_symbol_wrong(batch.code(batch.size + 1_000))


@pytest.mark.parametrize("spoil", [with_a_symbol_wrong, with_neighbours_swapped])
async def test_a_code_with_one_slip_of_the_finger_is_paid_and_its_agent_is_told_how_it_was_read(
    sale: Sale, spoil: object
) -> None:
    agent_id, code = await an_agent(), sale.batch.code(0)
    assert callable(spoil)

    verdict = verdict_of(await scan(agent_id, spoil(code)))

    await settled()
    assert (said(verdict), verdict.read_as) == ("new accepted", code)
    assert (await wallet(agent_id)).available_minor == 100
    assert await fetch("SELECT FROM guess") == []


@pytest.mark.parametrize("place", [0, 1, 14, 15])
async def test_the_series_and_the_check_symbol_can_be_the_wrong_one(sale: Sale, place: int) -> None:
    verdict = verdict_of(await scan(await an_agent(), with_a_symbol_wrong(sale.batch.code(0), place)))

    assert verdict.read_as == sale.batch.code(0)


async def test_a_code_that_was_right_as_it_came_is_read_as_nothing_else(sale: Sale) -> None:
    assert verdict_of(await scan(await an_agent(), sale.batch.code(0))).read_as is None


async def test_a_repaired_code_is_the_same_code_as_the_right_one(sale: Sale) -> None:
    one, other = await some_agents(2)
    code = sale.batch.code(0)
    await scan(one, code)

    assert said(await scan(one, with_a_symbol_wrong(code))) == "already_yours accepted"
    assert said(await scan(other, with_a_symbol_wrong(code))) == "already_claimed"


async def test_a_text_that_no_code_of_ours_is_near_is_a_guess_and_may_be_typed_again(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = await scan(agent_id, far_from_any(sale.batch))

    assert isinstance(judged, CheckFailed)
    assert await fetch_value("SELECT failures FROM guess WHERE subject = $1", agent_id.bytes) == 1


async def test_guesses_that_fail_the_check_silence_like_any_others(sale: Sale) -> None:
    agent_id = await an_agent()

    judged = [await scan(agent_id, far_from_any(sale.batch), most=2) for _ in range(3)]

    assert list(map(said, judged)) == ["check_failed", "check_failed", "rate_limited"]
    assert said(await scan(agent_id, with_a_symbol_wrong(sale.batch.code(0)), most=2)) == "rate_limited"


async def test_a_wrong_code_whose_check_symbol_fits_is_never_repaired(sale: Sale) -> None:
    body = with_a_symbol_wrong(sale.batch.code(0))[:-1]

    assert isinstance(await scan(await an_agent(), body + check_symbol(body)), NotAccepted)


@pytest.mark.parametrize("what", ["outer", "suspended", "recalled", "beyond the end"])
async def test_a_misspelled_code_that_may_not_be_claimed_looks_like_one_that_nobody_knows(
    sale: Sale, what: str
) -> None:
    agent_id, code = await an_agent(), sale.batch.code(0)
    if what == "outer":
        code = sale.batch.code(0, Role.OUTER)
    elif what == "beyond the end":
        code = sale.batch.code(sale.batch.size)
    elif what in {"suspended", "recalled"}:
        await activation.change_range(sale.batch.id, first=0, stop=None, state=what, reason="", by=BY)  # type: ignore[arg-type]

    judged = await scan(agent_id, with_a_symbol_wrong(code))

    assert isinstance(judged, CheckFailed)
    assert (judged.facts, judged.detail) == ({}, "")


def test_a_code_that_was_read_upside_down_is_turned_back() -> None:
    chance = random.Random(7)
    texts = ("".join(chance.choices("01689HMNSWXZ", k=16)) for _ in range(10_000))
    read = next(text for text in texts if not checks(text) and checks(turned(text)))

    assert turned(read) in candidates([read])
    assert turned(turned(read)) == read


def turned(text: str) -> str:
    return text.translate(str.maketrans("69MW", "96WM"))[::-1]


async def test_misspelled_and_right_codes_of_one_queue_each_get_their_own_answer(sale: Sale) -> None:
    agent_id = await an_agent()
    codes = sale.batch.codes(4)

    judged = await claimed(
        asks(agent_id, codes[0]),
        asks(agent_id, with_a_symbol_wrong(codes[1])),
        asks(agent_id, far_from_any(sale.batch)),
        asks(agent_id, with_neighbours_swapped(codes[2])),
        asks(agent_id, with_a_symbol_wrong(codes[2])),
        asks(agent_id, codes[3]),
    )

    assert list(map(said, judged)) == [
        "new accepted",
        "new accepted",
        "check_failed",
        "new accepted",
        "already_yours accepted",
        "new accepted",
    ]
    assert await fetch_value("SELECT max(failures) FROM guess") == 1


async def test_a_misspelled_request_that_comes_again_gets_the_same_answer_and_is_no_second_guess(sale: Sale) -> None:
    agent_id = await an_agent()
    repaired = asks(agent_id, with_a_symbol_wrong(sale.batch.code(0)), key=b"repaired")
    wrong = asks(agent_id, far_from_any(sale.batch), key=b"wrong")
    [first, _] = await claimed(repaired, wrong)

    [again, refused, in_one_batch, _] = await claimed(repaired, wrong, repaired, wrong)

    assert said(again) == said(in_one_batch) == "replayed accepted"
    assert verdict_of(again).scan == verdict_of(first).scan
    assert verdict_of(again).read_as == verdict_of(in_one_batch).read_as == sale.batch.code(0)
    assert said(refused) == "check_failed"
    assert await fetch_value("SELECT max(failures) FROM guess") == 1


async def test_the_same_key_with_another_misspelled_code_is_refused(sale: Sale) -> None:
    agent_id = await an_agent()
    await claimed(asks(agent_id, far_from_any(sale.batch), key=b"key"))
    await claimed(asks(agent_id, sale.batch.code(0), key=b"other key"))

    [one] = await claimed(asks(agent_id, with_a_symbol_wrong(sale.batch.code(1)), key=b"key"))
    [other] = await claimed(asks(agent_id, with_a_symbol_wrong(sale.batch.code(1)), key=b"other key"))

    assert {said(one), said(other)} == {"idempotency_mismatch"}


@pytest.mark.parametrize(("found", "meant"), [([], None), (["one"], "one"), (["one", "other"], None)])
def test_where_two_codes_can_be_meant_neither_is(found: list[str], meant: str | None) -> None:
    assert the_only(found) == meant


async def test_every_slip_in_many_codes_is_repaired_into_the_code_that_was_meant(sale: Sale) -> None:
    chance = random.Random(6)
    agent_id, ring = await an_agent(), Keyring()
    meant = [sale.batch.code(chance.randrange(20)) for _ in range(CASES)]
    typed = [chance.choice([with_a_random_symbol, with_neighbours_swapped])(code) for code in meant]

    judged = await claimed(*(asks(agent_id, text) for text in typed), ring=ring)

    assert [verdict_of(one).read_as for one in judged] == meant


def with_a_random_symbol(code: str) -> str:
    return with_a_symbol_wrong(code, random.Random(code).randrange(16))


@given(st.text(ALPHABET, min_size=16, max_size=16))
def test_candidates_are_few_and_each_of_them_checks(text: str) -> None:
    found = candidates(spellings(text)) if not checks(text) else ()

    assert len(found) == len(set(found)) <= 32
    assert all(checks(candidate) for candidate in found)
