import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar._parsers import parse_url_encoded_form_data

from api import bodies
from tests.api.phoning import refusal
from tests.api.staffing import ORIGIN, Person, somebody

FORM = {"Origin": ORIGIN, "Content-Type": "application/x-www-form-urlencoded"}


async def sent(http: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    return await http.post("/staff/login", content=content, headers=FORM | headers)


async def test_what_was_typed_into_a_form_is_remembered_by_nobody(http: httpx.AsyncClient) -> None:
    remembered = parse_url_encoded_form_data.cache_info()

    answer = await sent(http, b"login=olga&password=No-such-password")

    assert answer.status_code == 401
    assert parse_url_encoded_form_data.cache_info() == remembered


async def test_of_several_fields_with_one_name_the_last_counts(http: httpx.AsyncClient, database: None) -> None:
    olga: Person = await somebody(http, "owner")
    both = f"login=nobody&login={olga.login}&password=no&password={olga.password.replace(' ', '+')}"

    assert (await sent(http, both.encode())).status_code == 303


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"&".join(b"a%d=" % number for number in range(100_000)), FORM["Content-Type"], 400),
        (b"%ff%fe=%00&\xff=\xfe&;=&==", FORM["Content-Type"], 401),
        (b"login=a", "text/plain", 401),
        (
            b'--x\r\nContent-Disposition: form-data; name="login"\r\nContent-Type: a/b; charset=none\r\n\r\na\r\n--x--',
            "multipart/form-data; boundary=x",
            401,
        ),
    ],
    ids=["very many fields", "no text", "no form", "the form of files"],
)
async def test_what_is_no_form_of_ours_is_refused(
    http: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    answer = await sent(http, content, **{"Content-Type": kind})

    assert answer.status_code == status


@pytest.mark.parametrize("path", ["/v1/agents", "/staff/login"])
async def test_a_body_that_stops_on_its_way_is_not_waited_for(
    http: httpx.AsyncClient, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "_ARRIVAL_SECONDS_MAX", 0.05)

    async def begun() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    kind = FORM["Content-Type"] if path == "/staff/login" else "application/json"
    answer = await http.post(path, content=begun(), headers={"Origin": ORIGIN, "Content-Type": kind})

    assert answer.status_code == 400
    assert kind == FORM["Content-Type"] or refusal(answer) == (400, "invalid_request")
