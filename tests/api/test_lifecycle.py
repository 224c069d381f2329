"""A batch's life over HTTP: by carton, shipment and day on sale, stopped, voided by two; strangers learn nothing."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from codes.batches import with_key
from codes.packaging_code import BatchKey, Role, encode
from codes.watch import watch
from core import access
from core.db import fetch_value
from tests.api.worlds import BONUS_MINOR, a_paying_campaign, a_sealed_batch
from tests.driver import Driver
from tests.packs import settled
from workers.chores import quick_chores

RANGES = "/v1/batches/{}/ranges"


class Sale:
    """A sealed batch of forty packs over HTTP, with what prints its codes."""

    def __init__(self, driver: Driver, program_id: str, batch_id: str, key: BatchKey) -> None:
        self.driver, self.program_id, self.batch_id, self.key = driver, program_id, batch_id, key

    def code(self, index: int, role: Role = Role.INNER) -> str:
        return encode(self.key, index=index, role=role)

    async def put(self, state: str, first: int = 0, stop: int | None = None) -> Any:
        body = {"state": state, "reason": "test", "first": first, "stop": stop}
        return await self.driver.owner("POST", RANGES.format(self.batch_id), body)

    async def packed(self) -> list[str]:
        """Cartons of ten on pallets of two; the cartons' numbers."""
        body = {"codes_per_carton": 10, "cartons_per_pallet": 2, "company_prefix": "4601234", "twins": False}
        await self.driver.owner("POST", f"/v1/batches/{self.batch_id}/cartons", body)
        listed = await self.driver.owner("GET", f"/v1/batches/{self.batch_id}/cartons")
        return [carton["sscc"] for carton in listed["cartons"]]

    async def activated(self, **said: Any) -> Any:
        return await self.driver.owner("POST", "/v1/activations", said)


@pytest.fixture
async def sale(driver: Driver) -> Sale:
    campaign = await a_paying_campaign(driver)
    batch_id = await a_sealed_batch(driver, campaign, count=40)
    _, key = await with_key(UUID(batch_id))
    return Sale(driver, campaign.program_id, batch_id, key)


async def test_a_recalled_range_refuses_while_its_neighbour_pays(driver: Driver, sale: Sale) -> None:
    agent = await driver.agent()
    await sale.put("active")
    await sale.put("recalled", 10, 20)

    answers = [await driver.scan(agent, sale.code(index)) for index in (9, 10, 19, 20)]

    await settled()
    assert [answer.status_code for answer in answers] == [201, 422, 422, 201]
    assert {answer.json().get("slug") for answer in answers[1:3]} == {"not_accepted"}
    assert (await driver.wallet(agent)).whole_minor == 2 * BONUS_MINOR


async def test_one_scan_of_an_outer_code_puts_a_carton_on_sale_and_pays_who_came_too_early(
    driver: Driver, sale: Sale
) -> None:
    agent = await driver.agent()
    await sale.packed()
    held = await driver.scan(agent, sale.code(3))

    first = await sale.activated(code=sale.code(0, Role.OUTER), reason="arrived")
    second = await sale.activated(code=sale.code(0, Role.OUTER), reason="arrived")

    await settled()
    assert (held.status_code, first["activated"] > 9, second["activated"]) == (202, True, 0)
    assert (await driver.wallet(agent)).whole_minor == BONUS_MINOR


async def test_a_shipment_leaves_arrives_and_is_on_sale(driver: Driver, sale: Sale) -> None:
    cartons = await sale.packed()
    sheet = f"number,shipped_at,territory,sscc\nD-1,2026-01-01T00:00:00Z,north,{cartons[0]}\n"
    path = f"/v1/programs/{sale.program_id}/shipments"
    headers = {"Authorization": f"Bearer {driver.owner_key}", "Idempotency-Key": "one"}
    left = await driver.http.post(f"{path}/import", content=sheet, headers=headers)

    await sale.activated(program_id=sale.program_id, shipment="D-1")

    ranges = (await driver.owner("GET", RANGES.format(sale.batch_id)))["ranges"]
    contents = await driver.owner("GET", f"/v1/shipments/{left.json()['shipments'][0]['id']}")
    assert (left.status_code, left.json()["shipments"][0]["number"]) == (200, "D-1")
    assert [(one["state"], one["territory"]) for one in ranges] == [("active", "north"), ("sealed", None)]
    assert contents["ranges"] == [{"batch_id": sale.batch_id, "first": 0, "stop": ranges[0]["stop"]}]


async def test_a_day_to_come_puts_a_range_on_sale_and_can_be_called_off(driver: Driver, sale: Sale) -> None:
    for stop in (10, 20):
        await sale.activated(batch_id=sale.batch_id, first=stop - 10, stop=stop, at="2126-01-01T00:00:00Z")
    path = f"/v1/batches/{sale.batch_id}/plans"
    listed = (await driver.owner("GET", path))["plans"]

    canceled = await driver.owner("DELETE", f"{path}/{listed[0]['id']}")

    assert [(plan["first"], plan["state"]) for plan in listed] == [(0, "active"), (10, "active")]
    assert canceled["id"] == listed[0]["id"]
    assert [plan["first"] for plan in (await driver.owner("GET", path))["plans"]] == [10]
    assert "range_plans" in {chore.name for chore in quick_chores(None)}  # type: ignore[arg-type]


async def test_a_day_to_come_is_told_in_utc_whatever_the_offset_that_it_was_named_with(sale: Sale) -> None:
    put = await sale.activated(batch_id=sale.batch_id, at="2100-01-01T02:30:00+03:00")

    assert put["planned_for"] == "2099-12-31T23:30:00Z"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"sscc": "046012345000000012", "code": "8WBJF619H3AR21VM"},
        {"shipment": "D-1"},
        {"program_id": "0199a3c4-7e2f-7b61-9d0a-5c1f2e3d4b5a"},
    ],
)
async def test_what_is_put_on_sale_is_said_in_one_way(driver: Driver, said: dict[str, str]) -> None:
    answer = await driver.call("POST", "/v1/activations", said, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (422, "not_one_selection")


async def test_a_batch_is_voided_by_two_and_never_by_one(driver: Driver, sale: Sale) -> None:
    agent = await driver.agent()
    await sale.put("active")
    _, another = await access.create(role=access.Role.owner, name="second", by="test")
    asked = await driver.owner("POST", f"/v1/batches/{sale.batch_id}/void-requests", {"reason": "stolen"})
    path = f"/v1/void-requests/{asked['id']}/approve"

    alone = await driver.call("POST", path, token=driver.owner_key)
    before = await driver.scan(agent, sale.code(0))
    together = await driver.call("POST", path, token=another)
    after = await driver.scan(agent, sale.code(1))

    assert (alone.status_code, alone.json()["slug"]) == (409, "second_person_needed")
    assert (before.status_code, together.status_code, after.status_code) == (201, 200, 422)
    assert (await driver.owner("GET", f"/v1/batches/{sale.batch_id}"))["state"] == "voided"


async def test_unknown_suspended_voided_and_foreign_codes_are_answered_alike(driver: Driver, sale: Sale) -> None:
    agent = await driver.agent()
    await sale.put("active")
    for place, state in enumerate(("suspended", "recalled", "expired")):
        await sale.put(state, place, place + 1)
    await driver.owner("POST", f"/v1/batches/{sale.batch_id}/leaks", {"reason": "test", "first": 3, "stop": 4})
    foreign = BatchKey(sale.key.series_key, sale.key.batch, bytes(16))
    unknown = encode(foreign, index=0, role=Role.INNER)

    answers = [await driver.scan(agent, sale.code(index)) for index in range(4)]
    answers += [await driver.scan(agent, code) for code in (unknown, sale.code(10**6), sale.code(9, Role.OUTER))]
    await voided(driver, sale)
    answers.append(await driver.scan(agent, sale.code(9)))

    assert len({seen(answer) for answer in answers}) == 1
    assert (answers[0].status_code, answers[0].json()["slug"]) == (422, "not_accepted")
    assert await fetch_value("SELECT count(*) FROM scan") == 0


async def test_nothing_is_paid_before_its_time_and_each_kind_of_attempt_is_suspected(
    driver: Driver, sale: Sale
) -> None:
    agent = await driver.agent()
    await sale.put("suspended", 10, 20)

    answers = [await driver.scan(agent, sale.code(index)) for index in (0, 10)]

    await settled()
    await watch(lag_seconds=0)
    risks = (await driver.owner("GET", "/v1/risk-events"))["events"]
    assert [answer.status_code for answer in answers] == [202, 422]
    assert (await driver.wallet(agent)).whole_minor == 0
    assert {risk["kind"] for risk in risks} == {"scan_before_sale", "scan_of_stopped"}


def seen(answer: httpx.Response) -> tuple[object, ...]:
    """What a stranger can tell answers apart by; each has its own trace, and fewer guesses left."""
    body = {name: value for name, value in answer.json().items() if name != "trace_id"}
    own = ("date", "x-request-id", "ratelimit", "traceparent", "ratelimit-policy")
    headers = tuple((name, value) for name, value in answer.headers.items() if name not in own)
    return answer.status_code, str(body), headers


async def voided(driver: Driver, sale: Sale) -> None:
    _, another = await access.create(role=access.Role.owner, name="second", by="test")
    asked = await driver.owner("POST", f"/v1/batches/{sale.batch_id}/void-requests", {"reason": "stolen"})
    answer = await driver.call("POST", f"/v1/void-requests/{asked['id']}/approve", token=another)
    assert answer.status_code == 200


async def test_the_drill_and_the_leak_tell_the_same_and_only_the_leak_freezes(driver: Driver, sale: Sale) -> None:
    agent = await driver.agent()
    await sale.put("active")
    await driver.scan(agent, sale.code(0))

    drill = await driver.owner("GET", f"/v1/batches/{sale.batch_id}/exposure?stop=10")
    still = await driver.scan(agent, sale.code(1))
    leak = await driver.owner("POST", f"/v1/batches/{sale.batch_id}/leaks", {"reason": "test", "stop": 10})

    assert (drill["claimed"], drill["states"], still.status_code) == (1, {"active": 10}, 201)
    assert (leak["claimed"], leak["states"]) == (2, {"leaked": 10})
    assert [one["alias"] for one in leak["agents"]] == [agent.alias]


async def test_a_story_is_told_in_a_body_and_nothing_of_the_code_comes_back(driver: Driver, sale: Sale) -> None:
    agent = await driver.agent()
    await sale.put("active")
    await driver.scan(agent, sale.code(0))

    answer = await driver.call("POST", "/v1/codes/inspect", {"code": sale.code(0)}, token=driver.owner_key)

    story = answer.json()
    assert (answer.status_code, story["role"], story["scan"]["alias"]) == (200, "inner", agent.alias)
    assert sale.code(0) not in answer.text
    assert sale.code(0, Role.OUTER) not in answer.text


async def test_batches_and_ranges_are_read_page_by_page(driver: Driver, sale: Sale) -> None:
    await sale.put("active", 10, 20)
    path = RANGES.format(sale.batch_id)

    first = await driver.owner("GET", f"{path}?limit=2")
    rest = await driver.owner("GET", f"{path}?limit=2&after={first['after']}")
    batches = await driver.owner("GET", f"/v1/programs/{sale.program_id}/batches")

    assert [one["first"] for one in first["ranges"] + rest["ranges"]] == [0, 10, 20]
    assert rest["after"] is None
    assert [one["id"] for one in batches["batches"]] == [sale.batch_id]


async def test_the_page_for_stories_loads_nothing_from_elsewhere(driver: Driver) -> None:
    parts = {name: await driver.http.get(f"/admin/{name}") for name in ("codes", "codes.css", "codes.js")}

    assert {name: part.headers["content-type"].split(";")[0] for name, part in parts.items()} == {
        "codes": "text/html",
        "codes.css": "text/css",
        "codes.js": "text/javascript",
    }
    assert all("default-src 'none'" in part.headers["content-security-policy"] for part in parts.values())
    assert not any("//" in part.text.replace("// ", "") for part in parts.values())
    assert (await driver.http.get("/admin/none")).status_code == 404
