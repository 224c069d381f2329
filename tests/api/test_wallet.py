import asyncio

import httpx
import pytest
from litestar import Litestar

from core.db import execute
from core.settings import Settings
from programs.facts import ActivityKind
from tests.api.phoning import Installer, refusal
from tests.programs.stored import a_campaign, a_program
from tests.referrals.people import credited, give, told


@pytest.fixture
async def installer(http: httpx.AsyncClient, settings: Settings) -> Installer:
    """Somebody with 5 bonuses to spend."""
    installer = await Installer(http, settings.origin).enrol()
    program_id = await a_program()
    await a_campaign(program_id, budget_minor=500, trigger=ActivityKind.CODE_SCANNED, asset="BON", wait_seconds=0)
    await credited(installer.agent_id, program_id)
    return installer


def order(amount_minor: object = 200, **changed: object) -> dict[str, object]:
    return {"amount_minor": amount_minor, "asset": "BON", "purpose": "Дрель"} | changed


async def available(installer: Installer) -> int:
    balances = (await installer.read("/v1/wallet"))["balances"]
    return int(balances[0]["available_minor"])


async def test_a_signed_order_sets_money_aside_and_is_told(installer: Installer) -> None:
    answer = await installer.prove("POST", "/v1/spends", order())

    spend = await installer.read(f"/v1/spends/{answer.json()['id']}")
    assert answer.status_code == 201
    assert (spend["state"], spend["amount_minor"], spend["purpose"]) == ("reserved", 200, "Дрель")
    assert await available(installer) == 300
    assert (await told(installer.agent_id))[-1] == "spend_reserved"


async def test_what_is_released_is_free_again(installer: Installer) -> None:
    spend_id = (await installer.prove("POST", "/v1/spends", order())).json()["id"]

    released = await installer.prove("POST", f"/v1/spends/{spend_id}/release")
    again = await installer.prove("POST", f"/v1/spends/{spend_id}/release")

    assert released.json()["state"] == "released"
    assert refusal(again) == (409, "spend_settled")
    assert await available(installer) == 500


async def test_the_same_order_twice_is_one_spend(installer: Installer) -> None:
    first = await installer.prove("POST", "/v1/spends", order(), key="order")
    second = await installer.prove("POST", "/v1/spends", order(), key="order")

    assert second.content == first.content
    assert await available(installer) == 300


async def test_the_same_order_is_one_spend_when_nobody_remembers_its_answer_any_more(installer: Installer) -> None:
    first = await installer.prove("POST", "/v1/spends", order(), key="order")
    await installer.prove("POST", f"/v1/spends/{first.json()['id']}/release")
    await execute("DELETE FROM answer")

    again = await installer.prove("POST", "/v1/spends", order(), key="order")
    await execute("DELETE FROM answer")
    other = await installer.prove("POST", "/v1/spends", order(201), key="order")

    assert (again.status_code, again.json()["id"], again.json()["state"]) == (201, first.json()["id"], "released")
    assert refusal(other) == (422, "idempotency_mismatch")
    assert await available(installer) == 500


async def test_thirty_orders_at_once_never_spend_more_than_there_is(installer: Installer) -> None:
    answers = await asyncio.gather(*(installer.prove("POST", "/v1/spends", order(90)) for _ in range(30)))

    assert [answer.status_code for answer in answers].count(201) == 5
    assert {refusal(answer) for answer in answers if answer.status_code != 201} == {(409, "insufficient_funds")}
    assert await available(installer) == 50


async def test_whoever_spends_many_times_at_once_waits_for_himself_and_keeps_nobody_else_out(
    app: Litestar, installer: Installer
) -> None:
    wallets = app.state.process.wallets
    other = await Installer(installer.http, installer.origin).enrol()
    async with wallets.passed(installer.agent_id), wallets.passed(installer.agent_id):
        waiting = asyncio.create_task(installer.prove("POST", "/v1/spends", order()))

        answers = [await other.prove("POST", "/v1/spends", order()) for _ in range(3)]

        assert [refusal(answer) for answer in answers] == [(409, "insufficient_funds")] * 3
        assert not waiting.done()
    assert (await waiting).status_code == 201


async def test_a_token_alone_spends_nothing(installer: Installer) -> None:
    answer = await installer.call("POST", "/v1/spends", order())

    assert refusal(answer) == (401, "proof_required")
    assert await available(installer) == 500


async def test_a_proof_spends_once(installer: Installer) -> None:
    proof = installer.proof("POST", "/v1/spends")
    first = await installer.call("POST", "/v1/spends", order(), proof=proof)

    second = await installer.call("POST", "/v1/spends", order(), proof=proof)

    assert first.status_code == 201
    assert refusal(second) == (401, "proof_replayed")


async def test_a_wrong_clock_is_told_the_right_time(installer: Installer) -> None:
    proof = installer.proof("POST", "/v1/spends", iat=1_000_000_000)

    answer = await installer.call("POST", "/v1/spends", order(), proof=proof)

    assert refusal(answer) == (401, "proof_invalid")
    assert answer.json()["facts"]["reason"] == "iat"
    assert answer.json()["facts"]["server_time"].endswith("Z")


async def test_an_order_without_a_key_is_sent_back(installer: Installer) -> None:
    headers = {"Authorization": f"Bearer {installer.token}", "DPoP": installer.proof("POST", "/v1/spends")}

    answer = await installer.http.post("/v1/spends", json=order(), headers=headers)

    assert refusal(answer) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("amount", [-1, 0, 1.5, 1e400, "много", True, None, 2**63, 10**16])
async def test_an_amount_is_a_whole_number_of_minor_units(installer: Installer, amount: object) -> None:
    body = order(amount) if amount != 1e400 else order("Infinity")

    answer = await installer.prove("POST", "/v1/spends", body)

    assert refusal(answer) == (400, "invalid_request")
    assert await available(installer) == 500


async def test_another_agents_spend_is_not_there(installer: Installer, http: httpx.AsyncClient) -> None:
    spend_id = (await installer.prove("POST", "/v1/spends", order())).json()["id"]
    stranger = await Installer(http, installer.origin).enrol()

    read = await stranger.call("GET", f"/v1/spends/{spend_id}")
    release = await stranger.prove("POST", f"/v1/spends/{spend_id}/release")

    assert refusal(read) == refusal(release) == (404, "not_found")
    assert await available(installer) == 300


async def test_pages_of_entries_sum_to_the_balance(installer: Installer) -> None:
    for amount_minor in range(1, 8):
        await give(installer.agent_id, amount_minor)
    seen, before = [], ""

    while True:
        page = await installer.read(f"/v1/wallet/entries?account=available&asset=BON&limit=3{before}")
        seen += page["entries"]
        if page["before"] is None:
            break
        before = f"&before={page['before']}"

    assert sum(entry["amount_minor"] for entry in seen) == await available(installer)
    assert [entry["seq"] for entry in seen] == list(range(len(seen), 0, -1))


@pytest.mark.parametrize(
    "query",
    ["", "account=available", "account=campaign&asset=BON", "account=debt&asset=bon", "account=debt&asset=B'--"],
)
async def test_entries_of_what_is_no_account_of_an_agents_are_not_asked_for(installer: Installer, query: str) -> None:
    answer = await installer.call("GET", f"/v1/wallet/entries?{query}")

    assert refusal(answer) == (400, "invalid_request")


async def test_frozen_money_is_safe_and_stays(installer: Installer) -> None:
    await execute("INSERT INTO switch (name, reason) VALUES ('spending:BON', 'verify')")

    answer = await installer.prove("POST", "/v1/spends", order())

    assert refusal(answer) == (409, "spending_frozen")
