import pytest

from core.db import transaction
from core.ids import uuid7
from core.refusals import NotFound
from programs.conditions import AllOf, SegmentIn
from programs.facts import ActivityKind
from programs.snapshot import current_snapshot
from referrals import agents, segments
from referrals.exports import export
from referrals.rehearsals import dry_run
from referrals.segments import Segment, segments_of
from referrals.standings import Owner
from tests.programs.stored import BY, a_campaign, a_program
from tests.referrals.people import count, credited, enrolled
from tests.wallets.test_ledger import statements

pytestmark = pytest.mark.usefixtures("database")

FOR_INSTALLERS = AllOf((SegmentIn(frozenset({"installers"})),))


async def test_agents_are_put_in_once_and_whoever_is_unknown_is_named() -> None:
    person, program_id, nobody = await enrolled(), await a_program(), uuid7()

    first = await segments.put_in(program_id, "installers", [person.agent_id, nobody], by=BY)
    again = await segments.put_in(program_id, "installers", [person.agent_id], by=BY)

    [member] = await segments.members(program_id, "installers")
    assert (first.added, first.unknown, again.added) == (1, [str(nobody)], 0)
    assert (member.agent_id, member.alias, member.added_by) == (person.agent_id, person.caller.alias, BY)
    assert await segments.segments(program_id) == [Segment("installers", 1, 0)]


async def test_who_was_taken_out_is_in_no_more_and_can_be_put_in_again() -> None:
    person, program_id = await enrolled(), await a_program()
    await segments.put_in(program_id, "installers", [person.agent_id], by=BY)

    await segments.take_out(program_id, "installers", person.agent_id, by=BY)
    left = await segments.members(program_id, "installers")
    with pytest.raises(NotFound):
        await segments.take_out(program_id, "installers", person.agent_id, by=BY)
    back = await segments.put_in(program_id, "installers", [person.agent_id], by=BY)

    assert (left, back.added) == ([], 1)


async def test_members_are_read_page_by_page() -> None:
    program_id = await a_program()
    people = sorted([(await enrolled()).agent_id for _ in range(3)])
    await segments.put_in(program_id, "installers", people, by=BY)

    first = await segments.members(program_id, "installers", limit=2)
    second = await segments.members(program_id, "installers", after=first[-1].agent_id, limit=2)

    assert [one.agent_id for one in [*first, *second]] == people


async def test_a_group_that_a_campaign_asks_for_is_listed_with_nobody_in_it() -> None:
    program_id = await a_program()
    await a_campaign(program_id, conditions=(FOR_INSTALLERS,))

    found = await segments.segments(program_id)

    assert found == [Segment("installers", 0, 1)]


async def test_where_no_campaign_looks_at_segments_the_database_is_not_asked() -> None:
    person, plain_id, asking_id = await enrolled(), await a_program(), await a_program()
    await a_campaign(asking_id, conditions=(FOR_INSTALLERS,))
    for program_id in (plain_id, asking_id):
        await segments.put_in(program_id, "installers", [person.agent_id], by=BY)
    plain, asking = Owner(person.agent_id, plain_id), Owner(person.agent_id, asking_id)
    snapshot = await current_snapshot(age_seconds_max=0)

    async with transaction():
        with statements() as seen:
            nothing = await segments_of([plain], snapshot)
        found = await segments_of([plain, asking], snapshot)

    assert (nothing, seen) == ({}, [])
    assert found == {asking: frozenset({"installers"})}


async def test_an_agent_sees_his_groups_and_takes_all_that_he_was_ever_in_along() -> None:
    person, program_id = await enrolled(), await a_program()
    for segment in ("installers", "novices"):
        await segments.put_in(program_id, segment, [person.agent_id], by=BY)
    await segments.take_out(program_id, "novices", person.agent_id, by=BY)

    profile = await agents.profile(person.caller)
    document = await export(person.agent_id)

    assert [one.segment for one in profile.segments] == ["installers"]
    assert [(one.segment, one.until is None) for one in document.segments] == [("installers", True), ("novices", False)]


async def test_closing_an_account_forgets_its_groups() -> None:
    person, program_id = await enrolled(), await a_program()
    await segments.put_in(program_id, "installers", [person.agent_id], by=BY)

    await agents.close(person.caller, forfeit=False)
    again = await segments.put_in(program_id, "installers", [person.agent_id], by=BY)

    assert (again.added, again.unknown) == (0, [str(person.agent_id)])
    assert await count("segment_member") == 0


async def test_a_dry_run_takes_the_groups_of_today() -> None:
    person, other, program_id = await enrolled(), await enrolled(), await a_program()
    campaign_id = await a_campaign(
        program_id, trigger=ActivityKind.CODE_SCANNED, asset="BON", conditions=(FOR_INSTALLERS,)
    )
    for one in (person, other):
        await credited(one.agent_id, program_id)
    await segments.put_in(program_id, "installers", [person.agent_id], by=BY)

    played = await dry_run(campaign_id, rules=None, budget_minor=None, activities_max=10)

    assert (played.result.activities, played.result.paid) == (2, 1)
