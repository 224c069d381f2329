from typing import Any
from uuid import uuid4

import httpx
import pytest

from core import access, audit
from core.access import Role
from tests.api.tables import Route, routes
from tests.api.worlds import World, a_world
from tests.driver import Driver, an_order

FOR_KEYS = [route for route in routes() if route.scope]
RULES = {"trigger": "code_scanned", "asset": "BON", "effects": [{"pay": "fixed", "amount_minor": 1}]}
# What a route has to be told to look at what it is asked about; the others need nothing.
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /v1/programs/{program_id}": {"name": "Другое"},
    "POST /v1/programs": {"name": "Новая", "time_zone": "Europe/Moscow"},
    "POST /v1/programs/{program_id}/batches": {"product_id": "{product_id}", "count": 1},
    "POST /v1/programs/{program_id}/campaigns": {"name": "К", "rules": RULES},
    "POST /v1/programs/{program_id}/products": {"sku": "NEW", "name_ru": "Н", "name_en": "N"},
    "POST /v1/programs/{program_id}/shops": {"code": "NEW", "name": "Н"},
    "POST /v1/programs/{program_id}/terms": {"name": "offer", "text_ru": "Да", "text_en": "Yes"},
    "POST /v1/batches/{batch_id}/print-orders": {"printer": "Press"},
    "POST /v1/print-orders/{print_order_id}/cancel": {"reason": "test"},
    "POST /v1/print-orders/{print_order_id}/reconciliation": {"runs": [{"first": 0, "stop": 1, "outcome": "printed"}]},
    "POST /v1/batches/{batch_id}/ranges": {"state": "active", "reason": "test"},
    "POST /v1/batches/{batch_id}/tags": {"territory": "north"},
    "POST /v1/batches/{batch_id}/cartons": {"codes_per_carton": 1},
    "POST /v1/batches/{batch_id}/leaks": {"reason": "test"},
    "POST /v1/batches/{batch_id}/void-requests": {"reason": "test"},
    "POST /v1/reviews/{scan_id}": {"pays": True},
    "POST /v1/activations": {"batch_id": "{batch_id}"},
    "POST /v1/codes/inspect": {"code": "{code}"},
    "POST /v1/programs/{program_id}/shipments": {
        "shipments": [{"number": "D-1", "shipped_at": "2026-01-01T00:00:00Z"}]
    },
    "POST /v1/programs/{program_id}/segments/{segment}/agents": {"promo_codes": ["МАСТЕР10"]},
    "POST /v1/programs/{program_id}/segments/{segment}/words": {"ends_at": "2100-01-01T00:00:00Z", "uses_max": 1},
    "PUT /v1/campaigns/{campaign_id}/advertising": {"word": "Реклама"},
    "PUT /v1/programs/{program_id}/colours": {"dark": "#000000", "light": "#FFFFFF"},
    "POST /v1/campaigns/{campaign_id}/versions": {"rules": RULES},
    "POST /v1/campaigns/{campaign_id}/budget": {"amount_minor": 1, "asset": "BON"},
    "POST /v1/accruals/{accrual_id}/clawback": {"reason": "test", "amount_minor": 1},
    "POST /v1/operations/disputes/{dispute_id}/answer": {"verdict": "rejected", "words": "Нет"},
    "PUT /v1/operations/switches/{name}": {"reason": "test"},
    "POST /v1/risk-events/{risk_id}/decision": {"decision": "clear", "note": "test"},
    "POST /v1/receipts/{receipt_id}/decision": {"decision": "reject"},
    "POST /v1/programs/{program_id}/receipt-feeds": {"name": "F"},
    "PATCH /v1/receipt-feeds/{feed_id}": {"state": "on"},
    "PUT /v1/fiscal-keys": {"format": "at", "signer": "1a2b", "key": "AAAA"},
    "POST /v1/shops/{shop_id}/terminals": {"name": "T", "public_key": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    "POST /v1/settlements": {"shop_id": "{shop_id}", "month": "2026-01"},
    "POST /v1/settlements/{settlement_id}/payment": {"paid_on": "2026-03-03", "reference": "1"},
    "POST /v1/settlements/{settlement_id}/payment/reversal": {"reason": "test"},
    "POST /v1/settlements/{settlement_id}/disputes": {"order_ref": "1", "claimed_minor": 1, "reason": "test"},
    "POST /v1/settlement-disputes/{settlement_dispute_id}/answer": {"verdict": "rejected", "words": "Нет"},
    "PUT /v1/agents/{agent_id}/own-cards": {"kind": "phone", "value": "+79120000017"},
    "POST /v1/programs/{program_id}/rewards": {
        "kind": "gift_card",
        "name_ru": "К",
        "name_en": "C",
        "price_minor": 1,
    },
    "PATCH /v1/rewards/{reward_id}": {"state": "active"},
    "POST /v1/rewards/{reward_id}/cards/withdraw": {"reason": "test"},
    "POST /v1/reward-orders/{order_id}/refund": {"reason": "test"},
    "POST /v1/vouchers/look": {"voucher": "{voucher}"},
    "POST /v1/vouchers/give": {"voucher": "{voucher}"},
    "POST /v1/keys": {"name": "K", "role": "erp", "program_id": "{program_id}"},
    "POST /v1/staff": {"login": "anna", "name": "A", "role": "auditor", "program_id": "{program_id}"},
}
SHEETS = {
    "POST /v1/batches/{batch_id}/cartons/import": "sscc,first,stop\n046012345000000012,0,1\n",
    "POST /v1/programs/{program_id}/shipments/import": (
        "number,shipped_at,sscc,batch,first,stop\nD-2,2026-01-01T00:00:00Z,,{batch_id},0,1\n"
    ),
    "POST /v1/print-orders/{print_order_id}/reconciliation/import": "first,stop,outcome\n0,1,printed\n",
    "POST /v1/programs/{program_id}/products/import": "sku,name_ru,name_en\nS-1,П,P\n",
    "POST /v1/settlements/{settlement_id}/reconciliation": "order_ref,date,discount\n1,2026-02-01,1\n",
    "POST /v1/rewards/{reward_id}/cards": "code\nA-1\n",
    "POST /v1/programs/{program_id}/shops/import": "code,name\nS-1,П\n",
}
# What concerns the whole installation is not there for a key that is confined to a part of it.
OF_THE_WHOLE = {
    "POST /v1/programs",
    "PUT /v1/agents/{agent_id}/own-cards",
    "DELETE /v1/agents/{agent_id}/own-cards/{card_id}",
    "GET /v1/fiscal-keys",
    "PUT /v1/fiscal-keys",
    "GET /v1/receipt-sources",
    "GET /v1/operations/audit",
    "GET /v1/operations/chain",
    "GET /v1/operations/chores",
    "GET /v1/operations/switches",
    "PUT /v1/operations/switches/{name}",
    "DELETE /v1/operations/switches/{name}",
}
LISTS = {
    "GET /v1/programs",
    "GET /v1/keys",
    "GET /v1/staff",
    "GET /v1/operations/parked",
    "GET /v1/operations/disputes",
    "GET /v1/risk-events",
    "GET /v1/void-requests",
    "GET /v1/reviews",
    "GET /v1/receipts/review",
    "GET /v1/settlements",
}
OF_ONE_PROGRAM = [
    route
    for route in FOR_KEYS
    # Orders name their shop in the body: whose they are is tried where there are some, in test_orders.
    if route.operation not in OF_THE_WHOLE | LISTS and not route.path.startswith("/v1/orders")
]


async def asked(driver: Driver, route: Route, world: World, *, key: str) -> httpx.Response:
    """A well-formed call of a route about a world's things."""
    path = world.fill(route.path).replace("{name}", "spending:BON").replace("{verb}", "pause").replace("{number}", "1")
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "one"}
    if route.operation in SHEETS:
        return await driver.http.request(
            route.method, path, content=world.fill(SHEETS[route.operation]), headers=headers
        )
    body = {name: world.fill(value) if isinstance(value, str) else value for name, value in _body(route).items()}
    return await driver.http.request(route.method, path, json=body, headers=headers)


def _body(route: Route) -> dict[str, Any]:
    return BODIES.get(route.operation, {})


async def test_a_confined_key_finds_nothing_of_another_program(driver: Driver) -> None:
    ours, theirs = await a_world(driver), await a_world(driver, asset="PTS")

    answers = {route.operation: await asked(driver, route, theirs, key=ours.owner_key) for route in OF_ONE_PROGRAM}

    assert {operation: answer.status_code for operation, answer in answers.items() if answer.status_code != 404} == {}


async def test_the_same_calls_about_its_own_program_find_everything(driver: Driver) -> None:
    ours = await a_world(driver)

    answers = {route.operation: await asked(driver, route, ours, key=ours.owner_key) for route in OF_ONE_PROGRAM}

    assert {
        operation: answer.text
        for operation, answer in answers.items()
        if answer.status_code in {400, 401, 403, 404, 500}
    } == {}


async def test_a_confined_key_has_no_say_in_the_whole(driver: Driver) -> None:
    ours = await a_world(driver)

    answers = [
        await asked(driver, route, ours, key=ours.owner_key) for route in FOR_KEYS if route.operation in OF_THE_WHOLE
    ]

    assert {answer.status_code for answer in answers} == {404}


async def test_lists_show_a_confined_key_its_own_and_nothing_else(driver: Driver) -> None:
    ours = await a_world(driver)
    await a_world(driver, asset="PTS")

    programs = (await driver.call("GET", "/v1/programs", token=ours.owner_key)).json()["programs"]
    keys = (await driver.call("GET", "/v1/keys", token=ours.owner_key)).json()["keys"]
    disputes = (await driver.call("GET", "/v1/operations/disputes", token=ours.owner_key)).json()["disputes"]

    assert [program["id"] for program in programs] == [ours.program_id]
    assert {key["program_id"] for key in keys} == {ours.program_id}
    assert [dispute["id"] for dispute in disputes] == [ours.dispute_id]


@pytest.mark.parametrize("role", [Role.owner, Role.erp])
async def test_a_key_of_a_shop_finds_nothing_of_its_program_whatever_its_role(driver: Driver, role: Role) -> None:
    ours = await a_world(driver)
    shop_key = await driver.staff((await _shop(driver))["id"], role)
    served = [
        route
        for route in FOR_KEYS
        if route.serves(role)
        and "{spend_id}" not in route.path
        # What it sells and gives is its business.
        and not route.path.startswith(("/v1/orders", "/v1/vouchers"))
        # It has statements of its own.
        and route.operation != "GET /v1/settlements"
    ]

    answers = {route.operation: await asked(driver, route, ours, key=shop_key) for route in served}

    assert {operation: answer.status_code for operation, answer in answers.items() if answer.status_code != 404} == {}


async def test_a_confined_owner_makes_keys_for_his_program_alone(driver: Driver) -> None:
    ours, theirs = await a_world(driver), await a_world(driver, asset="PTS")

    made = await driver.call("POST", "/v1/keys", {"name": "K", "role": "owner"}, token=ours.owner_key)
    refused = await driver.call(
        "POST", "/v1/keys", {"name": "K", "role": "owner", "program_id": theirs.program_id}, token=ours.owner_key
    )
    holder = await access.holder_of(made.json()["token"])

    assert refused.status_code == 404
    assert holder is not None
    assert str(holder.program_id) == ours.program_id


async def _shop(driver: Driver) -> dict[str, str]:
    path = f"/v1/programs/{await driver.program()}/shops"
    shop: dict[str, str] = await driver.owner("POST", path, {"code": "M-1", "name": "Мастер"})
    return shop


async def test_whoever_reaches_beyond_his_confines_stands_in_the_audit_once(driver: Driver) -> None:
    ours, theirs = await a_world(driver), await a_world(driver, asset="PTS")
    till, other = await driver.pos("M-1"), str(uuid4())
    path = f"/v1/campaigns/{theirs.campaign_id}/pause"

    answers = [
        await driver.call("POST", "/v1/orders/redemptions", an_order(codes=["КОД1"], shop_id=other), token=till),
        *[await driver.call("POST", path, token=ours.owner_key) for _ in range(2)],
    ]

    denied = [one for one in await audit.page() if one.action == "denied"]
    assert {answer.status_code for answer in answers} == {404}
    assert [one.facts for one in denied] == [
        {"route": "POST /v1/campaigns/{campaign_id}/{verb}", "wanted": theirs.program_id},
        {"route": "POST /v1/orders/redemptions", "wanted": other},
    ]
    assert all(one.who.startswith("key:") for one in denied)
