"""The main job: a code is scanned by somebody nobody knows, paid once, explained, and spent."""

from tests.driver import Driver

BONUS_MINOR = 450_00


async def test_a_scan_is_paid_once_explained_and_spent(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=1_000_000, bonus_minor=BONUS_MINOR, wait_seconds=1)
    [code] = await driver.mint(1, campaign)
    agent, stranger = await driver.agent(), await driver.agent()

    scan = await driver.scan(agent, code)
    wallet = await driver.settled(agent, BONUS_MINOR)
    again = await driver.scan(agent, code)
    foreign = await driver.scan(stranger, code)
    spend = await driver.spend(agent, 150_00)
    captured = await driver.capture(spend.json()["id"])

    assert (scan.status_code, scan.json()["expected"]["amount_minor"]) == (201, BONUS_MINOR)
    assert wallet.whole_minor == BONUS_MINOR
    assert (again.status_code, again.json()) == (200, scan.json() | {"already_yours": True})
    assert (foreign.status_code, foreign.json()["slug"]) == (409, "already_claimed")
    assert (spend.status_code, captured.json()["state"]) == (201, "captured")
    assert await driver.wallet(agent) == await driver.settled(agent, 300_00)
    assert (await driver.wallet(stranger)).whole_minor == 0
    assert [entry["kind"] for entry in await driver.journal(agent)] == [
        "spend_captured",
        "spend_reserved",
        "available",
        "credited",
    ]


async def test_a_code_that_is_not_on_sale_yet_is_held_and_paid_on_activation(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=1_000_000, bonus_minor=BONUS_MINOR)
    batch_id = await driver.batch(1, campaign)
    [code] = await driver.codes(batch_id)
    agent = await driver.agent()

    scan = await driver.scan(agent, code)
    before = await driver.wallet(agent)
    await driver.activate(batch_id)
    after = await driver.settled(agent, BONUS_MINOR)

    assert (scan.status_code, scan.json()["state"]) == (202, "held")
    assert before.whole_minor == 0
    assert after.available_minor == BONUS_MINOR


async def test_a_phone_that_was_offline_sends_its_whole_queue_and_may_send_it_again(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=1_000_000, bonus_minor=100)
    codes = await driver.mint(40, campaign)
    agent = await driver.agent()

    first = await driver.scan_batch(agent, codes)
    second = await driver.scan_batch(agent, codes)
    wallet = await driver.settled(agent, 40 * 100)

    assert {answer["status"] for answer in first.json()["answers"]} == {201}
    assert second.json() == first.json()
    assert wallet.whole_minor == 40 * 100


async def test_an_empty_budget_denies_with_its_reason_and_a_topped_up_one_pays(driver: Driver) -> None:
    campaign = await driver.campaign(budget_minor=100, bonus_minor=100)
    codes = await driver.mint(2, campaign)
    agent = await driver.agent()
    for code in codes:
        await driver.scan(agent, code)
        await driver.advance_jobs()

    denied = (await driver.journal(agent))[0]
    poor = await driver.wallet(agent)
    await driver.top_up(campaign.id, 100)
    await driver.owner("POST", f"/v1/campaigns/{campaign.id}/drive-again")
    rich = await driver.settled(agent, 200)

    assert (denied["kind"], denied["facts"]["reason"]) == ("denied", "budget_exhausted")
    assert poor.whole_minor == 100
    assert rich.whole_minor == 200
