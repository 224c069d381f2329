import httpx
import pytest

from codes.alphabet import check_symbol
from core.db import fetch_value
from core.settings import Settings
from receipts import reviews
from tests.api.phoning import Installer, refusal
from tests.api.staffing import logged_in
from tests.programs.stored import a_program
from tests.receipts.purchases import a_line, an_offer, document, handed_in
from tests.referrals.people import count, credited

CODE = "8WBJF619H3AR21V"


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    return await Installer(http, settings.origin).enrol()


async def test_an_agent_appeals_about_an_activity(installer: Installer) -> None:
    activity_id = await credited(installer.agent_id, await a_program())

    answer = await installer.call("POST", "/v1/disputes", {"activity_id": str(activity_id), "words": "Почему?"})

    opened = answer.json()
    assert (answer.status_code, opened["state"], opened["activity_id"]) == (201, "open", str(activity_id))
    assert opened["answer_by"] > opened["opened_at"]
    assert [one["id"] for one in (await installer.read("/v1/disputes"))["disputes"]] == [opened["id"]]


async def test_a_refused_code_is_appealed_about_and_not_written_down(installer: Installer) -> None:
    code = CODE + check_symbol(CODE)

    answer = await installer.call("POST", "/v1/disputes", {"code": code, "words": "С моей коробки"})
    respelled = await installer.call("POST", "/v1/disputes", {"code": code.lower(), "words": "Снова"})

    assert answer.status_code == 201
    assert refusal(respelled) == (409, "dispute_open")
    assert code not in str(await fetch_value("SELECT dispute::text FROM dispute"))


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({"words": "?"}, "appeal_about_one"),
        ({"words": "?", "code": CODE, "activity_id": "00000000-0000-7000-8000-000000000000"}, "appeal_about_one"),
        ({"words": "", "code": CODE}, "invalid_request"),
        ({"words": "?", "code": "нет"}, "malformed"),
        ({"words": "a\u0000", "code": CODE}, "invalid_request"),
    ],
)
async def test_an_appeal_is_about_one_thing_in_words(installer: Installer, body: object, slug: str) -> None:
    answer = await installer.call("POST", "/v1/disputes", body)

    assert refusal(answer) == (400, slug)
    assert await count("dispute") == 0


@pytest.mark.parametrize(("goods", "paid"), [("KT-24F", True), ("Хлеб", False)])
async def test_a_refused_receipt_is_appealed_about_and_lands_with_its_programs_moderators(
    installer: Installer, http: httpx.AsyncClient, goods: str, paid: object
) -> None:
    offer = await an_offer()
    taken = await handed_in(installer.agent_id, document=document(a_line(goods)))
    if not paid:
        await reviews.reject(taken.receipt_id, note="?", by="test")
    here = await logged_in(http, "moderator", program_id=offer.program_id)
    elsewhere = await logged_in(http, "moderator", program_id=await a_program(), login="pavel")
    body = {"receipt_id": str(taken.receipt_id), "words": "Это мой чек"}

    answer = await installer.call("POST", "/v1/disputes", body)
    again = await installer.call("POST", "/v1/disputes", body)
    stranger = await (await Installer(http, installer.origin).enrol()).call("POST", "/v1/disputes", body)

    assert (answer.status_code, answer.json()["activity_id"] is not None) == (201, paid)
    assert (refusal(again), refusal(stranger)) == ((409, "dispute_open"), (404, "not_found"))
    link = f'href="/staff/desk/{taken.receipt_id}"'
    assert link in (await here.see("/staff/desk/appeals")).text
    assert link not in (await elsewhere.see("/staff/desk/appeals")).text


async def test_another_agents_activity_is_not_there(installer: Installer, http: httpx.AsyncClient) -> None:
    activity_id = await credited(installer.agent_id, await a_program())
    stranger = await Installer(http, installer.origin).enrol()

    answer = await stranger.call("POST", "/v1/disputes", {"activity_id": str(activity_id), "words": "?"})

    assert refusal(answer) == (404, "not_found")
