"""Links: a new phone asks to be let in, an old phone of the agent approves what the new one shows."""

import secrets
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core import tokens
from core.db import execute, fetch_row, transaction
from core.ids import uuid7
from core.refusals import Conflict, NotFound
from referrals import devices, journal
from referrals.devices import NAME_LENGTH, AgentCaller, Device, DeviceKnown
from referrals.journal import JournalKind
from referrals.signatures import Key, PublicKey, checked

OPEN_MINUTES = 10
PHONES_MAX = 10


class LinkRequest(msgspec.Struct, frozen=True):
    """What a new phone shows as a QR: the secret that an old phone approves, good for some minutes."""

    secret: str
    thumbprint: str
    expires_at: datetime


class LinkUnknown(NotFound):
    slug = "link_unknown"
    title = "No new phone is waiting with this secret; it may have been too slow"


class TooManyPhones(Conflict):
    slug = "too_many_phones"
    title = "This account has as many phones as it may have; revoke one first"


async def request(public_key: PublicKey, *, device_name: str) -> LinkRequest:
    """A new phone asks to be let in; it belongs to nobody until somebody approves it."""
    key, secret = checked(public_key), secrets.token_urlsafe(24)
    async with transaction() as now:
        expires_at = now + timedelta(minutes=OPEN_MINUTES)
        await execute(
            """INSERT INTO device_link (id, secret_hash, thumbprint, public_key, name, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6)""",
            uuid7(),
            tokens.digest(secret),
            key.thumbprint,
            msgspec.json.encode(key.jwk).decode(),
            device_name[:NAME_LENGTH],
            expires_at,
        )
    return LinkRequest(secret, key.thumbprint, expires_at)


async def approve(secret: str, *, caller: AgentCaller, wait_seconds: int) -> Device:
    """Let a new phone into the caller's account, where it waits before it may spend; the journal tells every phone.

    The new phone gets its token by proving its key, so whoever else saw the secret gains nothing by it.
    """
    async with transaction() as now:
        await devices.hold_for(caller)
        devices.refuse_waiting(caller, now=now)
        if await devices.live_count(caller.agent_id) >= PHONES_MAX:
            raise TooManyPhones(phones_max=PHONES_MAX)
        asked = await _take(secret, caller=caller)
        device = await devices.insert(
            caller.agent_id,
            key=Key(asked["thumbprint"], msgspec.json.decode(asked["public_key"])),
            name=asked["name"],
            token=tokens.new("npa"),
            spends_from=now + timedelta(seconds=wait_seconds),
        )
        if device is None:
            raise DeviceKnown
        await journal.tell(
            caller.agent_id, JournalKind.device_linked, at=now, device=device.name, spends_from=device.spends_from
        )
    return device


async def forget_old() -> None:
    """Drop requests a day after their time, approved or not."""
    await execute("DELETE FROM device_link WHERE expires_at < now() - interval '1 day'")


async def _take(secret: str, *, caller: AgentCaller) -> Any:
    row = await fetch_row(
        """UPDATE device_link SET used_at = now(), agent_id = $2
           WHERE secret_hash = $1 AND used_at IS NULL AND expires_at > now()
           RETURNING thumbprint, public_key, name""",
        tokens.digest(secret),
        caller.agent_id,
    )
    if row is None:
        raise LinkUnknown
    return row
