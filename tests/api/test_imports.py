"""Imports over HTTP: a file in, a batch out, the scans of its codes answered like any others."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from core.db import fetch_value
from tests.api.worlds import a_paying_campaign
from tests.codes.files import GS, GTIN, marking, some_codes, some_serials
from tests.driver import Campaign, Driver

CODES = some_codes(60)


@pytest.fixture
async def campaign(driver: Driver) -> Campaign:
    return await a_paying_campaign(driver)


async def send(
    driver: Driver,
    campaign: Campaign,
    content: bytes | AsyncIterator[bytes],
    *,
    key: str | None = None,
    query: str | None = None,
) -> httpx.Response:
    """Send a file."""
    return await driver.http.post(
        f"/v1/programs/{campaign.program_id}/batches/import?"
        + (f"product_id={campaign.product_id}" if query is None else query),
        content=content,
        headers={
            "Authorization": f"Bearer {driver.owner_key}",
            "Content-Type": "text/csv",
            "Idempotency-Key": key or str(uuid4()),
        },
    )


async def activated(driver: Driver, answer: httpx.Response) -> None:
    for batch in answer.json()["batches"]:
        body = {"state": "active", "reason": "on sale"}
        await driver.owner("POST", f"/v1/batches/{batch['batch_id']}/ranges", body)


def lines(codes: list[str]) -> bytes:
    return "\n".join(codes).encode()


async def test_imported_codes_are_scanned_and_pay(driver: Driver, campaign: Campaign) -> None:
    answer = await send(driver, campaign, b"code\r\n" + "\r\n".join(CODES).encode())
    await activated(driver, answer)

    scan = await driver.scan(await driver.agent(), f"{CODES[3][:6]} {CODES[3][6:].lower()}")

    done: dict[str, Any] = answer.json()
    assert (answer.status_code, done["codes"], done["weak"]) == (201, 60, False)
    assert [(one["product_id"], one["codes"]) for one in done["batches"]] == [(campaign.product_id, 60)]
    assert (scan.status_code, scan.json()["product_id"]) == (201, campaign.product_id)


async def test_a_marking_that_a_phone_read_goes_through_as_it_is(driver: Driver, campaign: Campaign) -> None:
    path = f"/v1/programs/{campaign.program_id}/products"
    await driver.owner("POST", path, {"sku": "K", "name_ru": "Котёл", "name_en": "Boiler", "gtins": [GTIN]})
    serials = some_serials(30)
    answer = await send(driver, campaign, lines([marking(serial) for serial in serials]), query="")
    await activated(driver, answer)
    agent = await driver.agent()
    texts = [marking(serials[0]), marking(serials[1]).replace(GS, ""), CODES[0]]
    scans = [{"id": str(place), "code": text} for place, text in enumerate(texts)]

    queue = await driver.call("POST", "/v1/scans/batch", {"scans": scans}, token=agent.device.token)

    assert [one["status"] for one in queue.json()["answers"]] == [201, 201, 400]


async def test_a_file_that_comes_again_with_its_key_gets_its_answer_again(driver: Driver, campaign: Campaign) -> None:
    first, again, other = [
        await send(driver, campaign, lines(codes), key="once") for codes in (CODES, CODES, some_codes(60, seed=2))
    ]

    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.content == first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json()["slug"] == "idempotency_mismatch"
    assert await fetch_value("SELECT count(*) FROM imported_code") == 60


async def test_a_file_is_read_as_it_comes(driver: Driver, campaign: Campaign) -> None:
    codes = some_codes(120_000)

    async def sent() -> AsyncIterator[bytes]:
        for start in range(0, len(codes), 1_000):
            yield "".join(f"{code}\n" for code in codes[start : start + 1_000]).encode()

    answer = await send(driver, campaign, sent())

    assert (answer.status_code, answer.json()["codes"]) == (201, 120_000)


@pytest.mark.parametrize(
    ("content", "query", "said"),
    [
        (b"short\n!!!!!!!!\n", None, (422, "sheet_refused")),
        (b"\xff\xfe\x00\n", None, (422, "sheet_refused")),
        (b"", None, (422, "sheet_refused")),
        (lines([f"{number:09d}" for number in range(2_000)]), None, (422, "codes_too_weak")),
        (lines([*CODES, CODES[0]]), None, (409, "codes_not_new")),
        (lines(CODES), "", (422, "product_needed")),
        (lines(CODES), f"product_id={uuid4()}", (422, "unknown_product")),
    ],
    ids=range(7),
)
async def test_a_file_that_is_not_right_changes_nothing(
    driver: Driver, campaign: Campaign, content: bytes, query: str | None, said: tuple[int, str]
) -> None:
    answer = await send(driver, campaign, content, query=query)

    assert (answer.status_code, answer.json()["slug"]) == said
    assert await fetch_value("SELECT count(*) FROM imported_code") == 0


async def test_a_refusal_numbers_the_lines_and_quotes_none(driver: Driver, campaign: Campaign) -> None:
    answer = await send(driver, campaign, lines([*CODES, "s-e-c", CODES[5], "Секрет!"]))

    assert answer.json()["facts"]["problems"] == [
        {"row": 61, "problem": "it is no code of 6 to 100 letters and digits"},
        {"row": 63, "problem": "it is no code of 6 to 100 letters and digits"},
    ]
    assert "екрет" not in answer.text


@pytest.mark.parametrize("path", ["print-orders", "drawing"])
async def test_imported_codes_cannot_be_printed_again(driver: Driver, campaign: Campaign, path: str) -> None:
    [batch] = (await send(driver, campaign, lines(CODES))).json()["batches"]
    method = "GET" if path == "drawing" else "POST"

    answer = await driver.call(
        method, f"/v1/batches/{batch['batch_id']}/{path}", {"printer": "P"}, token=driver.owner_key
    )

    assert (answer.status_code, answer.json()["slug"]) == (409, "batch_without_key")
