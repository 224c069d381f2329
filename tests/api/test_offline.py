import asyncio
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core.db import fetch, fetch_value
from core.settings import Settings
from tests.api.phoning import refusal
from tests.codes.offline_tills import Signer, a_key, encoded, long_running
from tests.codes.test_sales_files import HEAD, yesterday
from tests.driver import Agent, Driver
from workers.jobs import run_waiting_jobs


class Shop(msgspec.Struct, frozen=True):
    """A shop with an access key and a terminal that signs, and an agent's code."""

    id: str
    pos: str
    signer: Signer
    server_key: bytes
    agent: Agent
    promo: str


@pytest.fixture
async def shop(driver: Driver, proven: None, settings: Settings) -> Shop:
    campaign = await driver.promo_campaign(10**9, 10**9)
    agent, pos = await driver.agent(), await driver.pos("M-1")
    made = await driver.owner("POST", f"/v1/programs/{await driver.program()}/shops", {"code": "M-1", "name": "M-1"})
    key, public_key = a_key()
    body = {"name": "Касса 3", "public_key": encoded(public_key)}
    terminal = await driver.owner("POST", f"/v1/shops/{made['id']}/terminals", body)
    promo = await driver.promo_new(agent, campaign)
    await long_running(settings)
    signer = Signer(terminal["id"], key)
    return Shop(made["id"], pos, signer, bytes_of(terminal["server_key"]), agent, promo)


def bytes_of(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def send(driver: Driver, shop: Shop, *slips: str, token: str | None = None) -> httpx.Response:
    return await driver.call("POST", "/v1/orders/slips", {"slips": list(slips)}, token=token or shop.pos)


async def test_each_slip_of_a_batch_gets_its_own_answer(driver: Driver, shop: Shop) -> None:
    good, other = shop.signer.slip(shop.promo), shop.signer.slip("NOBODYS")
    forged = good[:-8] + "AAAAAAAA"

    answer = await send(driver, shop, good, forged, "rubbish", other, good)

    answers = answer.raise_for_status().json()["answers"]
    assert [one["status"] for one in answers] == [200, 422, 422, 200, 200]
    assert [one["slug"] for one in answers] == [None, "slip_forged", "slip_unreadable", None, None]
    assert [one["outcome"]["state"] for one in answers if one["outcome"]] == ["redeemed", "shop_bears", "redeemed"]
    assert (await driver.wallet(shop.agent)).available_minor == 2_850


async def test_a_batch_that_is_sent_again_and_at_once_changes_nothing(driver: Driver, shop: Shop) -> None:
    slips = [shop.signer.slip(shop.promo) for _ in range(6)]
    await send(driver, shop, *slips[:3])

    answers = await asyncio.gather(*(send(driver, shop, *slips) for _ in range(5)))

    assert {answer.text for answer in answers} == {answers[0].text}
    assert await fetch_value("SELECT count(*) FROM promo_order") == 6
    assert (await driver.wallet(shop.agent)).available_minor == 6 * 2_850


async def test_who_the_customer_of_a_slip_is_stands_nowhere(driver: Driver, shop: Shop) -> None:
    await send(driver, shop, shop.signer.slip(shop.promo, customer={"kind": "phone", "value": "+79120000017"}))

    tables = await fetch(
        """SELECT tablename AS name FROM pg_tables
           WHERE schemaname = 'public' AND has_table_privilege(tablename::text, 'SELECT')"""
    )
    rows = [str(row) for one in tables for row in await fetch(f"SELECT t::text FROM {one['name']} t")]
    assert not any("9120000017" in row for row in rows)


async def test_slips_of_another_shop_are_none_of_this_one(driver: Driver, shop: Shop) -> None:
    slip = shop.signer.slip(shop.promo)

    answer = await send(driver, shop, slip, token=await driver.pos("M-2"))

    assert answer.json()["answers"][0]["slug"] == "slip_forged"


@pytest.mark.parametrize("body", [{"slips": []}, {"slips": ["a"] * 501}, {"slips": [""]}, {"slips": [1]}, {}])
async def test_a_batch_that_cannot_be_is_refused(driver: Driver, shop: Shop, body: dict[str, Any]) -> None:
    answer = await driver.call("POST", "/v1/orders/slips", body or {"x": 1}, token=shop.pos)

    assert refusal(answer) == (400, "invalid_request")


async def test_a_revoked_terminal_is_known_as_such_and_its_key_is_not_registered_again(
    driver: Driver, shop: Shop
) -> None:
    gone = await driver.owner("POST", f"/v1/terminals/{shop.signer.terminal_id}/revoke")
    listed = await driver.owner("GET", f"/v1/shops/{shop.id}/terminals")
    again = await driver.call(
        "POST",
        f"/v1/shops/{shop.id}/terminals",
        {"name": "X", "public_key": gone["public_key"]},
        token=driver.owner_key,
    )

    answer = await send(driver, shop, shop.signer.slip(shop.promo))

    assert gone["revoked_at"] is not None
    assert [one["id"] for one in listed["terminals"]] == [str(shop.signer.terminal_id)]
    assert refusal(again) == (409, "terminal_known")
    assert answer.json()["answers"][0]["slug"] == "slip_forged"


async def test_a_till_reads_its_coupons_signed_once(driver: Driver, shop: Shop) -> None:
    first = await driver.call("GET", "/v1/orders/coupons", token=shop.pos)
    table = await driver.call("GET", "/v1/orders/coupons?format=csv", token=shop.pos)
    headers = {"Authorization": f"Bearer {shop.pos}", "If-None-Match": first.headers["etag"]}
    unchanged = await driver.http.get("/v1/orders/coupons", headers=headers)
    delta = await driver.call("GET", f"/v1/orders/coupons?cursor={first.json()['cursor']}", token=shop.pos)

    key = Ed25519PublicKey.from_public_bytes(shop.server_key)
    for answer in (first, table):
        key.verify(bytes_of(answer.headers["naparnik-signature"]), answer.content)
    assert [one["code"] for one in first.json()["codes"]] == [shop.promo]
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert delta.json()["codes"] == []


async def test_a_shop_without_an_integration_sends_its_day_and_gets_it_back(driver: Driver, shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {shop.pos}", "Idempotency-Key": "day", "Content-Type": "text/csv"}
    content = f"{HEAD}{await yesterday()} 10:00,1,{shop.promo},K-24,1,1000.00,50.00\n".encode()

    seen = await driver.http.post("/v1/orders/sales-files/preview", content=content, headers=headers)
    sent, again = [await driver.http.post("/v1/orders/sales-files", content=content, headers=headers) for _ in range(2)]
    await run_waiting_jobs()
    found = await driver.call("GET", f"/v1/orders/sales-files/{sent.json()['id']}", token=shop.pos)
    today = await fetch_value("SELECT (now() AT TIME ZONE 'Europe/Moscow')::date::text")
    table = await driver.call("GET", f"/v1/orders/day?day={today}", token=shop.pos)

    assert (seen.status_code, seen.json()["receipts"], seen.json()["problems"]) == (200, 1, [])
    assert (sent.status_code, again.content) == (201, sent.content)
    assert [one["state"] for one in found.json()["outcomes"]] == ["redeemed"]
    assert f",{shop.promo},1000.00,50.00,950.00,RUB" in table.text


async def test_a_file_with_a_bad_row_is_taken_not_at_all(driver: Driver, shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {shop.pos}", "Idempotency-Key": "day"}

    answer = await driver.http.post("/v1/orders/sales-files", content=f"{HEAD}x,1,C,K,1,1,0\n", headers=headers)
    unnamed = await driver.http.post(
        "/v1/orders/sales-files", content=HEAD, headers={"Authorization": f"Bearer {shop.pos}"}
    )

    assert refusal(answer) == (422, "sheet_refused")
    assert answer.json()["facts"]["problems"][0]["row"] == 2
    assert refusal(unnamed) == (400, "idempotency_key_missing")


async def test_another_shops_file_is_not_there(driver: Driver, shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {shop.pos}", "Idempotency-Key": "day"}
    content = f"{HEAD}{await yesterday()} 10:00,1,{shop.promo},K-24,1,1000.00,50.00\n"
    sent = await driver.http.post("/v1/orders/sales-files", content=content, headers=headers)

    answer = await driver.call("GET", f"/v1/orders/sales-files/{sent.json()['id']}", token=await driver.pos("M-2"))

    assert answer.status_code == 404
