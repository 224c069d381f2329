from core.db import execute
from tests.api.worlds import a_world
from tests.driver import Driver
from tests.referrals.people import told


async def test_a_dispute_waits_until_it_is_answered_and_its_agent_reads_the_words(driver: Driver) -> None:
    world = await a_world(driver)
    path = f"/v1/operations/disputes/{world.dispute_id}/answer"

    before = await driver.owner("GET", "/v1/operations/disputes")
    answered = await driver.owner("POST", path, {"verdict": "upheld", "words": "Вы правы"})
    again = await driver.call("POST", path, {"verdict": "rejected", "words": "Нет"}, token=driver.owner_key)
    after = await driver.owner("GET", "/v1/operations/disputes")

    assert [dispute["id"] for dispute in before["disputes"]] == [world.dispute_id]
    assert (answered["state"], answered["answer"]) == ("upheld", "Вы правы")
    assert (again.status_code, again.json()["slug"]) == (409, "dispute_answered")
    assert after["disputes"] == []
    assert (await told(world.person.agent_id))[-1] == "dispute_upheld"


async def test_those_whose_time_is_over_can_be_asked_for_alone(driver: Driver) -> None:
    late, _ = await a_world(driver), await a_world(driver, asset="PTS")
    await execute("UPDATE dispute SET answer_by = now() - interval '1 hour' WHERE id = $1", late.dispute_id)

    overdue = await driver.owner("GET", "/v1/operations/disputes?overdue=true")

    assert [dispute["id"] for dispute in overdue["disputes"]] == [late.dispute_id]
