"""Recovery by a passkey: the third way beside QR and words, for whoever's phone keeps a key and carries it along."""

from datetime import datetime

import msgspec

from core.db import fetch_row, transaction
from core.refusals import DomainError
from referrals import ceremonies, challenges, passkeys, recovery
from referrals.agents import Enrolment
from referrals.ceremonies import CreationOptions, MadeCredential, RelyingParty, RequestOptions, UsedCredential
from referrals.devices import AgentCaller
from referrals.passkeys import Passkey, PasskeyCopied, PasskeyRefused
from referrals.recovery import RecoveryKind, RecoveryState, RecoveryUnknown, RecoveryUsed
from referrals.signatures import Key, PublicKey, checked


class PasskeyToMake(msgspec.Struct, frozen=True):
    """What the phone is to make a passkey by; its answer is taken until `expires_at`, once."""

    options: CreationOptions
    expires_at: datetime


class PasskeyToUse(msgspec.Struct, frozen=True):
    """What the phone is to sign with a passkey; its answer is taken until `expires_at`, once."""

    options: RequestOptions
    expires_at: datetime


async def ask_to_save(*, caller: AgentCaller, party: RelyingParty) -> PasskeyToMake:
    """What a phone makes a passkey by; one that still waits learns it before its owner is asked for his finger."""
    async with transaction() as now:
        await recovery.hold_to_change(caller, now=now)
        challenge = await challenges.ask(_saving(caller), now=now)
    options = ceremonies.to_make(challenge.nonce, party=party, alias=caller.alias, seconds=challenges.OPEN_SECONDS)
    return PasskeyToMake(options, challenge.expires_at)


async def save(credential: MadeCredential, *, caller: AgentCaller, party: RelyingParty) -> RecoveryState:
    """Save the passkey that the phone has made, in the place of what restored the account before."""
    nonce = passkeys.challenge_of(credential.response.client_data, party=party)
    async with transaction() as now:
        saved = await _save(credential, nonce, caller=caller, party=party, now=now)
    # Raised only here, so that its challenge stays answered.
    if isinstance(saved, DomainError):
        raise saved
    return saved


async def ask_to_restore(public_key: PublicKey, *, party: RelyingParty) -> PasskeyToUse:
    """What a new phone has a passkey sign; whatever it answers is good for this phone's key alone."""
    key = checked(public_key)
    async with transaction() as now:
        challenge = await challenges.ask(_restoring(key), now=now)
    options = ceremonies.to_use(challenge.nonce, party=party, seconds=challenges.OPEN_SECONDS)
    return PasskeyToUse(options, challenge.expires_at)


async def restore(
    credential: UsedCredential, public_key: PublicKey, *, device_name: str, party: RelyingParty, wait_seconds: int
) -> Enrolment:
    """Restore an account on a new phone by a passkey that has signed the challenge of that phone.

    What follows is the same as with a QR or words: the recovery is used up, every earlier phone is revoked, the new one
    waits. A passkey that is presented again, or a copy of one, is refused, and the journal tells of it.
    """
    key = checked(public_key)
    nonce = passkeys.challenge_of(credential.response.client_data, party=party)
    async with transaction() as now:
        restored = await _restore(
            credential, nonce, key=key, device_name=device_name, party=party, now=now, wait_seconds=wait_seconds
        )
    # Raised only here, so that its challenge stays answered, and what the journal was told stays told.
    if isinstance(restored, DomainError):
        raise restored
    return restored


async def _save(
    credential: MadeCredential, nonce: bytes, *, caller: AgentCaller, party: RelyingParty, now: datetime
) -> RecoveryState | DomainError:
    await recovery.hold_to_change(caller, now=now)
    if not await challenges.take(nonce, purpose=_saving(caller)):
        return PasskeyRefused(reason="challenge")
    try:
        passkey = passkeys.made(credential, challenge=nonce, party=party)
    except PasskeyRefused as refused:
        return refused
    await recovery.replace(
        RecoveryKind.passkey,
        passkey.thumbprint,
        agent_id=caller.agent_id,
        now=now,
        public_key=passkey.public_key,
        sign_count=passkey.sign_count,
    )
    return RecoveryState(RecoveryKind.passkey, now, due=False)


async def _restore(
    credential: UsedCredential,
    nonce: bytes,
    *,
    key: Key,
    device_name: str,
    party: RelyingParty,
    now: datetime,
    wait_seconds: int,
) -> Enrolment | DomainError:
    if not await challenges.take(nonce, purpose=_restoring(key)):
        return PasskeyRefused(reason="challenge")
    try:
        known = await _known(credential)
        count = passkeys.signed(credential, challenge=nonce, party=party, public_key=known.public_key)
    except (PasskeyRefused, RecoveryUnknown) as refused:
        return refused
    if passkeys.goes_back(count, before=known.sign_count):
        await recovery.tell_of_refusal(known.thumbprint, now=now)
        return PasskeyCopied()
    restored = await recovery.take_over(
        known.thumbprint, key=key, device_name=device_name, now=now, wait_seconds=wait_seconds
    )
    return restored or RecoveryUsed()


async def _known(credential: UsedCredential) -> Passkey:
    row = await fetch_row(
        "SELECT thumbprint, public_key, sign_count FROM recovery WHERE thumbprint = $1 AND kind = $2",
        passkeys.thumbprint_of(credential),
        RecoveryKind.passkey.value,
    )
    if row is None:
        raise RecoveryUnknown
    return Passkey(**row)


def _saving(caller: AgentCaller) -> str:
    return f"save {caller.agent_id}"


def _restoring(key: Key) -> str:
    return f"restore {key.thumbprint}"
