from typing import Any

from tests.driver import Driver
from tests.referrals.people import enrolled

OFFER = {"name": "offer", "text_ru": "Правила\nакции", "text_en": "The rules"}


async def published(driver: Driver, **changes: str) -> dict[str, Any]:
    terms: dict[str, Any] = await driver.owner("POST", f"/v1/programs/{await driver.program()}/terms", OFFER | changes)
    return terms


async def test_an_agent_reads_the_newest_text_and_agrees_to_it(driver: Driver) -> None:
    await published(driver, text_ru="Старое")
    newest = await published(driver)
    agent = await enrolled()

    shown = await driver.call("GET", f"/v1/terms?program_id={newest['program_id']}", token=agent.token)
    yes = await driver.call("POST", f"/v1/terms/{newest['id']}/accept", {"sha256": newest["sha256"]}, token=agent.token)

    assert shown.json() == {"terms": [newest]}
    assert newest["version"] == 2
    assert (yes.status_code, yes.json()["sha256"]) == (200, newest["sha256"])


async def test_nobody_agrees_to_a_text_that_he_was_not_shown(driver: Driver) -> None:
    terms = await published(driver)
    agent = await enrolled()

    answer = await driver.call("POST", f"/v1/terms/{terms['id']}/accept", {"sha256": "0" * 64}, token=agent.token)

    assert (answer.status_code, answer.json()["slug"]) == (409, "terms_changed")
