from typing import Any

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


async def test_a_product_of_another_program_gets_no_codes(driver: Driver) -> None:
    ours, theirs = await a_paying_campaign(driver), await a_paying_campaign(driver)
    body = {"product_id": ours.product_id, "count": 1}

    answer = await driver.call("POST", f"/v1/programs/{theirs.program_id}/batches", body, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (422, "unknown_product")
