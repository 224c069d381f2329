"""The console where there is nothing yet: who may begins a program on the page, everybody else reads whom to ask."""

import httpx
import pytest

from core.db import fetch_value
from core.ids import uuid7
from programs import installation
from tests.api.staffing import Person, logged_in
from tests.programs.stored import a_program

PROGRAM = {
    "name": "Тепло",
    "time_zone": "Asia/Yekaterinburg",
    "currency": "RUB",
    "asset": "BON",
    "jurisdiction": "RU",
}


@pytest.fixture
async def owner(http: httpx.AsyncClient) -> Person:
    return await logged_in(http, "owner")


async def test_an_owner_without_a_program_begins_one_and_is_in_it(owner: Person) -> None:
    empty = await owner.see("/staff/console")
    begun = await owner.send("/staff/console/program", **PROGRAM, intent=str(uuid7()))
    page = await owner.see(begun.headers["location"])

    [program] = await installation.programs()
    assert (empty.status_code, 'action="/staff/console/program"' in empty.text) == (200, True)
    assert (program.name, program.time_zone, program.jurisdiction) == ("Тепло", "Asia/Yekaterinburg", "RU")
    assert (page.status_code, "Кампаний пока нет" in page.text) == (200, True)


async def test_a_program_s_form_that_is_sent_twice_begins_one(owner: Person) -> None:
    said = PROGRAM | {"intent": str(uuid7())}

    for _ in range(2):
        assert (await owner.send("/staff/console/program", **said)).status_code == 303

    assert len(await installation.programs()) == 1
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'program.create'") == 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Проверьте поля"),
        ({"currency": "рубль"}, "Проверьте поля"),
        ({"time_zone": "Mars/Olympus"}, "Такого часового пояса нет"),
    ],
)
async def test_what_cannot_be_a_program_is_said_and_what_was_typed_stays(
    owner: Person, wrong: dict[str, str], told: str
) -> None:
    answer = await owner.send("/staff/console/program", **(PROGRAM | wrong | {"intent": str(uuid7())}))

    assert (answer.status_code, told in answer.text, await installation.programs()) == (422, True, [])
    assert 'value="BON"' in answer.text


async def test_who_may_begin_none_reads_whom_to_ask(http: httpx.AsyncClient) -> None:
    finance = await logged_in(http, "finance")

    page = await finance.see("/staff/console")
    refused = await finance.send("/staff/console/program", **PROGRAM, intent=str(uuid7()))

    assert (page.status_code, "Её начинает владелец" in page.text, "<select" in page.text) == (200, True, False)
    assert refused.status_code == 403


async def test_whoever_is_confined_to_a_program_begins_no_other(http: httpx.AsyncClient) -> None:
    marketer = await logged_in(http, "marketer", program_id=await a_program())

    refused = await marketer.send("/staff/console/program", **PROGRAM, intent=str(uuid7()))

    assert (refused.status_code, len(await installation.programs())) == (404, 1)
