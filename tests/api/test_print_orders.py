from typing import Any

import httpx
import pytest

from core import access
from core.access import Role
from tests.api.worlds import a_paying_campaign, a_sealed_batch
from tests.driver import Driver


@pytest.fixture
async def batch_id(driver: Driver) -> str:
    return await a_sealed_batch(driver, await a_paying_campaign(driver), count=50)


async def another_person() -> str:
    """The key of somebody else who may export codes."""
    _, token = await access.create(role=Role.owner, name="second", by="test")
    return token


async def test_an_order_goes_to_the_printer_and_comes_back_printed(driver: Driver, batch_id: str) -> None:
    order = await driver.owner(
        "POST", f"/v1/batches/{batch_id}/print-orders", {"printer": "Типография № 1", "first": 10, "stop": 40}
    )
    path = f"/v1/print-orders/{order['id']}"

    session = await driver.owner("POST", f"{path}/downloads")
    exported = await driver.owner("GET", path)
    runs = [{"first": 10, "stop": 35, "outcome": "printed"}, {"first": 35, "stop": 40, "outcome": "spoiled"}]
    printed = await driver.owner("POST", f"{path}/reconciliation", {"runs": runs})
    batch = await driver.owner("GET", f"/v1/batches/{batch_id}")

    assert (order["state"], session["state"], exported["state"], printed["state"]) == (
        "open",
        "usable",
        "exported",
        "printed",
    )
    assert (printed["printed"], printed["spoiled"], printed["unaccounted"]) == (25, 5, 0)
    assert [part["state"] for part in batch["ranges"]] == ["sealed", "printed", "voided", "sealed"]
    assert (await driver.owner("GET", f"/v1/batches/{batch_id}/print-orders"))["print_orders"] == [printed]


async def test_a_report_comes_as_a_sheet_as_well(driver: Driver, batch_id: str) -> None:
    order_id = await driver.print_order(batch_id)
    await driver.owner("POST", f"/v1/print-orders/{order_id}/downloads")

    answer = await driver.http.post(
        f"/v1/print-orders/{order_id}/reconciliation/import",
        content="first,stop,outcome\n0,9,printed\n9,10,spoiled\n",
        headers={"Authorization": f"Bearer {driver.owner_key}", "Idempotency-Key": "sheet"},
    )

    assert (answer.status_code, answer.json()["printed"], answer.json()["spoiled"]) == (200, 9, 1)


async def test_a_second_download_waits_for_a_second_person(driver: Driver, batch_id: str) -> None:
    path = f"/v1/print-orders/{await driver.print_order(batch_id)}"
    other = await another_person()
    await driver.owner("POST", f"{path}/downloads")

    asked = (await driver.call("POST", f"{path}/downloads", token=other)).json()
    waiting = await driver.call("GET", f"{path}/codes.txt", token=other)
    by_himself = await driver.call("POST", f"/v1/downloads/{asked['id']}/approve", token=other)
    approved = await driver.owner("POST", f"/v1/downloads/{asked['id']}/approve")
    reading = await driver.call("GET", f"{path}/codes.txt", token=other)
    ended = await driver.owner("POST", f"/v1/downloads/{asked['id']}/end")
    after = await driver.call("GET", f"{path}/codes.txt", token=other)

    assert (asked["state"], approved["state"], ended["state"]) == ("requested", "usable", "ended")
    assert [refused(one) for one in (waiting, by_himself, after)] == [
        (403, "no_download_session"),
        (409, "second_person_needed"),
        (403, "no_download_session"),
    ]
    assert reading.status_code == 200
    states = [one["state"] for one in (await driver.owner("GET", f"{path}/downloads"))["downloads"]]
    assert states == ["ended", "usable"]


async def test_an_order_is_canceled_and_its_indexes_are_free(driver: Driver, batch_id: str) -> None:
    order_id = await driver.print_order(batch_id)
    path = f"/v1/batches/{batch_id}/print-orders"

    taken = await driver.call("POST", path, {"printer": "other"}, token=driver.owner_key)
    canceled = await driver.owner("POST", f"/v1/print-orders/{order_id}/cancel", {"reason": "Printed elsewhere"})
    again = await driver.owner("POST", path, {"printer": "other"})

    assert refused(taken) == (409, "print_order_overlap")
    assert taken.json()["facts"] == {"print_order_ids": [order_id]}
    assert (canceled["state"], again["state"]) == ("canceled", "open")


@pytest.mark.parametrize(
    ("details", "status", "slug"),
    [
        ({"recipient": "age1nobody"}, 422, "recipient_wrong"),
        ({"first": 5, "stop": 5}, 422, "beyond_batch"),
        ({"columns": ["gtin"]}, 422, "columns_without_code"),
        ({"columns": ["inner_link"]}, 409, "gtin_missing"),
        ({"gtin": "4601234567893"}, 422, "unknown_gtin"),
        ({"columns": []}, 400, "invalid_request"),
        ({"columns": ["secret"]}, 400, "invalid_request"),
        ({"printer": ""}, 400, "invalid_request"),
    ],
)
async def test_an_order_that_cannot_be_printed_is_refused(
    driver: Driver, batch_id: str, details: dict[str, Any], status: int, slug: str
) -> None:
    body = {"printer": "Press"} | details

    answer = await driver.call("POST", f"/v1/batches/{batch_id}/print-orders", body, token=driver.owner_key)

    assert refused(answer) == (status, slug)


async def test_an_order_is_made_once_for_each_idempotency_key(driver: Driver, batch_id: str) -> None:
    path = f"/v1/batches/{batch_id}/print-orders"

    answers = [
        await driver.call("POST", path, {"printer": "Press"}, token=driver.owner_key, key="one") for _ in range(3)
    ]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["slug"]
