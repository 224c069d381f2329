import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec
import pytest

from core import outbox
from core.db import transaction
from core.ids import uuid7
from referrals import journal
from referrals.journal import Entry, JournalKind
from tests.referrals.people import count, enrolled, told

pytestmark = pytest.mark.usefixtures("database")


def entries(agent_ids: Sequence[UUID]) -> list[Entry]:
    return [Entry(agent_id=agent_id, kind=JournalKind.held, activity_id=uuid7()) for agent_id in agent_ids]


async def write(*agent_ids: UUID) -> None:
    async with transaction() as now:
        await journal.write(entries(agent_ids), at=now)


async def ids(agent_id: UUID) -> list[int]:
    return [told.id for told in await journal.after(agent_id, 0, limit=1000)]


async def test_what_is_written_is_read_again_with_its_facts() -> None:
    person, activity_id = await enrolled(), uuid7()
    async with transaction() as now:
        entry = Entry(
            agent_id=person.agent_id, kind=JournalKind.denied, activity_id=activity_id, facts={"reason": "expired"}
        )
        await journal.write([entry], at=now)

    page = await journal.page(person.agent_id, before=None, limit=10)

    assert [msgspec.structs.astuple(told)[1:] for told in page] == [
        (JournalKind.denied, now, activity_id, {"reason": "expired"})
    ]


async def test_one_piece_of_news_tells_of_all_that_was_written_at_once() -> None:
    one, other = (await enrolled()).agent_id, (await enrolled()).agent_id

    await write(one, other, one)

    async with transaction():
        news = await outbox.take(10)
    assert [(item.topic, item.payload) for item in news] == [
        (
            "journal",
            [[str(one), (await ids(one))[0]], [str(other), (await ids(other))[0]], [str(one), (await ids(one))[1]]],
        )
    ]


async def test_nothing_written_is_no_news() -> None:
    await write()

    assert await count("outbox") == 0


async def test_what_was_rolled_back_was_never_told() -> None:
    person = await enrolled()

    with pytest.raises(ZeroDivisionError):
        await _write_and_fail(person.agent_id)

    assert await told(person.agent_id) == []
    assert await count("outbox") == 0


async def _write_and_fail(agent_id: UUID) -> None:
    async with transaction() as now:
        await journal.write(entries([agent_id]), at=now)
        raise ZeroDivisionError


async def test_pages_go_back_without_a_gap() -> None:
    person = await enrolled()
    for _ in range(7):
        await write(person.agent_id)

    first = await journal.page(person.agent_id, before=None, limit=3)
    second = await journal.page(person.agent_id, before=first[-1].id, limit=3)
    third = await journal.page(person.agent_id, before=second[-1].id, limit=3)

    assert [told.id for told in first + second + third] == list(reversed(await ids(person.agent_id)))


async def test_a_phone_goes_on_where_it_stopped() -> None:
    person = await enrolled()
    for _ in range(4):
        await write(person.agent_id)
    seen = (await ids(person.agent_id))[1]

    missed = await journal.after(person.agent_id, seen, limit=10)

    assert [told.id for told in missed] == (await ids(person.agent_id))[2:]
    assert await journal.last_id(person.agent_id) == missed[-1].id


async def test_another_agents_journal_is_not_shown() -> None:
    person, other = await enrolled(), await enrolled()

    await write(other.agent_id)

    assert await journal.page(person.agent_id, before=None, limit=10) == []
    assert await journal.last_id(person.agent_id) == 0


async def test_a_higher_id_is_never_seen_before_a_lower_one_of_the_same_agent() -> None:
    person = await enrolled()
    wrote, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with transaction() as now:
            await journal.write(entries([person.agent_id]), at=now)
            wrote.set()
            await may_end.wait()

    first = asyncio.create_task(slow())
    await wrote.wait()
    second = asyncio.create_task(write(person.agent_id))
    await asyncio.sleep(0.2)
    seen_meanwhile = await ids(person.agent_id)
    may_end.set()
    await asyncio.gather(first, second)

    assert seen_meanwhile == []
    assert len(await ids(person.agent_id)) == 2


async def test_agents_written_in_any_order_never_wait_for_each_other_in_a_circle() -> None:
    people = [(await enrolled()).agent_id for _ in range(5)]

    await asyncio.gather(*(write(*people) if turn % 2 else write(*reversed(people)) for turn in range(20)))

    assert {len(await ids(agent_id)) for agent_id in people} == {20}
