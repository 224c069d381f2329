import pytest

from core.db import fetch
from core.ids import uuid7
from core.refusals import NotFound
from programs.installation import (
    NewProgram,
    ProgramChange,
    TimeZoneUnknown,
    create_program,
    find_program,
    name_owner,
    owner,
    programs,
    update_program,
)
from tests.programs.stored import BY, a_program


async def test_an_installation_has_one_owner(database: None) -> None:
    await name_owner("Тепло", by=BY)
    await name_owner("Тепло и Ко", by=BY)

    assert await owner() == "Тепло и Ко"


async def test_programs_are_found_and_listed(database: None) -> None:
    first = await create_program(NewProgram("Тепло", "Europe/Moscow"), by=BY)
    second = await create_program(NewProgram("Жылу", "Asia/Almaty", "KZT", "PTS", "KZ"), by=BY)

    assert await programs() == [first, second]
    assert await find_program(second.id) == second
    assert str(second.zone) == "Asia/Almaty"


async def test_a_program_can_be_renamed_and_nothing_else_of_it_moves(database: None) -> None:
    program_id = await a_program()
    before = await find_program(program_id)

    after = await update_program(program_id, ProgramChange(name="Тепло 2"), by=BY)

    assert after == await find_program(program_id)
    assert (after.name, after.jurisdiction, after.time_zone) == ("Тепло 2", before.jurisdiction, before.time_zone)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../../etc/passwd", "/etc/localtime", ""])
async def test_a_program_needs_a_time_zone_that_exists(database: None, zone: str) -> None:
    with pytest.raises(TimeZoneUnknown):
        await create_program(NewProgram("Тепло", zone), by=BY)


async def test_a_program_that_is_not_there_is_not_found(database: None) -> None:
    with pytest.raises(NotFound):
        await update_program(uuid7(), ProgramChange(name="x"), by=BY)


async def test_what_was_done_and_by_whom_is_written_down(database: None) -> None:
    program_id = await a_program()
    await update_program(program_id, ProgramChange(jurisdiction="KZ"), by=BY)

    entries = await fetch("SELECT who, action FROM audit_entry ORDER BY id")

    assert [tuple(entry) for entry in entries] == [(BY, "program.create"), (BY, "program.update")]
