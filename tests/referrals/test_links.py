import anyio
import pytest

from core.db import execute
from core.refusals import Unauthorized
from referrals import devices, links
from referrals.devices import DeviceKnown, DeviceRevoked, DeviceWaits
from referrals.links import PHONES_MAX, LinkUnknown, TooManyPhones
from tests.phones import Phone
from tests.referrals.people import WAIT_SECONDS, count, enrolled, linked, stop_waiting, told

pytestmark = pytest.mark.usefixtures("database")


async def test_an_old_phone_lets_a_new_one_in() -> None:
    old, phone = await enrolled(), Phone()
    asked = await links.request(phone.public_key, device_name="Pixel 9")

    device = await links.approve(asked.secret, caller=old.caller, wait_seconds=WAIT_SECONDS)

    issued = await devices.renew_token(phone.thumbprint)
    assert issued.agent_id == old.agent_id
    assert device.thumbprint == asked.thumbprint == phone.thumbprint
    assert (device.spends_from - device.created_at).total_seconds() == WAIT_SECONDS


async def test_every_phone_is_told_of_a_new_one() -> None:
    old = await enrolled()

    await linked(old)

    assert (await told(old.agent_id))[0] == "device_linked"


async def test_an_unapproved_phone_gets_no_token() -> None:
    phone = Phone()
    await links.request(phone.public_key, device_name="")

    with pytest.raises(Unauthorized):
        await devices.renew_token(phone.thumbprint)


async def test_the_secret_is_kept_as_a_hash() -> None:
    asked = await links.request(Phone().public_key, device_name="")

    assert await count(f"device_link WHERE device_link::text LIKE '%{asked.secret}%'") == 0


async def test_a_secret_is_approved_once_however_many_approve_it_at_once() -> None:
    people = [await enrolled() for _ in range(10)]
    asked = await links.request(Phone().public_key, device_name="")
    refused = 0

    async def approve(caller: devices.AgentCaller) -> None:
        nonlocal refused
        try:
            await links.approve(asked.secret, caller=caller, wait_seconds=WAIT_SECONDS)
        except LinkUnknown:
            refused += 1

    async with anyio.create_task_group() as group:
        for person in people:
            group.start_soon(approve, person.caller)

    assert refused == 9
    assert await count("device") == 11


async def test_a_wrong_or_late_secret_links_nothing() -> None:
    person = await enrolled()
    asked = await links.request(Phone().public_key, device_name="")
    await execute("UPDATE device_link SET expires_at = now()")

    for secret in (asked.secret, "wrong"):
        with pytest.raises(LinkUnknown):
            await links.approve(secret, caller=person.caller, wait_seconds=WAIT_SECONDS)


async def test_a_phone_that_still_waits_lets_nobody_in() -> None:
    new = await linked(await enrolled())
    asked = await links.request(Phone().public_key, device_name="")

    with pytest.raises(DeviceWaits):
        await links.approve(asked.secret, caller=new.caller, wait_seconds=WAIT_SECONDS)


async def test_a_revoked_phone_lets_nobody_in() -> None:
    old = await enrolled()
    new = await stop_waiting(await linked(old))
    await devices.revoke(new.caller.device_id, caller=old.caller)
    asked = await links.request(Phone().public_key, device_name="")

    with pytest.raises(DeviceRevoked):
        await links.approve(asked.secret, caller=new.caller, wait_seconds=WAIT_SECONDS)


async def test_a_key_of_somebody_else_is_not_linked() -> None:
    person, other = await enrolled(), await enrolled()
    asked = await links.request(other.phone.public_key, device_name="")

    with pytest.raises(DeviceKnown):
        await links.approve(asked.secret, caller=person.caller, wait_seconds=WAIT_SECONDS)

    assert await told(person.agent_id) == []


async def test_an_account_has_so_many_phones_and_no_more() -> None:
    person = await enrolled()
    for _ in range(PHONES_MAX - 1):
        await linked(person)

    with pytest.raises(TooManyPhones):
        await linked(person)


async def test_old_requests_are_forgotten() -> None:
    await links.request(Phone().public_key, device_name="")
    await execute("UPDATE device_link SET expires_at = now() - interval '25 hours'")
    await links.request(Phone().public_key, device_name="")

    await links.forget_old()

    assert await count("device_link") == 1
