from uuid import UUID

import pytest

from core.db import execute, transaction
from core.ids import uuid7
from referrals import journal, risks
from referrals.habits import (
    ENROLMENTS_HOUR,
    ENROLMENTS_TIMES,
    RETURNS,
    RETURNS_DAYS,
    judge_enrolments,
    judge_returns,
)
from referrals.journal import Entry, JournalKind
from referrals.risks import RiskEvent, RiskState
from tests.packs import some_agents


@pytest.fixture(autouse=True)
async def _(database: None) -> None:
    pass


async def suspected() -> list[RiskEvent]:
    await judge_returns()
    await judge_enrolments()
    return await risks.page(state=RiskState.open, limit=10)


async def told(agent_id: UUID, *, credited: int, clawed: int) -> None:
    kinds = [JournalKind.credited] * credited + [JournalKind.clawed_back] * clawed
    async with transaction() as now:
        await journal.write([Entry(agent_id=agent_id, kind=kind) for kind in kinds], at=now)


async def enrolled(count: int, *, hours_ago: int = 0) -> None:
    # A minute earlier than now at least: where many ids are made at once they run ahead of the clock.
    earlier_ms = hours_ago * 3_600_000 + 60_000
    ids = [UUID(int=uuid7().int - (earlier_ms << 80)) for _ in range(count)]
    await execute("INSERT INTO agent (id, alias, alias_en) SELECT id, 'Б', 'B' FROM unnest($1::uuid[]) AS id", ids)


async def test_whoever_earns_and_gives_back_again_and_again_is_suspected(database: None) -> None:
    storm, unlucky, busy = await some_agents(3)
    await told(storm, credited=RETURNS, clawed=RETURNS)
    await told(unlucky, credited=RETURNS, clawed=RETURNS - 1)
    await told(busy, credited=RETURNS * 6, clawed=RETURNS)

    [event] = await suspected()

    assert (event.kind, event.agent_id) == ("returns", storm)
    assert (event.facts["clawed"], event.facts["credited"]) == (RETURNS, RETURNS)


async def test_what_was_given_back_long_ago_is_forgiven() -> None:
    [agent_id] = await some_agents(1)
    await told(agent_id, credited=RETURNS, clawed=RETURNS)
    await execute("UPDATE journal_entry SET at = at - make_interval(days => $1)", RETURNS_DAYS)

    assert await suspected() == []


async def test_an_hour_with_far_more_new_agents_than_usual_is_suspected_once() -> None:
    await enrolled(ENROLMENTS_HOUR - 1)
    assert await suspected() == []

    await enrolled(1)
    await suspected()
    [event] = await suspected()

    assert (event.kind, event.subject, event.agent_id) == ("mass_enrolment", "installation", None)
    assert (event.facts["enrolled"], event.facts["usual"], event.times) == (ENROLMENTS_HOUR, 0, 2)


async def test_an_hour_like_any_other_is_not_suspected() -> None:
    await enrolled(7 * 24 * (ENROLMENTS_HOUR // ENROLMENTS_TIMES + 1), hours_ago=48)
    await enrolled(ENROLMENTS_HOUR)

    assert await suspected() == []
