from uuid import UUID

import pytest

from core import audit_chain
from core.db import execute
from tests.api.worlds import a_paying_campaign, a_world, paid_activity
from tests.driver import Driver
from tests.referrals.people import enrolled, scanned
from wallets import chain
from workers.schedule import Chore, run_due


async def a_parked_activity(driver: Driver) -> str:
    """An activity on which the rules broke."""
    activity_id = await scanned((await enrolled()).agent_id, UUID(await driver.program()))
    await execute("UPDATE activity_queue SET parked_at = now(), error = 'ZeroDivisionError()'")
    return str(activity_id)


async def test_what_is_parked_is_listed_with_its_reason_and_driven_again(driver: Driver) -> None:
    activity_id = await a_parked_activity(driver)

    before = await driver.owner("GET", "/v1/operations/parked")
    driven = await driver.owner("POST", f"/v1/operations/activities/{activity_id}/drive-again")
    after = await driver.owner("GET", "/v1/operations/parked")

    assert before["parked"] == [{"activity_id": activity_id, "error": "ZeroDivisionError()"}]
    assert driven == {"activities": 1}
    assert after["parked"] == []


async def test_another_programs_parked_work_is_not_listed(driver: Driver) -> None:
    world = await a_world(driver)
    await a_paying_campaign(driver)
    await a_parked_activity(driver)

    answer = await driver.call("GET", "/v1/operations/parked", token=world.owner_key)

    assert answer.json() == {"parked": []}


async def test_a_switch_is_thrown_with_its_reason_and_turned_back(driver: Driver) -> None:
    path = "/v1/operations/switches/spending:BON"

    thrown = await driver.owner("PUT", path, {"reason": "a look at the books"})
    listed = await driver.owner("GET", "/v1/operations/switches")
    back = await driver.owner("DELETE", path)

    assert listed == thrown == {"switches": {"spending:BON": "a look at the books"}}
    assert back == {"switches": {}}


@pytest.mark.parametrize("name", ["read-only", "spending:", "shop:1", "read_only%0A", "%00"])
async def test_a_name_that_nothing_looks_at_is_no_switch(driver: Driver, name: str) -> None:
    answer = await driver.call("PUT", f"/v1/operations/switches/{name}", {"reason": "x"}, token=driver.owner_key)

    assert answer.status_code == 400


async def test_the_audit_is_read_page_by_page_the_latest_first(driver: Driver) -> None:
    for name in "абв":
        await driver.owner("POST", "/v1/programs", {"name": name, "time_zone": "Europe/Moscow"})

    first = await driver.owner("GET", "/v1/operations/audit?limit=2")
    second = await driver.owner("GET", f"/v1/operations/audit?limit=2&before={first['before']}")

    actions = [*first["actions"], *second["actions"]]
    assert [action["action"] for action in actions] == ["program.create"] * 3 + ["key.create"]
    assert [action["facts"]["program"]["name"] for action in actions[:3]] == ["в", "б", "а"]


async def test_the_heads_of_the_chains_move_with_the_money_and_with_what_is_done(driver: Driver) -> None:
    before = await driver.owner("GET", "/v1/operations/chain")
    await paid_activity(await enrolled(), await a_paying_campaign(driver))
    await chain.seal()
    await audit_chain.seal()
    after = await driver.owner("GET", "/v1/operations/chain")

    assert (before["seq"], before["hash"]) == (0, "0" * 64)
    assert after["seq"] > 0
    assert after["hash"] != before["hash"]
    assert (before["audit"]["seq"], after["audit"]["seq"] > 0) == (0, True)


async def test_chores_show_what_broke(driver: Driver) -> None:
    async def breaks() -> None:
        raise ValueError("no more paper")

    await run_due([Chore("print", 1, breaks)])
    [chore] = (await driver.owner("GET", "/v1/operations/chores"))["chores"]

    assert (chore["name"], chore["error"]) == ("print", "ValueError('no more paper')")
    assert chore["done_at"] is not None
