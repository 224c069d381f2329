"""What a phone is answered about orders whose campaign does not tell everything."""

import pytest

from tests.driver import Driver, an_order

FLAT = [{"pay": "fixed", "amount_minor": 777}]


@pytest.mark.usefixtures("proven")
async def test_a_phone_reads_the_band_and_the_goods_where_shop_and_sum_are_kept_back(driver: Driver) -> None:
    tells = {"shop": False, "amount": "band", "goods": True}
    campaign = await driver.promo_campaign(1_000_000, 1_000_000, tells=tells, effects=FLAT)
    agent, pos = await driver.agent(), await driver.pos("M-1")
    promo = await driver.promo_new(agent, campaign)

    await driver.promo_redeem(pos, promo, an_order())

    came = (await driver.journal(agent))[-1]
    listed = (await driver.call("GET", "/v1/activities", token=agent.device.token)).json()["activities"][0]
    explained = (await driver.call("GET", f"/v1/activities/{came['activity_id']}", token=agent.device.token)).json()
    assert set(came["facts"]) == {"code", "came_back", "amount_band", "asset", "goods", "goods_more"}
    assert came["sentence_ru"].startswith("Пришёл ваш клиент: покупка на 500\u00a0– 1\u00a0000\u00a0₽ по вашему коду")
    assert listed["total"] == {"from_minor": 50_000, "below_minor": 100_000, "currency": "RUB"}
    assert all(set(line) == {"product_id", "sku", "quantity"} for line in listed["lines"])
    assert explained["activity"] == listed
    assert "M-1" not in str((came, explained))


async def test_a_word_that_is_no_way_of_telling_is_refused(driver: Driver) -> None:
    path = f"/v1/programs/{await driver.program()}/campaigns"
    rules = {"trigger": "promo_redeemed", "asset": "BON", "effects": FLAT, "tells": {"amount": "roughly"}}

    answer = await driver.call("POST", path, {"name": "P", "rules": rules}, token=driver.owner_key)

    assert answer.status_code == 400
