import asyncio

import httpx
import pytest

from core.db import fetch_value
from tests.api.test_confines import BODIES
from tests.api.worlds import a_paying_campaign, a_world
from tests.driver import Driver

PROGRAM = {"name": "Тепло", "time_zone": "Europe/Moscow"}
MONEY_OR_CODES = {
    "POST /v1/accruals/{accrual_id}/clawback",
    "POST /v1/batches/{batch_id}/ranges",
    "POST /v1/campaigns/{campaign_id}/budget",
    "POST /v1/programs/{program_id}/batches",
    "POST /v1/spends/{spend_id}/capture",
    "POST /v1/spends/{spend_id}/refund",
}


async def test_the_same_key_and_body_get_the_same_bytes_and_a_marker(driver: Driver) -> None:
    first = await driver.call("POST", "/v1/programs", PROGRAM, token=driver.owner_key, key="k")
    second = await driver.call("POST", "/v1/programs", PROGRAM, token=driver.owner_key, key="k")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert await fetch_value("SELECT count(*) FROM program") == 1


async def test_twenty_at_once_with_one_key_make_one_program(driver: Driver) -> None:
    calls = (driver.call("POST", "/v1/programs", PROGRAM, token=driver.owner_key, key="k") for _ in range(20))

    answers = await asyncio.gather(*calls)

    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await fetch_value("SELECT count(*) FROM program") == 1


async def test_the_same_key_with_another_body_is_refused(driver: Driver) -> None:
    await driver.call("POST", "/v1/programs", PROGRAM, token=driver.owner_key, key="k")

    other = await driver.call("POST", "/v1/programs", PROGRAM | {"name": "Свет"}, token=driver.owner_key, key="k")

    assert (other.status_code, other.json()["slug"]) == (422, "idempotency_mismatch")


async def test_another_caller_may_use_the_same_key(driver: Driver) -> None:
    await driver.program()
    marketer = await driver.staff(None, "marketer")
    path = f"/v1/programs/{await driver.program()}/shops"

    mine = await driver.call("POST", path, {"code": "1", "name": "А"}, token=driver.owner_key, key="k")
    theirs = await driver.call("POST", path, {"code": "2", "name": "Б"}, token=marketer, key="k")

    assert (mine.json()["code"], theirs.json()["code"]) == ("1", "2")


async def test_a_refusal_of_the_business_is_kept_as_well(driver: Driver) -> None:
    campaign = await a_paying_campaign(driver)
    path = f"/v1/campaigns/{campaign.id}/resume"

    first = await driver.call("POST", path, token=driver.owner_key, key="k")
    await driver.owner("POST", f"/v1/campaigns/{campaign.id}/pause")
    second = await driver.call("POST", path, token=driver.owner_key, key="k")

    assert (first.status_code, first.json()["slug"]) == (409, "campaign_state_conflict")
    assert (second.content, second.headers["Idempotency-Replayed"]) == (first.content, "true")


async def test_what_was_not_understood_leaves_the_key_free(driver: Driver) -> None:
    wrong = await driver.call("POST", "/v1/programs", {"name": ""}, token=driver.owner_key, key="k")
    right = await driver.call("POST", "/v1/programs", PROGRAM, token=driver.owner_key, key="k")

    assert (wrong.status_code, right.status_code) == (400, 201)


@pytest.mark.parametrize("key", ["", "к", "a b", "x" * 256], ids=["empty", "not ascii", "a blank", "256 long"])
async def test_a_key_that_is_none_is_refused(driver: Driver, key: str) -> None:
    headers = httpx.Headers({"Authorization": f"Bearer {driver.owner_key}", "Idempotency-Key": key}, encoding="utf-8")

    answer = await driver.http.post("/v1/programs", json=PROGRAM, headers=headers)

    assert (answer.status_code, answer.json()["slug"]) == (400, "idempotency_key_malformed")


async def test_a_key_of_255_characters_is_a_key(driver: Driver) -> None:
    answer = await driver.call("POST", "/v1/programs", PROGRAM, token=driver.owner_key, key="x" * 255)

    assert answer.status_code == 201


@pytest.mark.parametrize("operation", sorted(MONEY_OR_CODES))
async def test_without_a_key_no_money_and_no_code_moves(driver: Driver, operation: str) -> None:
    world = await a_world(driver)
    method, _, path = operation.partition(" ")
    body = {
        name: world.fill(value) if isinstance(value, str) else value
        for name, value in BODIES.get(operation, {}).items()
    }
    headers = {"Authorization": f"Bearer {driver.owner_key}"}

    answer = await driver.http.request(method, world.fill(path), json=body, headers=headers)

    assert (answer.status_code, answer.json()["slug"]) == (400, "idempotency_key_missing")
