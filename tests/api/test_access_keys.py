from api import callers
from core.db import fetch, fetch_value
from tests.driver import Driver

KEY = {"name": "Касса 3", "role": "erp"}


async def test_a_key_opens_what_its_role_may_and_is_shown_once(driver: Driver) -> None:
    made = await driver.owner("POST", "/v1/keys", KEY)

    answer = await driver.call("GET", "/v1/programs", token=made["token"])
    listed = await driver.call("GET", "/v1/keys", token=driver.owner_key)

    assert answer.status_code == 200
    assert made["token"] not in listed.text
    assert made["id"] in {key["id"] for key in listed.json()["keys"]}


async def test_its_replay_shows_the_token_again_and_the_database_never_does(driver: Driver) -> None:
    first = await driver.call("POST", "/v1/keys", KEY, token=driver.owner_key, key="k")
    second = await driver.call("POST", "/v1/keys", KEY, token=driver.owner_key, key="k")

    stored = await fetch_value("SELECT body FROM answer WHERE scope LIKE '%/v1/keys'")
    assert second.content == first.content
    assert first.json()["token"].encode() not in stored


async def test_an_ended_key_opens_nothing(driver: Driver) -> None:
    made = await driver.owner("POST", "/v1/keys", KEY)
    assert (await driver.call("GET", "/v1/programs", token=made["token"])).status_code == 200

    ended = await driver.owner("DELETE", f"/v1/keys/{made['id']}")
    callers.forget()
    answer = await driver.call("GET", "/v1/programs", token=made["token"])

    assert ended["revoked_at"] is not None
    assert answer.status_code == 401


async def test_a_key_that_has_expired_opens_nothing(driver: Driver) -> None:
    made = await driver.owner("POST", "/v1/keys", KEY | {"expires_at": "2020-01-01T00:00:00Z"})

    answer = await driver.call("GET", "/v1/programs", token=made["token"])

    assert answer.status_code == 401


async def test_its_last_moment_is_told_in_utc_whatever_the_offset_that_it_was_named_with(driver: Driver) -> None:
    made = await driver.owner("POST", "/v1/keys", KEY | {"expires_at": "2100-01-01T02:30:00+03:00"})

    assert made["expires_at"] == "2099-12-31T23:30:00Z"


async def test_a_tills_key_belongs_to_its_shops_program(driver: Driver) -> None:
    await driver.pos("M-1")

    [key] = await fetch("SELECT program_id, shop_id FROM access_key WHERE role = 'terminal'")

    assert str(key["program_id"]) == await driver.program()
    assert key["shop_id"] is not None
