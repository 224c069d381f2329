import asyncio
from datetime import timedelta

import pytest

from core.db import execute, fetch_value
from core.refusals import NotFound, Unauthorized
from referrals import devices
from referrals.devices import Device, DeviceRevoked, DeviceWaits, Issued, LastDevice
from tests.phones import Phone
from tests.referrals.people import a_token, enrolled, linked, stop_waiting, told

pytestmark = pytest.mark.usefixtures("database")


async def test_a_token_says_which_agent_and_which_phone() -> None:
    person = await enrolled()

    caller = await devices.caller_of(person.token)

    assert caller is not None
    assert caller.alias == await fetch_value("SELECT alias FROM agent WHERE id = $1", caller.agent_id)
    assert caller.device_id == (await devices.listed(caller.agent_id))[0].id


@pytest.mark.parametrize("token", ["", "npa_", "npp_" + "a" * 36, "Ω" * 40])
async def test_what_is_no_token_is_nobody(token: str) -> None:
    assert await devices.caller_of(token) is None
    assert type(await devices.turned_away(token)) is Unauthorized


async def test_a_well_formed_token_that_nobody_has_learns_nothing() -> None:
    token = a_token()

    assert await devices.caller_of(token) is None
    assert (await devices.turned_away(token)).facts == {}


async def test_a_caller_is_found_by_an_index() -> None:
    await enrolled()
    await execute("SET enable_seqscan = off")

    plan = await fetch_value("EXPLAIN SELECT FROM device WHERE token_hash = 'x'::bytea AND revoked_at IS NULL")

    assert "Index Scan" in plan
    await execute("RESET enable_seqscan")


async def test_a_phone_proves_its_key_and_gets_a_new_token() -> None:
    person = await enrolled()

    issued = await devices.renew_token(person.phone.thumbprint)

    assert await devices.caller_of(issued.token) == person.caller
    assert await devices.caller_of(person.token) is None
    assert await told(person.agent_id) == ["token_renewed"]


async def test_a_stranger_gets_no_token() -> None:
    with pytest.raises(Unauthorized):
        await devices.renew_token(Phone().thumbprint)


async def test_a_revoked_phone_is_told_so_and_gets_nothing() -> None:
    old = await enrolled()
    new = await stop_waiting(await linked(old))
    await devices.revoke(old.caller.device_id, caller=new.caller)

    assert await devices.caller_of(old.token) is None
    assert isinstance(await devices.turned_away(old.token), DeviceRevoked)
    with pytest.raises(DeviceRevoked):
        await devices.renew_token(old.phone.thumbprint)


async def test_a_revoked_phone_stays_listed() -> None:
    old = await enrolled()
    new = await linked(old)

    await devices.revoke(new.caller.device_id, caller=old.caller)

    listed = await devices.listed(old.agent_id)
    assert [(device.name, device.revoked_at is None) for device in listed] == [
        ("Pixel 9", False),
        ("Redmi Note 12", True),
    ]
    assert await told(old.agent_id) == ["device_linked", "token_renewed", "device_revoked"]


async def test_a_phone_that_still_waits_revokes_nobody_but_itself() -> None:
    old = await enrolled()
    new = await linked(old)

    with pytest.raises(DeviceWaits) as refused:
        await devices.revoke(old.caller.device_id, caller=new.caller)
    await devices.revoke(new.caller.device_id, caller=new.caller)

    assert refused.value.facts["spends_from"] == new.caller.spends_from
    assert await devices.caller_of(old.token) is not None


async def test_the_last_phone_is_not_revoked() -> None:
    person = await enrolled()

    with pytest.raises(LastDevice):
        await devices.revoke(person.caller.device_id, caller=person.caller)

    assert await devices.caller_of(person.token) is not None


async def test_another_agents_phone_is_not_there() -> None:
    person, stranger = await enrolled(), await enrolled()

    with pytest.raises(NotFound):
        await devices.revoke(stranger.caller.device_id, caller=person.caller)


async def test_a_phone_revoked_a_moment_ago_changes_nothing_more() -> None:
    old = await enrolled()
    new = await linked(old)
    await devices.revoke(new.caller.device_id, caller=old.caller)

    # The API may still remember the phone for some seconds.
    with pytest.raises(DeviceRevoked):
        await devices.revoke(old.caller.device_id, caller=new.caller)


async def test_a_new_phone_waits_to_the_second() -> None:
    new = await linked(await enrolled())
    until = new.caller.spends_from

    with pytest.raises(DeviceWaits):
        devices.refuse_waiting(new.caller, now=until - timedelta(microseconds=1))
    devices.refuse_waiting(new.caller, now=until)


async def test_phones_that_come_and_go_at_once_never_wait_in_a_circle() -> None:
    old = await enrolled()
    others = [await linked(old) for _ in range(5)]

    outcomes = await asyncio.gather(
        *(devices.renew_token(other.phone.thumbprint) for other in others for _ in range(3)),
        *(devices.revoke(other.caller.device_id, caller=old.caller) for other in others),
        return_exceptions=True,
    )

    assert {type(outcome) for outcome in outcomes} <= {Issued, Device, DeviceRevoked}
    assert await devices.live_count(old.agent_id) == 1
