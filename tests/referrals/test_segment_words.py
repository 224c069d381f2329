import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from core.db import execute, fetch_value
from core.limits import RateLimited
from core.refusals import DomainError
from referrals import segment_words, segments
from referrals.segment_words import MadeWord, NewWord, SegmentWordRefused, WordOver
from referrals.segments import Membership
from tests.packs import an_agent, some_agents
from tests.programs.stored import BY, a_program

pytestmark = pytest.mark.usefixtures("database")


async def a_word(program_id: UUID, *, uses_max: int = 10) -> MadeWord:
    ends_at = datetime.now(UTC) + timedelta(days=1)
    return await segment_words.make(program_id, "installers", NewWord(ends_at, uses_max), by=BY)


async def join(agent_id: UUID, text: str, *, most: int = 20) -> Membership:
    return await segment_words.join(agent_id, text, guessers=((agent_id.bytes, most), (uuid4().bytes, 200)))


async def tried(agent_id: UUID, text: str) -> str:
    """What an agent is told: the group, or the refusal's slug."""
    try:
        return (await join(agent_id, text)).segment
    except DomainError as refusal:
        return refusal.slug


async def test_an_agent_joins_by_a_word_however_it_is_typed_and_once() -> None:
    agent_id, program_id = await an_agent(), await a_program()
    made = await a_word(program_id)

    joined = await join(agent_id, made.word)
    again = await join(agent_id, made.word.lower().replace("-", " "))

    [word] = await segment_words.words(program_id)
    [member] = await segments.members(program_id, "installers")
    assert (joined.program_id, joined.segment, again) == (program_id, "installers", joined)
    assert (member.agent_id, member.added_by, word.uses) == (agent_id, f"word:{made.id}", 1)


async def test_of_thirty_at_once_as_many_join_as_there_is_room_for() -> None:
    program_id, agents = await a_program(), await some_agents(30)
    made = await a_word(program_id, uses_max=7)

    told = await asyncio.gather(*(tried(agent_id, made.word) for agent_id in agents))

    assert sorted(told) == ["installers"] * 7 + ["segment_word_refused"] * 23
    assert len(await segments.members(program_id, "installers")) == 7


async def test_one_agent_thirty_times_at_once_uses_a_word_once() -> None:
    program_id, agent_id = await a_program(), await an_agent()
    made = await a_word(program_id, uses_max=2)

    told = await asyncio.gather(*(join(agent_id, made.word, most=100) for _ in range(30)))

    [word] = await segment_words.words(program_id)
    assert ({one.segment for one in told}, word.uses) == ({"installers"}, 1)


async def test_a_word_that_is_over_stopped_or_unknown_is_refused_alike() -> None:
    program_id, agent_id = await a_program(), await an_agent()
    stopped, over = await a_word(program_id), await a_word(program_id)
    await segment_words.stop(program_id, stopped.id, by=BY)
    await execute("UPDATE segment_word SET ends_at = now() WHERE id = $1", over.id)

    told = [await tried(agent_id, text) for text in (stopped.word, over.word, "22222-22222")]

    assert told == ["segment_word_refused"] * 3


async def test_no_word_lets_in_again_whom_the_maker_has_taken_out() -> None:
    program_id, agent_id = await a_program(), await an_agent()
    made = await a_word(program_id)
    await join(agent_id, made.word)
    await segments.take_out(program_id, "installers", agent_id, by=BY)

    with pytest.raises(SegmentWordRefused):
        await join(agent_id, made.word)


async def test_wrong_words_are_guesses_and_right_ones_are_not() -> None:
    program_id, agent_id = await a_program(), await an_agent()
    made = await a_word(program_id)

    await join(agent_id, made.word, most=2)
    for _ in range(2):
        with pytest.raises(SegmentWordRefused):
            await join(agent_id, "22222-22222", most=2)
    with pytest.raises(RateLimited):
        await join(agent_id, made.word, most=2)

    assert await fetch_value("SELECT failures FROM guess WHERE subject = $1", agent_id.bytes) == 2


async def test_a_word_that_would_be_over_is_not_made() -> None:
    program_id = await a_program()

    with pytest.raises(WordOver):
        await segment_words.make(program_id, "installers", NewWord(datetime(2020, 1, 1, tzinfo=UTC), 1), by=BY)


async def test_the_text_of_a_word_is_not_kept() -> None:
    program_id = await a_program()
    made = await a_word(program_id)

    kept = await fetch_value("SELECT string_agg(w::text, '') FROM segment_word w")

    assert made.word not in kept
    assert made.word.replace("-", "") not in kept
