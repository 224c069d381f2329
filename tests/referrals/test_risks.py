import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.db import execute, fetch_value, transaction
from core.refusals import NotFound
from referrals import risks
from referrals.risk_decisions import Decision, RiskDecided, decide
from referrals.risks import QUIET_DAYS, RiskEvent, RiskKind, RiskState, Suspicion

BY = "key:test"


@pytest.fixture(autouse=True)
async def _(proven: None) -> None:
    pass


async def recorded(subject: str = "batch:1", kind: RiskKind = RiskKind.duplicate_codes, **details: Any) -> UUID | None:
    async with transaction() as now:
        return await risks.record(kind=kind, subject=subject, facts=details.pop("facts", {}), now=now, **details)


async def opened(subject: str = "batch:1", **details: Any) -> UUID:
    risk_id = await recorded(subject, **details)
    assert risk_id is not None
    return risk_id


async def listed(state: RiskState = RiskState.open, **which: Any) -> list[RiskEvent]:
    return await risks.page(state=state, limit=100, **which)


async def test_the_same_suspicion_is_one_event_that_counts_up_and_keeps_the_latest_facts() -> None:
    first = await opened(facts={"contested": 10})

    again = await recorded(facts={"contested": 12})

    [event] = await listed()
    assert first == again == event.id
    assert (event.times, event.facts) == (2, {"contested": 12})
    assert event.last_at > event.at


async def test_thirty_who_suspect_the_same_at_once_open_one_event() -> None:
    found = await asyncio.gather(*(recorded() for _ in range(30)))

    [event] = await listed()
    assert set(found) == {event.id}
    assert event.times == 30


async def test_many_are_recorded_together_in_their_order() -> None:
    subjects = ["batch:2", "batch:1", "batch:3"]

    async with transaction() as now:
        suspicions = [Suspicion(kind=RiskKind.leaked_codes, subject=subject, facts={}) for subject in subjects]
        found = await risks.record_all(suspicions, now=now)

    by_id = {event.id: event.subject for event in await listed()}
    assert [by_id[risk_id] for risk_id in found if risk_id] == subjects


async def test_what_was_cleared_is_quiet_for_some_days_and_then_suspected_anew() -> None:
    risk_id = await opened()
    await decide(risk_id, decision=Decision.clear, note="Печать проверена", by=BY)

    assert await recorded() is None
    assert await listed() == []

    await execute("UPDATE risk_event SET decided_at = decided_at - make_interval(days => $1)", QUIET_DAYS)
    assert await recorded() not in (None, risk_id)


async def test_what_was_confirmed_is_suspected_anew_at_once() -> None:
    risk_id = await opened()
    await decide(risk_id, decision=Decision.confirm, note="Двойная печать", by=BY)

    assert await recorded() not in (None, risk_id)


async def test_a_person_decides_once_and_his_words_stay() -> None:
    risk_id = await opened()

    done = await asyncio.gather(
        *(decide(risk_id, decision=Decision.clear, note=f"Взгляд {turn}", by=BY) for turn in range(30)),
        return_exceptions=True,
    )

    [decided] = [one for one in done if isinstance(one, RiskEvent)]
    assert {type(one) for one in done} == {RiskEvent, RiskDecided}
    [event] = await listed(RiskState.cleared)
    assert event == decided
    assert (event.decided_by, event.note) == (BY, decided.note)
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'risk.clear'") == 1


async def test_events_are_found_by_state_kind_and_program_page_by_page() -> None:
    program_id = uuid4()
    ours = sorted([await opened(f"batch:{turn}", program_id=program_id) for turn in range(3)])
    other = await opened("agent:1", kind=RiskKind.agent_pace)

    assert [event.id for event in await listed(program_id=program_id)] == ours
    assert [event.id for event in await listed(kinds=[RiskKind.agent_pace])] == [other]
    everything = [event.id for event in await listed()]
    assert everything == sorted([*ours, other])
    assert [event.id for event in await listed(after=everything[1])] == everything[2:]
    assert await risks.open_by_kind() == {"duplicate_codes": 3, "agent_pace": 1}


async def test_another_program_finds_no_event_of_ours() -> None:
    risk_id = await opened(program_id=uuid4())

    with pytest.raises(NotFound):
        await risks.find(risk_id, program_id=uuid4())
    with pytest.raises(NotFound):
        await decide(risk_id, decision=Decision.clear, note="", by=BY, program_id=uuid4())

    assert (await risks.find(risk_id)).state is RiskState.open
