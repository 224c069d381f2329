from uuid import uuid4

import httpx

from core.epoch import current_epoch
from tests.driver import Driver

TEXT = {"name": "bonus", "text_ru": "Кто первый, тому бонус.", "text_en": "Whoever is first gets the bonus."}


async def test_anybody_sees_the_programs_with_the_newest_of_their_terms(
    driver: Driver, http: httpx.AsyncClient
) -> None:
    path = f"/v1/programs/{await driver.program()}/terms"
    await driver.owner("POST", path, TEXT | {"text_en": "An older text."})
    newest = await driver.owner("POST", path, TEXT)

    shown = (await http.get("/v1/showcase")).raise_for_status().json()

    [program] = shown["programs"]
    assert program["id"] == await driver.program()
    assert program["terms"] == [newest]
    assert shown["epoch"] == str(await current_epoch())


async def test_an_agent_reads_what_goods_are_called_and_a_stranger_does_not(
    driver: Driver, http: httpx.AsyncClient
) -> None:
    product_id, agent = await driver.product(), await driver.agent()
    token = agent.device.token

    named = await driver.call("GET", f"/v1/products/{product_id}", token=token)
    unknown = await driver.call("GET", f"/v1/products/{uuid4()}", token=token)
    stranger = await driver.call("GET", f"/v1/products/{product_id}")

    assert named.json()["name_ru"].startswith("Котёл ")
    assert named.json()["name_en"].startswith("Boiler ")
    assert (unknown.status_code, stranger.status_code) == (404, 401)
