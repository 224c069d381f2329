import time

import anyio
import pytest

from referrals import agents, devices, recovery
from referrals.agents import Enrolment
from referrals.devices import DeviceKnown, DeviceRevoked, DeviceWaits
from referrals.recovery import RecoveryKind, RecoveryKnown, RecoveryUnknown, RecoveryUsed
from referrals.signatures import ProofInvalid
from tests.phones import Phone
from tests.recovery_keys import key_of_words, new_words
from tests.referrals.people import (
    ORIGIN,
    WAIT_SECONDS,
    Person,
    count,
    enrolled,
    give,
    linked,
    person,
    stop_waiting,
    told,
)

pytestmark = pytest.mark.usefixtures("database")


async def saved(owner: Person) -> Phone:
    """The recovery key of twelve words, set up."""
    key = Phone(key_of_words(new_words("ru"), "ru"))
    await recovery.set_up(RecoveryKind.words, key.public_key, caller=owner.caller)
    return key


async def restore(key: Phone, phone: Phone, **changed: object) -> Enrolment:
    statement = key.recovery_of(phone.thumbprint, audience=ORIGIN, **changed)
    return await recovery.recover(
        statement, phone.public_key, device_name="Pixel 9", audience=ORIGIN, wait_seconds=WAIT_SECONDS
    )


async def test_twelve_words_bring_the_account_to_a_new_phone() -> None:
    owner = await enrolled()
    key = await saved(owner)
    phone = Phone()

    restored = await restore(key, phone)

    newcomer = await person(phone, restored.token)
    assert newcomer.agent_id == owner.agent_id
    assert restored.alias == owner.caller.alias
    assert await told(owner.agent_id) == ["recovery_saved", "restored"]


async def test_the_restored_phone_waits_before_it_may_spend() -> None:
    phone = Phone()
    restored = await restore(await saved(await enrolled()), phone)

    device = (await devices.listed(restored.agent_id))[0]

    assert (device.spends_from - device.created_at).total_seconds() == WAIT_SECONDS


async def test_earlier_phones_are_revoked_and_stay_listed() -> None:
    old = await enrolled()
    key = await saved(old)
    second = await linked(old)

    await restore(key, Phone())

    for lost in (old, second):
        assert await devices.caller_of(lost.token) is None
        assert isinstance(await devices.turned_away(lost.token), DeviceRevoked)
    listed = await devices.listed(old.agent_id)
    assert [device.revoked_at is None for device in listed] == [True, False, False]


async def test_a_recovery_used_twice_is_refused_and_told() -> None:
    owner = await enrolled()
    key = await saved(owner)
    await restore(key, Phone())

    with pytest.raises(RecoveryUsed):
        await restore(key, Phone())

    assert await told(owner.agent_id) == ["recovery_saved", "restored", "recovery_refused"]


async def test_a_recovery_restores_once_however_many_try_at_once() -> None:
    owner = await enrolled()
    key, refused = await saved(owner), 0

    async def attempt() -> None:
        nonlocal refused
        try:
            await restore(key, Phone())
        except RecoveryUsed:
            refused += 1

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(attempt)

    assert refused == 29
    assert [device.revoked_at is None for device in await devices.listed(owner.agent_id)].count(True) == 1


async def test_a_phone_whose_answer_was_lost_is_let_in_without_an_alarm() -> None:
    owner, phone = await enrolled(), Phone()
    key = await saved(owner)
    await restore(key, phone)

    with pytest.raises(DeviceKnown):
        await restore(key, phone)

    assert (await devices.renew_token(phone.thumbprint)).agent_id == owner.agent_id
    assert "recovery_refused" not in await told(owner.agent_id)


async def test_a_replaced_recovery_is_refused_and_told() -> None:
    owner = await enrolled()
    replaced = await saved(owner)
    await saved(owner)

    with pytest.raises(RecoveryUsed):
        await restore(replaced, Phone())

    assert (await told(owner.agent_id))[-1] == "recovery_refused"
    assert await devices.caller_of(owner.token) is not None


async def test_a_stranger_restores_nothing() -> None:
    with pytest.raises(RecoveryUnknown):
        await restore(Phone(), Phone())


async def test_a_closed_account_is_not_restored() -> None:
    owner = await enrolled()
    key = await saved(owner)
    await agents.close(owner.caller, forfeit=False)

    with pytest.raises(RecoveryUnknown):
        await restore(key, Phone())


@pytest.mark.parametrize(
    ("claim", "value"),
    [("aud", "https://elsewhere.example"), ("device", Phone().thumbprint), ("iat", int(time.time()) - 3600)],
    ids=["aud", "device", "iat"],
)
async def test_a_statement_is_for_one_phone_one_service_and_now(claim: str, value: object) -> None:
    key = await saved(await enrolled())

    with pytest.raises(ProofInvalid) as refused:
        await restore(key, Phone(), **{claim: value})

    assert refused.value.facts["reason"] == claim


async def test_a_recovery_key_is_set_up_once() -> None:
    owner, other = await enrolled(), await enrolled()
    key = await saved(owner)

    with pytest.raises(RecoveryKnown):
        await recovery.set_up(RecoveryKind.qr, key.public_key, caller=other.caller)

    assert await count("recovery") == 1


async def test_a_phone_that_still_waits_does_not_replace_the_recovery() -> None:
    owner = await enrolled()
    key = await saved(owner)
    newcomer = await linked(owner)

    with pytest.raises(DeviceWaits):
        await recovery.set_up(RecoveryKind.qr, Phone().public_key, caller=newcomer.caller)

    assert (await restore(key, Phone())).agent_id == owner.agent_id


async def test_the_only_phone_saves_a_new_recovery_while_it_waits() -> None:
    phone = Phone()
    restored = await restore(await saved(await enrolled()), phone)
    newcomer = await person(phone, restored.token)

    await saved(newcomer)

    assert (await recovery.state(restored.agent_id)).kind is RecoveryKind.words


async def test_a_linked_phone_that_waited_may_replace_it() -> None:
    newcomer = await stop_waiting(await linked(await enrolled()))

    await saved(newcomer)

    assert await count("recovery") == 1


async def test_recovery_is_asked_for_when_there_is_something_to_lose() -> None:
    owner = await enrolled()

    before = await recovery.state(owner.agent_id)
    await give(owner.agent_id, 100)
    with_money = await recovery.state(owner.agent_id)
    await saved(owner)
    after = await recovery.state(owner.agent_id)

    assert (before.due, with_money.due, after.due) == (False, True, False)
    assert after.kind is RecoveryKind.words


async def test_what_the_server_keeps_restores_nothing() -> None:
    owner = await enrolled()
    key = await saved(owner)

    private = key.key.as_dict(private=True)["d"]

    assert await count(f"recovery WHERE recovery::text LIKE '%{private}%'") == 0
