import anyio
import cbor2
import msgspec
import pytest

from core.db import execute, fetch, fetch_value
from referrals import agents, ceremonies, challenges, devices, passkey_recovery, recovery
from referrals.agents import Enrolment
from referrals.ceremonies import MadeCredential, RelyingParty, UsedCredential
from referrals.devices import DeviceKnown, DeviceRevoked, DeviceWaits
from referrals.passkeys import PasskeyCopied, PasskeyRefused
from referrals.recovery import RecoveryKind, RecoveryKnown, RecoveryUnknown, RecoveryUsed
from tests.authenticators import Authenticator
from tests.phones import Phone
from tests.referrals.people import WAIT_SECONDS, Person, count, enrolled, give, linked, person, told

pytestmark = pytest.mark.usefixtures("database")

PARTY = RelyingParty("localhost", "http://localhost:8000")
ELSEWHERE = {"origin": "https://elsewhere.example"}
# A point that is not on the curve.
NO_KEY = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})


async def saved(owner: Person, passkey: Authenticator | None = None) -> Authenticator:
    """A passkey of the owner's."""
    passkey = passkey or Authenticator()
    asked = await passkey_recovery.ask_to_save(caller=owner.caller, party=PARTY)
    await passkey_recovery.save(passkey.make(asked.options), caller=owner.caller, party=PARTY)
    return passkey


async def used(passkey: Authenticator, phone: Phone, **changed: object) -> UsedCredential:
    """What the passkey signs for this phone."""
    asked = await passkey_recovery.ask_to_restore(phone.public_key, party=PARTY)
    return passkey.use(asked.options, **changed)


async def present(credential: UsedCredential, phone: Phone) -> Enrolment:
    return await passkey_recovery.restore(
        credential, phone.public_key, device_name="Pixel 9", party=PARTY, wait_seconds=WAIT_SECONDS
    )


async def restore(passkey: Authenticator, phone: Phone, **changed: object) -> Enrolment:
    return await present(await used(passkey, phone, **changed), phone)


async def test_a_passkey_brings_the_account_to_a_new_phone() -> None:
    owner, phone = await enrolled(), Phone()
    passkey = await saved(owner)

    restored = await restore(passkey, phone)

    newcomer = await person(phone, restored.token)
    assert newcomer.agent_id == owner.agent_id
    assert restored.alias == owner.caller.alias
    assert await told(owner.agent_id) == ["recovery_saved", "restored"]


async def test_earlier_phones_are_revoked_and_the_new_one_waits_before_it_may_spend() -> None:
    owner = await enrolled()

    await restore(await saved(owner), Phone())

    newcomer, old = await devices.listed(owner.agent_id)
    assert isinstance(await devices.turned_away(owner.token), DeviceRevoked)
    assert old.revoked_at is not None
    assert (newcomer.spends_from - newcomer.created_at).total_seconds() == WAIT_SECONDS


async def test_a_passkey_takes_the_place_of_words_and_gives_it_up_again() -> None:
    owner, words = await enrolled(), Phone()
    await recovery.set_up(RecoveryKind.words, words.public_key, caller=owner.caller)
    passkey = await saved(owner)
    between = await recovery.state(owner.agent_id)
    await recovery.set_up(RecoveryKind.qr, Phone().public_key, caller=owner.caller)

    with pytest.raises(RecoveryUsed):
        await restore(passkey, Phone())

    assert between.kind is RecoveryKind.passkey
    assert (await told(owner.agent_id))[-1] == "recovery_refused"


async def test_a_passkey_used_twice_is_refused_and_the_journal_tells_of_it() -> None:
    owner = await enrolled()
    passkey = await saved(owner)
    await restore(passkey, Phone())

    with pytest.raises(RecoveryUsed):
        await restore(passkey, Phone())

    assert (await told(owner.agent_id))[-1] == "recovery_refused"


async def test_a_passkey_restores_once_however_many_try_at_once() -> None:
    owner, phones = await enrolled(), [Phone() for _ in range(30)]
    passkey, refused = await saved(owner), 0
    answers = [await used(passkey, phone) for phone in phones]

    async def attempt(credential: UsedCredential, phone: Phone) -> None:
        nonlocal refused
        try:
            await present(credential, phone)
        except RecoveryUsed:
            refused += 1

    async with anyio.create_task_group() as group:
        for credential, phone in zip(answers, phones, strict=True):
            group.start_soon(attempt, credential, phone)

    assert refused == 29
    assert [device.revoked_at is None for device in await devices.listed(owner.agent_id)].count(True) == 1


async def test_one_answer_sent_thirty_times_at_once_restores_once() -> None:
    owner, phone = await enrolled(), Phone()
    credential, outcomes = await used(await saved(owner), phone), list[str]()

    async def attempt() -> None:
        try:
            await present(credential, phone)
            outcomes.append("restored")
        except PasskeyRefused as refused:
            outcomes.append(str(refused.facts["reason"]))

    async with anyio.create_task_group() as group:
        for _ in range(30):
            group.start_soon(attempt)

    assert sorted(outcomes) == ["challenge"] * 29 + ["restored"]
    assert await told(owner.agent_id) == ["recovery_saved", "restored"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"challenge": "AAAA"}, "challenge"),
        (ELSEWHERE, "origin"),
        ({"crossOrigin": True}, "origin"),
        ({"type": "webauthn.get"}, "answer"),
        ({"rp_id": "elsewhere.example"}, "answer"),
        ({"verified": False}, "answer"),
        ({"key": NO_KEY}, "form"),
        ({"key": b"\x00"}, "form"),
    ],
    ids=["challenge", "origin", "frame", "ceremony", "rp", "unverified", "point", "cbor"],
)
async def test_what_was_not_made_here_and_now_is_not_saved(changed: dict[str, object], reason: str) -> None:
    owner = await enrolled()
    asked = await passkey_recovery.ask_to_save(caller=owner.caller, party=PARTY)
    credential = Authenticator().make(asked.options, **changed)

    with pytest.raises(PasskeyRefused) as refused:
        await passkey_recovery.save(credential, caller=owner.caller, party=PARTY)

    assert refused.value.facts["reason"] == reason
    assert await count("recovery") == 0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"challenge": "AAAA"}, "challenge"),
        (ELSEWHERE, "origin"),
        ({"crossOrigin": True}, "origin"),
        ({"type": "webauthn.create"}, "answer"),
        ({"rp_id": "elsewhere.example"}, "answer"),
        ({"verified": False}, "answer"),
    ],
    ids=["challenge", "origin", "frame", "ceremony", "rp", "unverified"],
)
async def test_what_was_not_signed_here_and_now_restores_nothing(changed: dict[str, object], reason: str) -> None:
    owner = await enrolled()
    passkey = await saved(owner)

    with pytest.raises(PasskeyRefused) as refused:
        await restore(passkey, Phone(), **changed)

    assert refused.value.facts["reason"] == reason
    assert await devices.caller_of(owner.token) is not None


async def test_another_key_under_the_same_name_restores_nothing() -> None:
    owner, forged = await enrolled(), Authenticator()
    forged.credential_id = (await saved(owner)).credential_id

    with pytest.raises(PasskeyRefused):
        await restore(forged, Phone())

    assert await told(owner.agent_id) == ["recovery_saved"]


async def test_a_refused_answer_has_used_up_its_challenge() -> None:
    passkey, phone = await saved(await enrolled()), Phone()
    asked = await passkey_recovery.ask_to_restore(phone.public_key, party=PARTY)
    with pytest.raises(PasskeyRefused):
        await present(passkey.use(asked.options, verified=False), phone)

    with pytest.raises(PasskeyRefused) as refused:
        await present(passkey.use(asked.options), phone)

    assert refused.value.facts["reason"] == "challenge"


async def test_an_answer_is_good_for_the_phone_that_asked_and_for_no_other() -> None:
    passkey = await saved(await enrolled())
    credential = await used(passkey, Phone())

    with pytest.raises(PasskeyRefused) as refused:
        await present(credential, Phone())

    assert refused.value.facts["reason"] == "challenge"


async def test_nobody_saves_a_passkey_in_answer_to_what_another_was_asked() -> None:
    owner, other = await enrolled(), await enrolled()
    asked = await passkey_recovery.ask_to_save(caller=owner.caller, party=PARTY)

    with pytest.raises(PasskeyRefused):
        await passkey_recovery.save(Authenticator().make(asked.options), caller=other.caller, party=PARTY)


async def test_an_answer_that_comes_late_is_refused_and_its_challenge_is_forgotten() -> None:
    passkey, phone = await saved(await enrolled()), Phone()
    credential = await used(passkey, phone)
    await execute("UPDATE challenge SET expires_at = now() - interval '1 second'")

    with pytest.raises(PasskeyRefused) as refused:
        await present(credential, phone)
    await challenges.forget_old()

    assert refused.value.facts["reason"] == "challenge"
    assert await count("challenge") == 0


async def test_a_passkey_of_nobodys_restores_nothing() -> None:
    with pytest.raises(RecoveryUnknown):
        await restore(Authenticator(), Phone())


async def test_a_removed_passkey_is_refused_and_told() -> None:
    owner = await enrolled()
    await give(owner.agent_id, 100)
    passkey = await saved(owner)

    state = await recovery.remove(owner.caller)

    with pytest.raises(RecoveryUsed):
        await restore(passkey, Phone())
    assert (state.kind, state.due) == (None, True)
    assert await told(owner.agent_id) == ["recovery_saved", "recovery_removed", "recovery_refused"]


async def test_a_phone_that_still_waits_neither_makes_nor_removes_a_passkey() -> None:
    owner = await enrolled()
    passkey, newcomer = await saved(owner), await linked(owner)

    with pytest.raises(DeviceWaits):
        await passkey_recovery.ask_to_save(caller=newcomer.caller, party=PARTY)
    with pytest.raises(DeviceWaits):
        await recovery.remove(newcomer.caller)

    assert (await restore(passkey, Phone())).agent_id == owner.agent_id


async def test_a_closed_account_forgets_its_passkey() -> None:
    owner = await enrolled()
    passkey = await saved(owner)
    await agents.close(owner.caller, forfeit=False)

    with pytest.raises(RecoveryUnknown):
        await restore(passkey, Phone())

    assert await count("recovery") == 0


async def test_a_counter_that_goes_on_is_right_and_one_that_goes_back_betrays_a_copy() -> None:
    owner, other = await enrolled(), await enrolled()
    counting = await saved(owner, Authenticator(carried=False))
    copied = await saved(other, Authenticator(carried=False))

    restored = await restore(counting, Phone())
    with pytest.raises(PasskeyCopied):
        await restore(copied, Phone(), count=1)

    assert restored.agent_id == owner.agent_id
    assert await told(other.agent_id) == ["recovery_saved", "recovery_refused"]
    assert await devices.caller_of(other.token) is not None


async def test_a_phone_whose_answer_was_lost_is_let_in_without_an_alarm() -> None:
    owner, phone = await enrolled(), Phone()
    passkey = await saved(owner)
    await restore(passkey, phone)

    with pytest.raises(DeviceKnown):
        await restore(passkey, phone)

    assert (await devices.renew_token(phone.thumbprint)).agent_id == owner.agent_id
    assert "recovery_refused" not in await told(owner.agent_id)


async def test_a_passkey_is_saved_for_one_account() -> None:
    owner, other = await enrolled(), await enrolled()
    passkey = await saved(owner)

    with pytest.raises(RecoveryKnown):
        await saved(other, passkey)

    assert (await restore(passkey, Phone())).agent_id == owner.agent_id


async def test_a_passkey_is_made_under_the_alias_and_never_twice_for_the_same_user() -> None:
    owner = await enrolled()

    first, second = [(await passkey_recovery.ask_to_save(caller=owner.caller, party=PARTY)).options for _ in range(2)]

    assert (first.user.name, first.user.display_name) == (owner.caller.alias, owner.caller.alias)
    assert first.user.id != second.user.id
    assert str(owner.agent_id).replace("-", "") not in msgspec.json.encode(first).decode()


async def test_what_is_kept_names_neither_the_passkey_nor_what_was_asked() -> None:
    owner = await enrolled()
    asked = await passkey_recovery.ask_to_restore(Phone().public_key, party=PARTY)
    passkey = await saved(owner)

    kept = [str(dict(row)) for table in ("recovery", "challenge") for row in await fetch(f"SELECT * FROM {table}")]

    assert str(passkey.credential_id) not in "".join(kept)
    assert passkey.making(asked.options.challenge)["id"] not in "".join(kept)
    assert asked.options.challenge not in "".join(kept)
    assert await fetch_value("SELECT sign_count FROM recovery") == 0


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"[]", b"\xff", b"[" * 5_000])
async def test_rubbish_is_refused_by_name(rubbish: bytes) -> None:
    owner, text = await enrolled(), Authenticator().making("AAAA")
    text["response"]["clientDataJSON"] = ceremonies._encoded(rubbish) or "A"

    with pytest.raises(PasskeyRefused) as refused:
        await passkey_recovery.save(msgspec.convert(text, MadeCredential), caller=owner.caller, party=PARTY)

    assert refused.value.facts["reason"] == "form"
