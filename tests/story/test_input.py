"""Whatever is sent, nothing of it breaks the service, and nothing that is not meant is stored."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.crowd import rich_agent
from tests.driver import ASSET, Driver
from tests.installation import Installation

SCAN = "/v1/scans"
SPEND = "/v1/spends"
ENROL = "/v1/agents"
PROGRAM = "/v1/programs"
WRITES = [SCAN, SPEND, ENROL, PROGRAM]

# Text that is no JSON, or JSON that is no text.
BROKEN = {
    "nothing": b"",
    "a NUL in the text": b'{"code": "8WBJ\\u0000F619"}',
    "a bare NUL": b'{"code": "8WBJ\x00F619"}',
    "a lone surrogate": b'{"code": "\\ud800"}',
    "no UTF-8": b'{"code": "\xff\xfe"}',
    "a byte order mark": b'\xef\xbb\xbf{"code": "8WBJF619H3AR21VM"}',
    "UTF-16": '{"code": "8WBJF619H3AR21VM"}'.encode("utf-16"),
    "a hundred thousand arrays": b"[" * 100_000,
    "a hundred thousand objects": b'{"code":' * 100_000,
    "a million keys": json.dumps({str(number): 0 for number in range(70_000)}).encode(),
    "a key of 64 kB": json.dumps({"k" * 65_536: 0}).encode(),
    "another shape": b"[]",
    "a number": b"1e400",
}

# What is no amount of money, as bytes: most of it is no Python number.
NO_AMOUNTS = [
    "-1", "-0", "0", "1.5", "NaN", "Infinity", "-Infinity", "1e400", '"1_000"', '"١٢"', "1" + "0" * 4000,
    str(2**63), str(2**64), "true", "null", '"10"', "[10]", "{}", "0x10", "١٢", "1_000", "01",
]  # fmt: skip

INJECTIONS = ["'", "' OR 1=1 --", '"; DROP TABLE transfer; --', "1;SELECT pg_sleep(9)", "%27", "\\", "{}", "$1"]


async def post(driver: Driver, path: str, content: bytes, token: str, **more: str) -> httpx.Response:
    """Send bytes as they are."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())} | more
    return await driver.http.post(path, content=content, headers=headers | {"Authorization": f"Bearer {token}"})


async def token_for(driver: Driver, path: str) -> str:
    return driver.owner_key if path == PROGRAM else (await driver.agent()).device.token


def memory_mb(installation: Installation) -> float:
    """What the API processes hold in memory."""
    kilobytes = 0
    for pid in installation.children("cli api"):
        [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")]
        kilobytes += int(line.split()[1])
    return kilobytes / 1024


@pytest.mark.parametrize("path", WRITES)
async def test_a_body_that_cannot_be_read_is_refused_at_once_and_costs_nothing(
    driver: Driver, installation: Installation, path: str
) -> None:
    token = await token_for(driver, path)
    for content in BROKEN.values():
        await post(driver, path, content, token)
    before_mb = memory_mb(installation)

    seen = {}
    for name, content in BROKEN.items():
        started = time.monotonic()
        answer = await post(driver, path, content, token)
        seen[name] = answer.status_code, time.monotonic() - started

    assert {name: status for name, (status, _) in seen.items() if status not in {400, 413, 422}} == {}
    assert {name: seconds for name, (_, seconds) in seen.items() if seconds > 0.5} == {}
    assert memory_mb(installation) - before_mb < 40


@pytest.mark.parametrize("amount", NO_AMOUNTS)
async def test_what_is_no_amount_of_money_is_refused_and_stored_nowhere(driver: Driver, amount: str) -> None:
    agent = await driver.agent()
    campaign = await driver.campaign(budget_minor=5, bonus_minor=1)
    spend = f'{{"amount_minor": {amount}, "asset": "{ASSET}", "purpose": "test"}}'.encode()
    budget = f'{{"amount_minor": {amount}, "asset": "{ASSET}"}}'.encode()

    proof = agent.device.proof("POST", f"{driver.origin}{SPEND}")
    spent = await post(driver, SPEND, spend, agent.device.token, DPoP=proof)
    topped_up = await post(driver, f"/v1/campaigns/{campaign.id}/budget", budget, driver.owner_key)

    assert spent.status_code in {400, 422}
    assert topped_up.status_code in {400, 422}
    [after] = (await driver.owner("GET", f"/v1/campaigns/{campaign.id}"))["budgets"]
    assert after["cap_minor"] == 5


@pytest.mark.parametrize("amount", ["1.0", "1e2"])
async def test_a_whole_number_in_another_spelling_is_that_number_or_refused(driver: Driver, amount: str) -> None:
    campaign = await driver.campaign(budget_minor=5, bonus_minor=1)
    body = f'{{"amount_minor": {amount}, "asset": "{ASSET}"}}'.encode()

    answer = await post(driver, f"/v1/campaigns/{campaign.id}/budget", body, driver.owner_key)

    [after] = (await driver.owner("GET", f"/v1/campaigns/{campaign.id}"))["budgets"]
    assert (answer.status_code, after["cap_minor"]) in {(400, 5), (200, 5 + int(float(amount)))}


@pytest.mark.parametrize("field", ["agent_id", "amount_minor", "bonus_minor", "role", "state", "balance_minor"])
async def test_a_field_that_nobody_asked_for_is_refused(driver: Driver, field: str) -> None:
    agent = await driver.agent()

    answer = await driver.call("POST", SCAN, {"code": "8WBJF619H3AR21VM", field: 1}, token=agent.device.token)

    assert answer.status_code == 400


@pytest.mark.parametrize("text", INJECTIONS)
async def test_sql_in_any_place_is_text_like_any_other(driver: Driver, text: str) -> None:
    agent = await rich_agent(driver, 100)
    program = await driver.program()
    token, owner = agent.device.token, driver.owner_key
    asked: list[tuple[str, str, Any, str]] = [
        ("GET", f"/v1/journal?before={text}", None, token),
        ("GET", f"/v1/journal?limit={text}", None, token),
        ("GET", f"/v1/wallet/entries?account={text}&asset={ASSET}", None, token),
        ("GET", f"/v1/wallet/entries?account=available&asset={text}", None, token),
        ("GET", f"/v1/spends/{text}", None, token),
        ("GET", f"/v1/programs/{program}/products?after={text}", None, owner),
        ("GET", f"/v1/campaigns/{text}", None, owner),
        ("POST", SCAN, {"code": text}, token),
        ("POST", PROGRAM, {"name": text, "time_zone": text}, owner),
        ("POST", f"/v1/programs/{program}/products", {"sku": text, "name_ru": text, "name_en": text}, owner),
    ]

    answers = [await driver.call(method, path, body, token=who) for method, path, body, who in asked]

    assert {answer.status_code for answer in answers} <= {200, 201, 400, 404, 422}
    assert await driver.wallet(agent) == await driver.settled(agent, 100)


async def test_a_body_beyond_the_limit_is_refused_while_others_are_served(driver: Driver) -> None:
    agent = await driver.agent()
    large = b'{"code": "' + b"8" * 3_000_000 + b'"}'

    async def wait_seconds() -> float:
        started = time.monotonic()
        await driver.wallet(agent)
        return time.monotonic() - started

    refused = await asyncio.gather(*(post(driver, SCAN, large, agent.device.token) for _ in range(5)))
    slowest = max(await asyncio.gather(*(wait_seconds() for _ in range(5))))

    assert {answer.status_code for answer in refused} == {413}
    assert slowest < 1
