import pytest

from api import read_only
from core import switches
from core.switches import READ_ONLY
from tests.driver import Driver

PROGRAM = {"name": "Тепло", "time_zone": "Europe/Moscow"}


@pytest.fixture
async def stopped(driver: Driver) -> Driver:
    """The owner of an installation in read-only mode."""
    await driver.owner("PUT", f"/v1/operations/switches/{READ_ONLY}", {"reason": "a copy is being made"})
    read_only.forget()
    return driver


async def test_while_it_is_thrown_writes_are_told_when_to_come_again(stopped: Driver) -> None:
    answer = await stopped.call("POST", "/v1/programs", PROGRAM, token=stopped.owner_key)

    assert (answer.status_code, answer.json()["slug"]) == (503, "read_only")
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_scan_is_not_taken_and_not_lost_either(stopped: Driver) -> None:
    answer = await stopped.call("POST", "/v1/scans", {"code": "8WBJ F619 H3AR 21VM"}, token="npa_nobody")

    assert (answer.status_code, answer.json()["slug"]) == (503, "read_only")


async def test_while_it_is_thrown_everything_can_be_read(stopped: Driver) -> None:
    answer = await stopped.call("GET", "/v1/programs", token=stopped.owner_key)

    assert answer.status_code == 200


async def test_its_own_switch_can_be_turned_back(stopped: Driver) -> None:
    answer = await stopped.call("DELETE", f"/v1/operations/switches/{READ_ONLY}", token=stopped.owner_key)
    read_only.forget()
    after = await stopped.call("POST", "/v1/programs", PROGRAM, token=stopped.owner_key)

    assert (answer.status_code, answer.json()) == (200, {"switches": {}})
    assert after.status_code == 201


async def test_another_process_notices_within_a_second(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    await driver.owner("POST", "/v1/programs", PROGRAM)
    await switches.turn_on(READ_ONLY, reason="another process", by="test")
    at_once = await driver.call("POST", "/v1/programs", PROGRAM, token=driver.owner_key)

    monkeypatch.setattr(read_only._Seen, "at", read_only._Seen.at - read_only.REMEMBERED_SECONDS)
    later = await driver.call("POST", "/v1/programs", PROGRAM, token=driver.owner_key)

    assert (at_once.status_code, later.status_code) == (201, 503)
