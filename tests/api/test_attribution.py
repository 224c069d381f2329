import hashlib

import httpx
import msgspec
import pytest

from codes import promo_codes
from core.db import fetch, fetch_value
from programs.rules import Attribution
from tests.api.phoning import Installer, refusal
from tests.api.promo_world import ORIGIN, Promoter, a_promoter
from tests.driver import Driver, an_order

PHONE = "9120000017"
MARIA = {"kind": "phone", "value": f"+7 {PHONE}"}


@pytest.fixture
async def promoter(http: httpx.AsyncClient, proven: None) -> Promoter:
    """An agent whose campaign keeps his customers for a month."""
    return await a_promoter(http, attribution=Attribution(window_days=30))


async def the_shop(promoter: Promoter) -> str:
    return str(await fetch_value("SELECT id FROM shop WHERE program_id = $1", promoter.program_id))


async def redeem(driver: Driver, promoter: Promoter, *codes: str, **more: object) -> httpx.Response:
    order = an_order() | {"codes": list(codes), "shop_id": await the_shop(promoter)} | more
    return await driver.call("POST", "/v1/orders/redemptions", order, token=driver.owner_key)


async def test_a_till_sends_no_code_and_names_a_customer_whom_his_agent_keeps(
    driver: Driver, promoter: Promoter
) -> None:
    await redeem(driver, promoter, promoter.code.text, customer=MARIA)

    again = await redeem(driver, promoter, customer=MARIA)
    nobody = await redeem(driver, promoter)

    assert (again.status_code, again.json()["attribution"], again.json()["codes"]) == (201, "customer_key", [])
    assert refusal(nobody) == (409, "order_refused")
    assert nobody.json()["facts"] == {"codes": [], "customer": "not_attributed"}
    told = (await promoter.phone.read("/v1/journal"))["entries"]
    assert [entry["kind"] for entry in told].count("client_came") == 2


async def test_whoever_is_outranked_is_told_and_reads_why_and_nothing_more(
    http: httpx.AsyncClient, driver: Driver, promoter: Promoter
) -> None:
    other = await Installer(http, ORIGIN).enrol()
    code = await promo_codes.create(other.agent_id, campaign_id=promoter.campaign_id)
    await redeem(driver, promoter, promoter.code.text, customer=MARIA)

    await redeem(driver, promoter, code.text, customer=MARIA)

    activity_id = await fetch_value("SELECT activity_id FROM attribution WHERE agent_id = $1", other.agent_id)
    seen = [await phone.read(f"/v1/activities/{activity_id}/attribution") for phone in (promoter.phone, other)]
    assert seen == [
        {"evidence": "customer_key", "outcome": "outranked", "reason": "weaker_evidence"},
        {"evidence": "promo_code", "outcome": "won", "reason": None},
    ]
    stranger = await Installer(http, ORIGIN).enrol()
    assert refusal(await stranger.call("GET", f"/v1/activities/{activity_id}/attribution")) == (404, "not_found")
    [elsewhere] = [
        entry for entry in (await promoter.phone.read("/v1/journal"))["entries"] if entry["kind"] == "client_elsewhere"
    ]
    assert str(other.agent_id) not in str(elsewhere)


async def test_a_program_says_which_evidence_is_the_strongest(driver: Driver, promoter: Promoter) -> None:
    path = f"/v1/programs/{promoter.program_id}/attribution"
    token = driver.owner_key
    wanted = {"priority": ["customer_key"], "takeover": False, "remembers_days": 90}

    put = await driver.call("PUT", path, wanted, token=token)
    twice = await driver.call("PUT", path, {"priority": ["link", "link"]}, token=token)

    assert (put.status_code, put.json()) == (200, wanted)
    assert (await driver.call("GET", path, token=token)).json() == wanted
    assert refusal(twice) == (422, "evidence_repeated")


async def test_what_an_agent_calls_his_own_is_kept_as_nothing_that_tells_it(driver: Driver, promoter: Promoter) -> None:
    declared = await promoter.phone.call("POST", "/v1/own-cards", MARIA)

    order = await redeem(driver, promoter, promoter.code.text, customer=MARIA)

    assert declared.status_code == 201
    assert (order.json()["discount_minor"], order.json()["codes"][0]["reason"]) == (0, "self_purchase")
    tables = await fetch(
        """SELECT tablename AS name FROM pg_tables
           WHERE schemaname = 'public' AND has_table_privilege(tablename::text, 'SELECT')"""
    )
    rows = [str(row) for one in tables for row in await fetch(f"SELECT t::text FROM {one['name']} t")]
    hashed = hashlib.sha256(b"\n" + msgspec.json.encode(MARIA)).hexdigest()
    assert not any(said in row for row in rows for said in (PHONE, PHONE.encode().hex(), hashed))


async def test_a_person_confirms_what_is_an_agents_own_and_takes_a_mistake_away(
    driver: Driver, promoter: Promoter
) -> None:
    path, token = f"/v1/agents/{promoter.phone.agent_id}/own-cards", driver.owner_key

    confirmed = await driver.call("PUT", path, MARIA, token=token)
    seen = await promoter.phone.read("/v1/own-cards")
    removed = await driver.call("DELETE", f"{path}/{confirmed.json()['id']}", token=token)

    assert seen == {"own_cards": [confirmed.json()]}
    assert confirmed.json()["is_confirmed"] is True
    assert removed.json() == {"own_cards": []}
