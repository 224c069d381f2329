"""Photos and printed addresses against real processes: what they cost, what they leave behind, what they spend."""

import asyncio
import time
from uuid import uuid4

import httpx

from tests.crowd import rich_agent
from tests.driver import Agent, Driver
from tests.installation import Installation, logs
from tests.photos import hostile, photo
from tests.story.test_input import memory_mb

PHOTO_BYTES = 9_900_000


async def send(driver: Driver, agent: Agent, picture: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {agent.device.token}", "Idempotency-Key": str(uuid4())}
    return await driver.http.post("/v1/scans/photo", content=picture, headers=headers)


async def test_a_photo_of_a_label_ends_as_money(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=10_000, bonus_minor=700)
    codes = await driver.mint(2, campaign)
    agent = await driver.agent()

    answer = await send(driver, agent, photo(*(f"HTTPS://MAKER.EXAMPLE/C/{code}" for code in codes)))

    assert [one["answer"]["status"] for one in answer.json()["codes"]] == [201, 201]
    await driver.advance_jobs()
    assert (await driver.wallet(agent)).available_minor == 1_400


async def test_hostile_pictures_cost_the_api_no_memory_and_no_time(driver: Driver, installation: Installation) -> None:
    agent = await driver.agent()
    await send(driver, agent, photo("8WBJF619H3AR21VM"))
    before_mb, took = memory_mb(installation), {}

    for name, picture in hostile():
        started = time.monotonic()
        answer = await send(driver, agent, picture)
        took[name] = time.monotonic() - started
        assert answer.status_code in {413, 415, 422}, (name, answer.text)

    assert {name: seconds for name, seconds in took.items() if seconds > 10} == {}
    assert memory_mb(installation) - before_mb < 100


async def test_fifty_photos_of_ten_megabytes_at_once_disturb_no_scan(
    driver: Driver, installation: Installation
) -> None:
    campaign = await driver.campaign(budget_minor=10_000, bonus_minor=1)
    codes = await driver.mint(40, campaign)
    crowd = [await driver.agent() for _ in range(25)]
    large = photo("8WBJF619H3AR21VM").ljust(PHOTO_BYTES, b"\0")
    before_mb = memory_mb(installation)
    arriving = [asyncio.create_task(send(driver, crowd[place % 25], large)) for place in range(50)]

    scans, most_mb = [], before_mb
    for code in codes:
        scans.append(await driver.scan(crowd[0], code))
        most_mb = max(most_mb, memory_mb(installation))

    answers = await asyncio.gather(*arriving, return_exceptions=True)
    statuses = {answer.status_code for answer in answers if isinstance(answer, httpx.Response)}
    assert {answer.status_code for answer in scans} == {201}
    assert statuses <= {200, 429}
    # Two processes hold twelve photos each, and a photo that is joined is there twice for a moment.
    assert most_mb - before_mb < 2 * 2 * 12 * PHOTO_BYTES / 2**20


async def test_a_printed_address_spends_nothing_and_stands_in_no_log(
    driver: Driver, installation: Installation
) -> None:
    campaign = await driver.campaign(budget_minor=10_000, bonus_minor=1)
    [code] = await driver.mint(1, campaign)
    agent = await rich_agent(driver, 100)

    for path in (f"/c/{code}", f"/C/{code}", f"/01/04600000000008/21/{code}", f"/C/{code}/x", f"/c/{code}%00"):
        got, asked = await driver.http.get(path), await driver.http.head(path)

        assert (got.status_code, asked.content) == (asked.status_code, b"")

    assert (await driver.scan(agent, code)).status_code == 201
    assert [log.name for log in logs(installation.data) if code in log.read_text()] == []
