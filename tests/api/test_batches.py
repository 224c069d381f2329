from typing import Any

import pytest

from codes.lines import LINE_BYTES
from codes.readings import readings
from tests.api.worlds import a_paying_campaign, a_sealed_batch, an_ordered_batch
from tests.driver import Driver
from workers.jobs import run_waiting_jobs


async def test_a_batch_is_ordered_and_sealed_by_its_job(driver: Driver) -> None:
    campaign = await a_paying_campaign(driver)

    ordered: dict[str, Any] = await an_ordered_batch(driver, campaign, count=7)
    before = await driver.owner("GET", f"/v1/jobs/{ordered['job_id']}")
    await run_waiting_jobs()
    after = await driver.owner("GET", f"/v1/jobs/{ordered['job_id']}")
    batch = await driver.owner("GET", f"/v1/batches/{ordered['id']}")

    assert (ordered["state"], before["state"]) == ("draft", "queued")
    assert (after["state"], after["percent"], after["result"]["codes"]) == ("done", 100, 7)
    assert (batch["state"], [stretch["state"] for stretch in batch["ranges"]]) == ("sealed", ["sealed"])


async def test_its_codes_are_read_as_lines_whole_or_in_part(driver: Driver) -> None:
    batch_id = await a_sealed_batch(driver, await a_paying_campaign(driver), count=50)

    whole = await driver.codes(batch_id)
    answer = await driver.call("GET", f"/v1/batches/{batch_id}/codes?first=0&stop=20", token=driver.owner_key)

    assert len(set(whole)) == 50
    assert all(readings(code) for code in whole)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert len(answer.content) % LINE_BYTES == 0
    assert answer.text.split() == whole[: len(answer.text.split())]


async def test_outer_codes_are_others(driver: Driver) -> None:
    batch_id = await a_sealed_batch(driver, await a_paying_campaign(driver))

    outer = await driver.call("GET", f"/v1/batches/{batch_id}/codes?role=outer", token=driver.owner_key)

    assert outer.text
    assert set(outer.text.split()).isdisjoint(await driver.codes(batch_id))


async def test_who_read_codes_stands_in_the_audit(driver: Driver) -> None:
    batch_id = await a_sealed_batch(driver, await a_paying_campaign(driver))

    await driver.codes(batch_id)
    latest = (await driver.owner("GET", "/v1/operations/audit?limit=1"))["actions"][0]

    assert (latest["action"], latest["facts"]["batch_id"]) == ("batch.export", batch_id)


async def test_a_part_is_put_on_sale_and_recalled_for_good(driver: Driver) -> None:
    batch_id = await a_sealed_batch(driver, await a_paying_campaign(driver), count=50)
    path = f"/v1/batches/{batch_id}/ranges"

    active = await driver.owner("POST", path, {"first": 10, "stop": 20, "state": "active", "reason": "on sale"})
    await driver.owner("POST", path, {"state": "recalled", "reason": "a leak"})
    again = await driver.call("POST", path, {"state": "active", "reason": "regret"}, token=driver.owner_key)

    assert [(part["first"], part["state"]) for part in active["ranges"]] == [
        (0, "sealed"),
        (10, "active"),
        (20, "sealed"),
    ]
    assert (again.status_code, again.json()["slug"]) == (409, "range_state")


async def test_a_batch_that_is_not_sealed_yet_has_no_codes(driver: Driver) -> None:
    batch = await an_ordered_batch(driver, await a_paying_campaign(driver))

    answer = await driver.call("GET", f"/v1/batches/{batch['id']}/codes", token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (409, "batch_not_sealed")


@pytest.mark.parametrize("indexes", ["first=4294967296", "first=5&stop=5", "stop=4294967296"])
async def test_indexes_beyond_the_batch_are_refused(driver: Driver, indexes: str) -> None:
    batch_id = await a_sealed_batch(driver, await a_paying_campaign(driver))

    answer = await driver.call("GET", f"/v1/batches/{batch_id}/codes?{indexes}", token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (422, "beyond_batch")


async def test_a_product_of_another_program_gets_no_codes(driver: Driver) -> None:
    ours, theirs = await a_paying_campaign(driver), await a_paying_campaign(driver)
    body = {"product_id": ours.product_id, "count": 1}

    answer = await driver.call("POST", f"/v1/programs/{theirs.program_id}/batches", body, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (422, "unknown_product")
