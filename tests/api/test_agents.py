from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from api import callers
from core.db import execute, fetch_value
from core.limits import HourlyLimit
from core.settings import Settings
from core.tokens import well_formed
from tests.api.conftest import ORIGIN
from tests.api.phoning import Installer, refusal
from tests.phones import Phone
from tests.referrals.people import count, give


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    return await Installer(http, settings.origin).enrol()


async def test_one_tap_gives_an_alias_and_a_token(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/agents", json={"public_key": Phone().jwk})

    enrolled = answer.json()
    assert answer.status_code == 201
    assert well_formed(enrolled["token"], "npa")
    assert enrolled["alias"].split()[-1] == enrolled["alias_en"].split()[-1]
    assert enrolled["epoch"] == str(await fetch_value("SELECT epoch FROM epoch"))
    assert answer.headers["cache-control"] == "no-store"


async def test_a_tap_that_is_repeated_is_one_agent_with_one_token(http: httpx.AsyncClient) -> None:
    body, headers = {"public_key": Phone().jwk}, {"Idempotency-Key": "tap"}

    first = await http.post("/v1/agents", json=body, headers=headers)
    second = await http.post("/v1/agents", json=body, headers=headers)

    assert second.content == first.content
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await count("agent") == 1


async def test_the_kept_answer_does_not_hold_the_token(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/agents", json={"public_key": Phone().jwk}, headers={"Idempotency-Key": "tap"})

    kept = await fetch_value("SELECT encode(body, 'escape') FROM answer")
    assert answer.json()["token"] not in kept
    assert answer.json()["alias_en"] not in kept


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({}, 400, "invalid_request"),
        ({"public_key": Phone().key.as_dict(private=True)}, 400, "invalid_request"),
        ({"public_key": Phone().jwk | {"x": "A" * 43}}, 422, "key_refused"),
        ({"public_key": Phone().jwk, "agent_id": "x", "balance": 5}, 400, "invalid_request"),
        ({"public_key": Phone().jwk, "device_name": "a\u0000b"}, 400, "invalid_request"),
        ({"public_key": Phone().jwk, "device_name": 5}, 400, "invalid_request"),
    ],
)
async def test_what_is_no_enrolment_makes_no_agent(
    http: httpx.AsyncClient, body: object, status: int, slug: str
) -> None:
    answer = await http.post("/v1/agents", json=body)

    assert refusal(answer) == (status, slug)
    assert await count("agent") == 0


async def test_a_key_enrols_once(http: httpx.AsyncClient, settings: Settings) -> None:
    installer = await Installer(http, settings.origin).enrol()

    again = await http.post("/v1/agents", json={"public_key": installer.phone.jwk})

    assert refusal(again) == (409, "device_known")


async def test_an_agent_sees_who_he_is(installer: Installer) -> None:
    me = await installer.read("/v1/agents/me")

    assert (me["agent_id"], me["alias"]) == (str(installer.agent_id), installer.alias)


async def test_an_export_is_a_document_to_keep(installer: Installer) -> None:
    await give(installer.agent_id, 500)

    answer = await installer.call("GET", "/v1/agents/me/export")

    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["balances"][0]["available_minor"] == 500


async def test_a_token_alone_does_not_close_an_account(installer: Installer) -> None:
    answer = await installer.call("DELETE", "/v1/agents/me")

    assert refusal(answer) == (401, "proof_required")


async def test_a_closed_account_answers_nobody(installer: Installer) -> None:
    closed = await installer.prove("DELETE", "/v1/agents/me")
    callers.forget()
    after = await installer.call("GET", "/v1/wallet")

    assert closed.status_code == 200
    assert after.status_code == 401
    assert await fetch_value("SELECT alias_en FROM agent") == "Former member"


async def test_money_keeps_an_account_open_until_it_is_given_up(installer: Installer) -> None:
    await give(installer.agent_id, 500)

    refused = await installer.prove("DELETE", "/v1/agents/me")
    closed = await installer.prove("DELETE", "/v1/agents/me?forfeit=true")

    assert refusal(refused) == (409, "money_left")
    assert refused.json()["facts"]["balances"][0]["available_minor"] == 500
    assert closed.status_code == 200


async def test_no_route_of_an_agents_shows_anothers(installer: Installer, http: httpx.AsyncClient) -> None:
    other = await Installer(http, installer.origin).enrol()
    await give(other.agent_id, 500)
    await execute("UPDATE agent SET alias = 'Чужой' WHERE id = $1", other.agent_id)

    shown = [
        (await installer.call("GET", path)).text
        for path in ("/v1/agents/me", "/v1/agents/me/export", "/v1/wallet", "/v1/devices", "/v1/journal")
    ]

    assert all(str(other.agent_id) not in text and "Чужой" not in text for text in shown)


@pytest.fixture
async def three_an_hour(app: Litestar, settings: Settings) -> AsyncIterator[None]:
    """A network may enrol three agents an hour."""
    usual = app.state.process.enrolments
    app.state.process.enrolments = HourlyLimit(settings.redis_url, name=f"enrol {uuid4()}", most=3)
    yield
    app.state.process.enrolments = usual


@pytest.mark.usefixtures("three_an_hour")
async def test_a_network_enrols_so_many_an_hour(http: httpx.AsyncClient) -> None:
    answers = [
        await http.post("/v1/agents", json={"public_key": Phone().jwk}, headers={"X-Forwarded-For": f"198.51.100.{n}"})
        for n in range(5)
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 201, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert await count("agent") == 3


async def test_a_site_enrols_so_many_an_hour_from_however_many_networks(
    app: Litestar, database: None, settings: Settings
) -> None:
    usual = app.state.process.site_enrolments
    app.state.process.site_enrolments = HourlyLimit(settings.redis_url, name=f"site {uuid4()}", most=3)

    async def enrolled(address: str) -> int:
        transport = httpx.ASGITransport(app=app, client=(address, 4711))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as phone:
            return (await phone.post("/v1/agents", json={"public_key": Phone().jwk})).status_code

    of_one_site = [await enrolled(f"2001:db8:7:{n}::1") for n in range(5)]
    elsewhere = await enrolled("2001:db8:8::1")
    app.state.process.site_enrolments = usual

    assert (of_one_site, elsewhere) == ([201, 201, 201, 429, 429], 201)


@pytest.mark.usefixtures("three_an_hour")
async def test_a_repeated_tap_costs_no_second_try(http: httpx.AsyncClient) -> None:
    body, headers = {"public_key": Phone().jwk}, {"Idempotency-Key": "tap"}

    answers = [await http.post("/v1/agents", json=body, headers=headers) for _ in range(6)]

    assert {answer.status_code for answer in answers} == {201}
