from uuid import UUID

from core import switches
from tests.api.worlds import a_paying_campaign, a_spend, paid_activity
from tests.driver import Driver
from tests.referrals.people import Person, enrolled, told
from wallets.spends import Spend


async def rich(driver: Driver, asset: str = "BON") -> Person:
    """Somebody whose bonus can be spent."""
    person = await enrolled()
    await paid_activity(person, await a_paying_campaign(driver, asset))
    return person


async def captured(driver: Driver, spend: Spend, *, key: str) -> int:
    """What a capture by a till answers."""
    return (await driver.call("POST", f"/v1/spends/{spend.id}/capture", token=key)).status_code


async def test_a_till_captures_a_spend_once_and_its_agent_is_told(driver: Driver) -> None:
    person = await rich(driver)
    till, spend = await driver.pos("M-1"), await a_spend(person)

    first = await driver.capture(str(spend.id), till)
    second = await driver.capture(str(spend.id), till)

    assert (first.status_code, first.json()["state"]) == (200, "captured")
    assert (second.status_code, second.json()["slug"]) == (409, "spend_settled")
    assert (await told(person.agent_id))[-1] == "spend_captured"


async def test_finance_gives_a_captured_spend_back(driver: Driver) -> None:
    person = await rich(driver)
    finance, spend = await driver.staff(None, "finance"), await a_spend(person)
    await driver.capture(str(spend.id))

    answer = await driver.call("POST", f"/v1/spends/{spend.id}/refund", token=finance)

    assert (answer.status_code, answer.json()["state"]) == (200, "refunded")
    assert (await told(person.agent_id))[-1] == "spend_refunded"


async def test_a_till_settles_what_is_in_its_programs_asset_and_nothing_else(driver: Driver) -> None:
    person = await rich(driver, "PTS")
    spend = await a_spend(person, "PTS")
    its_own = await driver.pos("M-1")
    await a_paying_campaign(driver)
    foreign = await driver.pos("M-1")

    assert await captured(driver, spend, key=foreign) == 404
    assert await captured(driver, spend, key=its_own) == 200


async def test_a_stopped_shop_takes_nothing(driver: Driver) -> None:
    person = await rich(driver)
    till, spend = await driver.pos("M-1"), await a_spend(person)
    [shop] = (await driver.owner("GET", f"/v1/programs/{await driver.program()}/shops"))["shops"]
    await driver.owner("PUT", f"/v1/operations/switches/{switches.shop(UUID(shop['id']))}", {"reason": "fraud"})

    answer = await driver.capture(str(spend.id), till)

    assert (answer.status_code, answer.json()["slug"]) == (409, "shop_stopped")
