import asyncio

from core.db import execute
from tests.api.worlds import BONUS_MINOR, World, a_world
from tests.driver import Driver
from tests.referrals.people import told

WHY = {"reason": "The goods came back"}


def path(world: World) -> str:
    return f"/v1/accruals/{world.accrual_id}/clawback"


async def test_a_bonus_is_taken_back_and_its_agent_is_told(driver: Driver) -> None:
    world = await a_world(driver)

    taken = await driver.owner("POST", path(world), WHY)

    # A hundred of it are set aside for a spend, and as many for a service, so they are owed.
    assert taken["amount_minor"] == BONUS_MINOR
    assert (taken["from_available_minor"], taken["to_debt_minor"]) == (BONUS_MINOR - 200, 200)
    assert (await told(world.person.agent_id))[-1] == "clawed_back"


async def test_twenty_at_once_with_one_key_take_once(driver: Driver) -> None:
    world, body = await a_world(driver), WHY | {"amount_minor": 10}

    answers = await asyncio.gather(
        *(driver.call("POST", path(world), body, token=driver.owner_key, key="k") for _ in range(20))
    )
    rest = await driver.owner("POST", path(world), WHY)

    assert {answer.status_code for answer in answers} == {200}
    assert rest["amount_minor"] == BONUS_MINOR - 10


async def test_the_ledger_remembers_a_key_when_its_answer_is_long_forgotten(driver: Driver) -> None:
    world, body = await a_world(driver), WHY | {"amount_minor": 10}
    await driver.call("POST", path(world), body, token=driver.owner_key, key="k")
    await execute("DELETE FROM answer")

    again = await driver.call("POST", path(world), body, token=driver.owner_key, key="k")

    assert (again.status_code, again.json()["slug"]) == (409, "clawback_made")


async def test_more_than_there_is_left_is_refused(driver: Driver) -> None:
    world = await a_world(driver)

    answer = await driver.call("POST", path(world), WHY | {"amount_minor": BONUS_MINOR + 1}, token=driver.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (409, "nothing_to_claw_back")
    assert answer.json()["facts"]["left_minor"] == BONUS_MINOR
