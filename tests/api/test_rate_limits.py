from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar

from core.limits import HourlyLimit
from core.settings import Settings
from tests.api.conftest import ORIGIN
from tests.api.phoning import Installer
from tests.phones import Phone
from tests.story.test_secrets import wrong_code


@pytest.fixture
async def two_an_hour(app: Litestar, settings: Settings) -> AsyncIterator[str]:
    """A network may enrol two agents an hour; the limit's name."""
    usual, name = app.state.process.enrolments, f"enrol-{uuid4().hex}"
    app.state.process.enrolments = HourlyLimit(settings.redis_url, name=name, most=2)
    yield name
    app.state.process.enrolments = usual


async def enrol(http: httpx.AsyncClient, key: str | None = None) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return await http.post("/v1/agents", json={"public_key": Phone().jwk}, headers=headers)


async def test_a_limited_route_tells_what_is_left_and_when_it_is_whole_again(
    http: httpx.AsyncClient, two_an_hour: str
) -> None:
    first, second, refused = [await enrol(http) for _ in range(3)]

    assert {one.headers["RateLimit-Policy"] for one in (first, second, refused)} == {f'"{two_an_hour}";q=2;w=3600'}
    assert first.headers["RateLimit"] == f'"{two_an_hour}";r=1;t=1800'
    assert [one.headers["RateLimit"].split(";")[1] for one in (second, refused)] == ["r=0", "r=0"]
    assert refused.status_code == 429
    assert 1_790 <= int(refused.headers["Retry-After"]) <= 1_800
    assert int(refused.headers["RateLimit"].rpartition("=")[2]) >= int(refused.headers["Retry-After"])


@pytest.mark.usefixtures("two_an_hour")
@pytest.mark.parametrize("path", ["/v1/device-links", "/v1/agents"])
async def test_every_route_of_the_limit_spends_from_it(http: httpx.AsyncClient, path: str) -> None:
    await enrol(http)

    answer = await http.post(path, json={"public_key": Phone().jwk})

    assert answer.status_code == 201
    assert ";r=0;" in answer.headers["RateLimit"]


@pytest.mark.usefixtures("two_an_hour")
async def test_a_repetition_costs_no_try_and_says_nothing_of_them(http: httpx.AsyncClient) -> None:
    body, headers = {"public_key": Phone().jwk}, {"Idempotency-Key": "tap"}

    first, again = [await http.post("/v1/agents", json=body, headers=headers) for _ in range(2)]

    assert ";r=1;" in first.headers["RateLimit"]
    assert "RateLimit" not in again.headers


async def test_without_valkey_nothing_is_counted_and_nothing_is_told(http: httpx.AsyncClient, app: Litestar) -> None:
    usual = app.state.process.enrolments
    app.state.process.enrolments = HourlyLimit("unix:///nowhere/nobody.sock?db=0", name="enrol", most=1)
    try:
        answers = [await enrol(http) for _ in range(2)]
    finally:
        app.state.process.enrolments = usual

    assert [(one.status_code, "RateLimit" in one.headers) for one in answers] == [(201, False)] * 2


async def test_who_has_guessed_too_often_is_told_how_often_he_may(http: httpx.AsyncClient) -> None:
    installer = await Installer(http, ORIGIN).enrol()

    looked_at = 0
    while (guess := await installer.call("POST", "/v1/scans", {"code": wrong_code()})).status_code == 422:
        assert "RateLimit" not in guess.headers
        looked_at += 1

    assert guess.status_code == 429
    assert guess.headers["RateLimit-Policy"] == f'"guesses";q={looked_at};w=3600'
    assert guess.headers["RateLimit"] == f'"guesses";r=0;t={guess.headers["Retry-After"]}'


async def test_the_document_knows_the_headers(http: httpx.AsyncClient) -> None:
    paths = (await http.get("/docs/openapi.json")).json()["paths"]

    for path in ("/v1/agents", "/v1/device-links", "/v1/recovery/restore"):
        assert paths[path]["post"]["responses"]["201"]["headers"].keys() == {"RateLimit", "RateLimit-Policy"}
    for path in paths.values():
        for operation in path.values():
            refusals = operation["responses"]
            assert "Retry-After" in refusals.get("429", {"headers": ["Retry-After"]})["headers"]
            assert "Retry-After" in refusals["503"]["headers"]
