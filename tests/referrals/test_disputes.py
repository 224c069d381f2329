import asyncio
from uuid import UUID

import pytest

from core.db import execute, fetch_value
from core.ids import uuid7
from core.refusals import NotFound
from referrals import disputes, journal
from referrals.disputes import OPEN_MAX, Dispute, DisputeAnswered, DisputeOpen, TooManyDisputes, Verdict
from tests.programs.stored import a_program
from tests.referrals.people import count, enrolled, scanned, told

pytestmark = pytest.mark.usefixtures("database")

BY = "key:moderator"


async def appeal(agent_id: UUID, *, activity_id: UUID | None = None, about: str = "code:1") -> Dispute:
    about = about if activity_id is None else f"activity:{activity_id}"
    return await disputes.appeal(
        agent_id, activity_id=activity_id, about=about, words="Код с моей коробки", answer_days=14
    )


async def a_millisecond() -> None:
    """Ids of one millisecond have no order."""
    await asyncio.sleep(0.002)


async def test_an_appeal_has_a_clock_from_the_first_second() -> None:
    person = await enrolled()
    activity_id = await scanned(person.agent_id, await a_program())

    opened = await appeal(person.agent_id, activity_id=activity_id)

    assert (opened.answer_by - opened.opened_at).days == 14
    assert (opened.state, opened.activity_id, opened.alias) == ("open", activity_id, person.caller.alias)
    assert await told(person.agent_id) == ["dispute_opened"]


async def test_the_same_is_appealed_once_while_it_is_open() -> None:
    person = await enrolled()
    opened = await appeal(person.agent_id)

    with pytest.raises(DisputeOpen) as refused:
        await appeal(person.agent_id)

    assert refused.value.facts["dispute_id"] == opened.id
    assert await count("dispute") == 1


async def test_the_same_is_appealed_once_however_often_it_is_tapped() -> None:
    person, refused = await enrolled(), 0

    async def tap() -> None:
        nonlocal refused
        try:
            await appeal(person.agent_id)
        except DisputeOpen:
            refused += 1

    await asyncio.gather(*(tap() for _ in range(30)))

    assert refused == 29
    assert await told(person.agent_id) == ["dispute_opened"]


async def test_after_an_answer_it_may_be_appealed_again() -> None:
    person = await enrolled()
    first = await appeal(person.agent_id)
    await disputes.answer(first.id, verdict=Verdict.rejected, words="Код уже заявлен", by=BY)

    second = await appeal(person.agent_id)

    assert second.id != first.id


async def test_two_agents_appeal_about_the_same_code() -> None:
    await appeal((await enrolled()).agent_id)
    await appeal((await enrolled()).agent_id)

    assert await count("dispute") == 2


async def test_another_agents_activity_is_not_there_to_appeal_about() -> None:
    person, stranger = await enrolled(), await enrolled()
    activity_id = await scanned(person.agent_id, await a_program())

    with pytest.raises(NotFound):
        await appeal(stranger.agent_id, activity_id=activity_id)


async def test_appeals_without_end_wait_for_their_answers() -> None:
    person = await enrolled()
    for number in range(OPEN_MAX):
        await appeal(person.agent_id, about=f"code:{number}")

    with pytest.raises(TooManyDisputes):
        await appeal(person.agent_id, about="code:one more")


@pytest.mark.parametrize("verdict", Verdict)
async def test_the_agent_reads_the_answer_in_his_journal(verdict: Verdict) -> None:
    person = await enrolled()
    activity_id = await scanned(person.agent_id, await a_program())
    opened = await appeal(person.agent_id, activity_id=activity_id)

    answered = await disputes.answer(opened.id, verdict=verdict, words="Проверили", by=BY)

    newest = (await journal.page(person.agent_id, before=None, limit=1))[0]
    assert (answered.state, answered.answer) == (verdict.value, "Проверили")
    assert (newest.kind, newest.activity_id, newest.facts["answer"]) == (f"dispute_{verdict}", activity_id, "Проверили")
    assert await fetch_value("SELECT who FROM audit_entry WHERE action = 'dispute.answer'") == BY


async def test_an_appeal_is_answered_once_however_many_answer_it() -> None:
    opened, refused = await appeal((await enrolled()).agent_id), 0

    async def answer(words: str) -> None:
        nonlocal refused
        try:
            await disputes.answer(opened.id, verdict=Verdict.upheld, words=words, by=BY)
        except DisputeAnswered:
            refused += 1

    await asyncio.gather(*(answer(str(number)) for number in range(10)))

    assert refused == 9


async def test_a_moderator_of_one_program_sees_its_appeals_alone() -> None:
    person, ours, theirs = await enrolled(), await a_program(), await a_program()
    about_ours = await appeal(person.agent_id, activity_id=await scanned(person.agent_id, ours))
    about_theirs = await appeal(person.agent_id, activity_id=await scanned(person.agent_id, theirs))
    await appeal(person.agent_id)

    seen = await disputes.waiting(overdue=False, program_id=ours, limit=10)

    assert [dispute.id for dispute in seen] == [about_ours.id]
    with pytest.raises(NotFound):
        await disputes.answer(about_theirs.id, verdict=Verdict.upheld, words="", by=BY, program_id=ours)


async def test_what_is_overdue_is_listed_apart() -> None:
    person = await enrolled()
    late = await appeal(person.agent_id, about="code:late")
    await execute("UPDATE dispute SET answer_by = now() - interval '1 second'")
    await a_millisecond()
    in_time = await appeal(person.agent_id, about="code:in time")

    assert [one.id for one in await disputes.waiting(overdue=True, limit=10)] == [late.id]
    assert [one.id for one in await disputes.waiting(overdue=False, limit=10)] == [late.id, in_time.id]
    assert [one.id for one in await disputes.waiting(overdue=False, after=late.id, limit=10)] == [in_time.id]


async def test_an_agent_sees_his_own_appeals_the_newest_first() -> None:
    person = await enrolled()
    first = await appeal(person.agent_id, about="code:1")
    await a_millisecond()
    second = await appeal(person.agent_id, about="code:2")
    await appeal((await enrolled()).agent_id)

    listed = await disputes.of_agent(person.agent_id, before=None, limit=10)
    earlier = await disputes.of_agent(person.agent_id, before=second.id, limit=10)

    assert [dispute.id for dispute in listed] == [second.id, first.id]
    assert [dispute.id for dispute in earlier] == [first.id]


async def test_an_appeal_that_is_not_there_has_no_answer() -> None:
    with pytest.raises(NotFound):
        await disputes.answer(uuid7(), verdict=Verdict.upheld, words="", by=BY)


async def test_appeals_and_answers_at_once_never_wait_in_a_circle() -> None:
    person = await enrolled()

    async def answer_all() -> None:
        for dispute in await disputes.of_agent(person.agent_id, before=None, limit=10):
            await disputes.answer(dispute.id, verdict=Verdict.upheld, words="", by=BY)

    outcomes = await asyncio.gather(
        *(one for _ in range(10) for one in (appeal(person.agent_id), answer_all())), return_exceptions=True
    )

    assert {type(outcome) for outcome in outcomes} <= {Dispute, DisputeOpen, DisputeAnswered, type(None)}
