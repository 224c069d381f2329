from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.driver import Driver

HOSTILE = {
    "NUL in a text": '{"code": "1", "name": "a\\u0000b"}',
    "a control in a text": '{"code": "1", "name": "a\\u001bb"}',
    "a lone surrogate": '{"code": "1", "name": "\\ud800"}',
    "a text that turns around": '{"code": "1", "name": "a\\u202eb"}',
    "a newline at the end": '{"code": "1", "name": "a\\n"}',
    "a field nobody knows": '{"code": "1", "name": "a", "admin": true}',
    "an array instead": "[]",
    "nothing": "",
    "not JSON": "{",
    "not UTF-8": b'{"code": "1", "name": "\xff"}',
    "too deep": "[" * 100_000,
    "too long a text": '{"code": "1", "name": "' + "a" * 121 + '"}',
}
# A newline that "$" would let pass.
WORDS = {"asset": "BON\n", "currency": "RUB\n", "jurisdiction": "RU\n", "time_zone": "\u0000"}
AMOUNTS = ["NaN", "Infinity", "1E+1000000", "1.5", '"a"', "0", "-1", "9223372036854775808", "1000000000000001", "null"]


def a_request(method: str, path: str) -> dict[str, Any]:
    """A request as a server hands it to the application, before its body is there."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json"), (b"content-length", b"100")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
        "extensions": {},
    }


async def test_a_refusal_is_a_problem_with_its_slug(driver: Driver) -> None:
    answer = await driver.call("GET", f"/v1/programs/{'0' * 8}-0000-0000-0000-{'0' * 12}", token=driver.owner_key)

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "type": "/problems/not_found",
        "slug": "not_found",
        "title": "There is nothing here that you may see",
        "status": 404,
        "detail": "There is nothing here that you may see",
        "trace_id": answer.headers["X-Request-Id"],
        "facts": {},
    }


async def test_what_a_problem_is_can_be_read_at_its_address(http: httpx.AsyncClient) -> None:
    page = await http.get("/problems/idempotency_mismatch")

    assert page.status_code == 200
    assert "idempotency_mismatch" in page.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nowhere", 404), ("PUT", "/v1/programs", 405)])
async def test_what_the_framework_refuses_is_a_problem_too(
    http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await http.request(method, path)

    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_a_body_beyond_the_limit_is_refused(driver: Driver) -> None:
    answer = await driver.call("POST", "/v1/programs", {"name": "x" * 2_000_000}, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (413, "payload_too_large")


async def test_a_caller_who_hangs_up_has_broken_nothing_of_ours(
    app: Litestar, capsys: pytest.CaptureFixture[str]
) -> None:
    scope = a_request("POST", "/v1/recovery/restore")
    answers: list[dict[str, Any]] = []

    async def hung_up() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def sent(message: dict[str, Any]) -> None:
        answers.append(message)

    await app(scope, hung_up, sent)  # type: ignore[arg-type]

    assert answers[0]["status"] == 400
    assert "request.broke" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_body_is_the_callers_mistake(driver: Driver, body: str | bytes) -> None:
    path = f"/v1/programs/{await driver.program()}/shops"

    answer = await driver.http.post(path, content=body, headers={"Authorization": f"Bearer {driver.owner_key}"})

    assert (answer.status_code, answer.json()["slug"]) == (400, "invalid_request")


@pytest.mark.parametrize("amount", AMOUNTS)
async def test_money_is_a_whole_number_of_minor_units_within_bounds(driver: Driver, amount: str) -> None:
    campaign = await driver.campaign(budget_minor=0, bonus_minor=1)
    headers = {"Authorization": f"Bearer {driver.owner_key}", "Idempotency-Key": "k"}
    body = f'{{"asset": "BON", "amount_minor": {amount}}}'

    answer = await driver.http.post(f"/v1/campaigns/{campaign.id}/budget", content=body, headers=headers)

    assert (answer.status_code, answer.json()["slug"]) == (400, "invalid_request")


@pytest.mark.parametrize("field", WORDS)
async def test_a_word_ends_where_it_ends(driver: Driver, field: str) -> None:
    body = {"name": "Тепло", "time_zone": "Europe/Moscow", field: WORDS[field]}

    answer = await driver.call("POST", "/v1/programs", body, token=driver.owner_key)

    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "2026-12-01T00:00:00", "soon"]
)
async def test_a_moment_that_no_clock_shows_is_the_callers_mistake(driver: Driver, moment: str) -> None:
    body = {"name": "K", "role": "erp", "expires_at": moment}

    answer = await driver.call("POST", "/v1/keys", body, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=٣", "limit=x", "before=-1", "before=9223372036854775808"]
)
async def test_a_page_beyond_its_bounds_is_the_callers_mistake(driver: Driver, query: str) -> None:
    answer = await driver.call("GET", f"/v1/operations/audit?{query}", token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (400, "invalid_request")


async def test_a_cursor_with_a_nul_is_the_callers_mistake(driver: Driver) -> None:
    path = f"/v1/programs/{await driver.program()}/products?after=%00"

    answer = await driver.call("GET", path, token=driver.owner_key)

    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/v1/programs", "/v1/operations/switches", "/v1/operations/chain"])
async def test_answers_are_kept_by_nobody_on_the_way(driver: Driver, path: str) -> None:
    answer = await driver.call("GET", path, token=driver.owner_key)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
