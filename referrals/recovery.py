"""Recovery: an account that survives its phone, by a QR, words or a passkey, of which only a public key is here."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from core import tokens
from core.db import fetch_row, fetch_value, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from referrals import devices, journal
from referrals.agents import Enrolment
from referrals.devices import AgentCaller, DeviceKnown
from referrals.journal import JournalKind
from referrals.possession import refuse_stale
from referrals.signatures import Key, PublicKey, Signed, checked, invalid, read
from wallets.accounts import AccountKind

KIND = "recovery+jwt"


class RecoveryKind(StrEnum):
    """What the agent keeps: a printed or saved QR, twelve words, or a passkey in the phone's own store."""

    qr = "qr"
    words = "words"
    passkey = "passkey"


class RecoveryState(msgspec.Struct, frozen=True):
    """What is set up, and whether it is time to ask for it: there is money, and nothing that would save it."""

    kind: RecoveryKind | None
    created_at: datetime | None
    due: bool


class RecoveryKnown(Conflict):
    slug = "recovery_known"
    title = "This recovery was set up before; each one is new"


class RecoveryUnknown(NotFound):
    slug = "recovery_unknown"
    title = "No account can be restored by this"


class RecoveryUsed(Conflict):
    slug = "recovery_used"
    title = "This recovery was used or replaced; it restores nothing any more"


async def set_up(kind: RecoveryKind, public_key: PublicKey, *, caller: AgentCaller) -> RecoveryState:
    """Save the key that follows from a QR or from words, in the place of what restored the account before."""
    key = checked(public_key)
    async with transaction() as now:
        await hold_to_change(caller, now=now)
        await replace(kind, key.thumbprint, agent_id=caller.agent_id, now=now)
    return RecoveryState(kind, now, due=False)


async def remove(caller: AgentCaller) -> RecoveryState:
    """Have nothing restore the account any more; who changes it may also remove it. NotFound where nothing does."""
    async with transaction() as now:
        await hold_to_change(caller, now=now)
        if not await _end(caller.agent_id, now=now):
            raise NotFound
        await journal.tell(caller.agent_id, JournalKind.recovery_removed, at=now)
    return await state(caller.agent_id)


async def recover(
    statement: str, public_key: PublicKey, *, device_name: str, audience: str, wait_seconds: int
) -> Enrolment:
    """Restore an account on a new phone by a statement that the recovery key signed for that phone's key.

    The recovery is used up, every earlier phone is revoked but stays listed, and the new one waits before it may spend.
    A recovery that is presented again is refused, and the journal tells of it.
    """
    key, signed = checked(public_key), read(statement, kind=KIND)
    _check_statement(signed, key=key, audience=audience)
    async with transaction() as now:
        refuse_stale(signed.issued_at, now=now)
        restored = await take_over(
            signed.thumbprint, key=key, device_name=device_name, now=now, wait_seconds=wait_seconds
        )
    # Raised only here, so that what the journal was told stays told.
    if restored is None:
        raise RecoveryUsed
    return restored


async def hold_to_change(caller: AgentCaller, *, now: datetime) -> None:
    """Hold the account for a change of what restores it; joins the caller's transaction.

    A phone that still waits may do it only while it is the account's only one: it protects nobody from anybody then.
    """
    await devices.hold_for(caller)
    if await devices.live_count(caller.agent_id) > 1:
        devices.refuse_waiting(caller, now=now)


async def replace(
    kind: RecoveryKind,
    thumbprint: str,
    *,
    agent_id: UUID,
    now: datetime,
    public_key: bytes | None = None,
    sign_count: int | None = None,
) -> None:
    """Put this in the place of what restored the held agent's account before; joins the caller's transaction.

    A passkey brings its key and its counter along; the statements of the others carry their own key.
    """
    await _end(agent_id, now=now)
    row = await fetch_row(
        """INSERT INTO recovery (id, agent_id, kind, thumbprint, public_key, sign_count, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id""",
        uuid7(),
        agent_id,
        kind.value,
        thumbprint,
        public_key,
        sign_count,
        now,
    )
    if row is None:
        raise RecoveryKnown
    await journal.tell(agent_id, JournalKind.recovery_saved, at=now)


async def take_over(
    thumbprint: str, *, key: Key, device_name: str, now: datetime, wait_seconds: int
) -> Enrolment | None:
    """Give the account to a new phone whose owner has shown that he holds this recovery; joins the transaction.

    None, with the journal told, if it was used or replaced before.
    """
    agent_id = await _owner(thumbprint)
    await devices.hold(agent_id)
    if await _use_up(thumbprint):
        return await _restore(agent_id, key=key, device_name=device_name, now=now, wait_seconds=wait_seconds)
    await _refuse_repetition(agent_id, key=key)
    await journal.tell(agent_id, JournalKind.recovery_refused, at=now)
    return None


async def tell_of_refusal(thumbprint: str, *, now: datetime) -> None:
    """Warn the owner of a recovery that somebody tried in vain; joins the caller's transaction."""
    await journal.tell(await _owner(thumbprint), JournalKind.recovery_refused, at=now)


async def state(agent_id: UUID) -> RecoveryState:
    """What restores this account today."""
    row = await fetch_row("SELECT kind, created_at FROM recovery WHERE agent_id = $1 AND used_at IS NULL", agent_id)
    if row is None:
        return RecoveryState(None, None, due=await _has_money(agent_id))
    return RecoveryState(RecoveryKind(row["kind"]), row["created_at"], due=False)


def _check_statement(signed: Signed, *, key: Key, audience: str) -> None:
    if signed.text("aud") != audience:
        invalid("aud", expected=audience)
    if signed.text("device") != key.thumbprint:
        invalid("device", expected=key.thumbprint)


async def _end(agent_id: UUID, *, now: datetime) -> bool:
    """Have what restores the account today restore it no more; whether there was anything."""
    row = await fetch_row(
        "UPDATE recovery SET used_at = $2 WHERE agent_id = $1 AND used_at IS NULL RETURNING id", agent_id, now
    )
    return row is not None


async def _owner(thumbprint: str) -> UUID:
    agent_id: UUID | None = await fetch_value("SELECT agent_id FROM recovery WHERE thumbprint = $1", thumbprint)
    if agent_id is None:
        raise RecoveryUnknown
    return agent_id


async def _use_up(thumbprint: str) -> bool:
    row = await fetch_row(
        "UPDATE recovery SET used_at = now() WHERE thumbprint = $1 AND used_at IS NULL RETURNING id", thumbprint
    )
    return row is not None


async def _restore(agent_id: UUID, *, key: Key, device_name: str, now: datetime, wait_seconds: int) -> Enrolment:
    await devices.revoke_all(agent_id)
    token = tokens.new("npa")
    spends_from = now + timedelta(seconds=wait_seconds)
    device = await devices.insert(agent_id, key=key, name=device_name, token=token, spends_from=spends_from)
    if device is None:
        raise DeviceKnown
    await journal.tell(agent_id, JournalKind.restored, at=now, device=device.name, spends_from=spends_from)
    row = await fetch_row("SELECT alias, alias_en FROM agent WHERE id = $1", agent_id)
    if row is None:
        raise RecoveryUnknown
    return Enrolment(agent_id, row["alias"], row["alias_en"], device.id, token)


async def _refuse_repetition(agent_id: UUID, *, key: Key) -> None:
    """The same phone asks again because an answer was lost: it is let in already, and nobody need be warned."""
    row = await fetch_row("SELECT FROM device WHERE agent_id = $1 AND thumbprint = $2", agent_id, key.thumbprint)
    if row is not None:
        raise DeviceKnown


async def _has_money(agent_id: UUID) -> bool:
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT FROM account WHERE owner_id = $1 AND kind = $2 AND balance_minor > 0)",
        agent_id,
        AccountKind.agent_available.value,
    )
    return found
