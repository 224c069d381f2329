import time
from datetime import timedelta

import anyio
import pytest

from core.db import fetch, fetch_row
from core.ids import made_at
from core.tokens import well_formed
from referrals import agents, devices, recovery
from referrals.agents import MoneyLeft
from referrals.devices import DeviceKnown, DeviceRevoked, DeviceWaits
from referrals.recovery import RecoveryKind
from tests.phones import Phone
from tests.referrals.people import count, enrolled, give, linked
from wallets.accounts import AccountKind
from wallets.statement import balances

pytestmark = pytest.mark.usefixtures("database")


async def test_one_tap_makes_an_agent_nobody_knows() -> None:
    phone = Phone()

    enrolment = await agents.enrol(phone.public_key, device_name="Redmi Note 12")

    stored = await fetch_row("SELECT * FROM agent")
    assert stored is not None
    assert set(stored.keys()) == {"id", "alias", "alias_en", "created_at", "closed_at", "trust"}
    assert stored["id"] == enrolment.agent_id
    assert (stored["alias"], stored["alias_en"]) == (enrolment.alias, enrolment.alias_en)


async def test_an_agent_is_filed_by_the_databases_clock_whatever_the_processs_own_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0)

    enrolment = await agents.enrol(Phone().public_key, device_name="")

    stored = await fetch_row("SELECT created_at FROM agent")
    assert stored is not None
    assert stored["created_at"] - made_at(enrolment.agent_id) < timedelta(milliseconds=1)


async def test_the_token_is_shown_once_and_kept_as_a_hash() -> None:
    enrolment = await agents.enrol(Phone().public_key, device_name="")

    kept = await fetch("SELECT device::text AS row FROM device")
    assert well_formed(enrolment.token, "npa")
    assert enrolment.token not in kept[0]["row"]
    assert enrolment.token[4:] not in kept[0]["row"]


async def test_the_first_phone_may_spend_at_once() -> None:
    person = await enrolled()

    row = await fetch_row("SELECT spends_from <= now() AS free FROM device")
    assert row is not None
    assert row["free"]
    assert person.caller.thumbprint == person.phone.thumbprint


async def test_a_key_enrols_once() -> None:
    phone = Phone()
    await agents.enrol(phone.public_key, device_name="")

    with pytest.raises(DeviceKnown):
        await agents.enrol(phone.public_key, device_name="")

    assert await count("agent") == 1


async def test_a_key_that_enrols_thirty_times_at_once_is_one_agent() -> None:
    phone, refused = Phone(), 0

    async def enrol() -> None:
        nonlocal refused
        try:
            await agents.enrol(phone.public_key, device_name="")
        except DeviceKnown:
            refused += 1

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(enrol)

    assert refused == 29
    assert await count("agent") == 1


async def test_a_closed_account_has_no_alias_no_phone_and_no_recovery() -> None:
    person = await enrolled()
    await recovery.set_up(RecoveryKind.words, Phone().public_key, caller=person.caller)

    await agents.close(person.caller, forfeit=False)

    row = await fetch_row("SELECT alias, alias_en, closed_at IS NOT NULL AS closed FROM agent")
    assert row is not None
    assert dict(row) == {"alias": "Бывший участник", "alias_en": "Former member", "closed": True}
    assert await devices.caller_of(person.token) is None
    assert [device.name for device in await devices.listed(person.agent_id)] == [""]
    assert await count("recovery") == 0


@pytest.mark.parametrize("kind", [AccountKind.agent_pending, AccountKind.agent_available, AccountKind.agent_reserved])
async def test_an_account_with_money_is_not_closed_by_mistake(kind: AccountKind) -> None:
    person = await enrolled()
    await give(person.agent_id, 45_000, kind=kind)

    with pytest.raises(MoneyLeft) as refused:
        await agents.close(person.caller, forfeit=False)

    assert [balance.asset for balance in refused.value.facts["balances"]] == ["BON"]
    assert await devices.caller_of(person.token) is not None


async def test_forfeited_money_stays_in_the_ledger() -> None:
    person = await enrolled()
    await give(person.agent_id, 45_000)
    before = await balances(person.agent_id)

    await agents.close(person.caller, forfeit=True)

    assert await balances(person.agent_id) == before
    assert await count("transfer") == 1


async def test_an_account_closes_once() -> None:
    person = await enrolled()
    await agents.close(person.caller, forfeit=False)

    with pytest.raises(DeviceRevoked):
        await agents.close(person.caller, forfeit=False)


async def test_a_new_phone_cannot_close_the_account() -> None:
    newcomer = await linked(await enrolled())

    with pytest.raises(DeviceWaits):
        await agents.close(newcomer.caller, forfeit=True)
