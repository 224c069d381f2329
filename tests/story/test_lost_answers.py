"""Answers of the checkout that are lost on the way, after everything was done: whoever asks again gets the same one."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.driver import CURRENCY, Driver, an_order
from tests.racer import Request, race

# So much of an answer comes through before the line is cut.
BEGUN = b"HTTP/1.1 2"


async def cut_off(origin: str, request: Request) -> bytes:
    """Send a request and cut the line within its answer."""
    place = urlsplit(origin)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(request.wire(place.netloc))
    begun = await reader.readexactly(len(BEGUN))
    writer.transport.abort()
    return begun


@pytest.mark.parametrize(
    ("verb", "spent", "earned"), [("reservations", 5_000, 0), ("redemptions", 5_000, 2_850), ("returns", 0, 0)]
)
async def test_whoever_lost_the_answer_is_told_it_again_and_nothing_is_done_twice(
    driver: Driver, verb: str, spent: int, earned: int
) -> None:
    campaign = await driver.promo_campaign(10**9, 10**9)
    agent, pos = await driver.agent(), await driver.pos("S-0")
    order: dict[str, Any] = an_order(codes=[await driver.promo_new(agent, campaign)])
    body = order
    if verb == "returns":
        (await driver.call("POST", "/v1/orders/redemptions", order, token=pos)).raise_for_status()
        body = {"order_ref": order["order_ref"], "return_ref": order["order_ref"]}
    request = Request(f"/v1/orders/{verb}", body, pos, key=order["order_ref"])

    begun = await cut_off(driver.origin, request)
    [again] = await race(driver.origin, [request])
    anew = await driver.call("POST", request.path, body, token=pos)

    assert begun == BEGUN
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert (anew.status_code, anew.json()) == (201, again.json())
    assert await driver.spent(campaign, CURRENCY) == spent
    assert (await driver.settled(agent, earned)).whole_minor == earned
