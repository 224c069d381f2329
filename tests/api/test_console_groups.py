"""The console's groups: who looks sees which of them pay nobody, and a word is shown once."""

import re
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from programs.rules import Eligibility
from programs.snapshot import current_snapshot
from referrals import segment_words, segments
from tests.api.staffing import Person, logged_in
from tests.packs import an_agent
from tests.programs.stored import BY, a_campaign, a_program

WORD = re.compile(r"[2-9A-Z]{5}-[2-9A-Z]{5}")
GROUPS = "/staff/console/groups"
FAR = datetime(2099, 1, 1, tzinfo=UTC)
NEW = {"segment": "installers", "last_day": "2099-12-31", "uses_max": "3"}


@pytest.fixture
async def program_id(http: httpx.AsyncClient) -> UUID:
    return await a_program()


@pytest.fixture
async def marketer(http: httpx.AsyncClient, program_id: UUID) -> Person:
    return await logged_in(http, "marketer", program_id=program_id)


async def test_a_group_stands_there_with_its_size_and_one_that_pays_nobody_stands_out(
    program_id: UUID, marketer: Person
) -> None:
    for_both = Eligibility(segments=frozenset({"installers", "novices"}))
    await a_campaign(program_id, eligibility=for_both)
    await segments.put_in(program_id, "installers", [await an_agent()], by=BY)
    await current_snapshot(age_seconds_max=0)

    seen = (await marketer.see(GROUPS)).text

    assert re.search(r"installers.*?<div>1</div>.*novices.*никому не платит", seen, re.DOTALL)


async def test_a_word_is_shown_once_lets_an_agent_in_and_is_stopped(program_id: UUID, marketer: Person) -> None:
    agent_id = await an_agent()

    made = await marketer.send(f"{GROUPS}/words", **NEW)
    [word] = WORD.findall(made.text)
    await segment_words.join(agent_id, word, guessers=())
    listed = (await marketer.see(GROUPS)).text
    [kept] = await segment_words.words(program_id)
    stopped = await marketer.send(f"{GROUPS}/words/{kept.id}/stop")

    assert (made.status_code, stopped.status_code) == (201, 303)
    assert WORD.findall(listed) == []
    assert "1 из 3" in listed
    assert "не действует" in (await marketer.see(GROUPS)).text


async def test_whoever_only_reads_makes_no_word(http: httpx.AsyncClient, program_id: UUID) -> None:
    auditor = await logged_in(http, "auditor", program_id=program_id)

    answer = await auditor.send(f"{GROUPS}/words", **NEW)

    assert answer.status_code == 403
    assert "last_day" not in (await auditor.see(GROUPS)).text
    assert await segment_words.words(program_id) == []


async def test_a_word_of_another_program_is_not_there(marketer: Person) -> None:
    theirs = await a_program()
    word = await segment_words.make(theirs, "installers", segment_words.NewWord(FAR, 1), by=BY)

    answer = await marketer.send(f"{GROUPS}/words/{word.id}/stop")

    assert answer.status_code == 404


async def test_a_day_that_is_over_is_refused_in_words(marketer: Person) -> None:
    answer = await marketer.send(f"{GROUPS}/words", **(NEW | {"last_day": "2020-01-01"}))

    assert answer.status_code == 422
    assert "Последний день слова уже прошёл" in answer.text
